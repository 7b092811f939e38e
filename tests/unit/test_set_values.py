"""What a change sets, whoever the row names."""

import pytest

from app.domain.errors import SourceFailure
from app.sources.sql.effects.changes import assignments
from schemas.data_map import Change
from tests.fixtures.catalogues import table

NOTE = table("note", "id:int8! at:date! body:text! place:int8", unique=["id"])


def test_what_may_be_null_or_is_a_text_can_be_emptied() -> None:
    assert set(assignments(NOTE, Change(blank=("body", "place")))) == {"body", "place"}


def test_a_column_that_may_not_be_empty_is_not_emptied() -> None:
    with pytest.raises(SourceFailure, match="may not be empty"):
        assignments(NOTE, Change(blank=("at",)))
