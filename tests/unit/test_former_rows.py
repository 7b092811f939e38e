"""What is read of a record as it was before a restriction."""

from app.domain.catalogue import Catalogue
from app.sources.sql.effects.former import former_rows
from app.sources.sql.tables import render
from tests.fixtures.catalogues import table

NOTE = table("note", "id:int8! owner_id:int8 body:text secret:text", unique=["id"])


def test_columns_that_nothing_looks_at_are_not_read() -> None:
    catalogue = Catalogue("public", {"note": NOTE})
    sql = render(former_rows(catalogue, NOTE, ("id",), {"id", "owner_id", "body"}))
    assert "owner_id" in sql
    assert "body" in sql
    assert "secret" not in sql
