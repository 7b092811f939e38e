"""Which columns of a record name stored uploads, and who else names the same one."""

from typing import Any

from sqlalchemy import ColumnElement, Text, cast, literal_column, select

from app.domain.catalogue import Catalogue
from app.sources.sql.tables import relation, render
from schemas.data_map import RecordType


def file_columns(spec: RecordType) -> dict[str, str]:
    """Name the fields of a record type that name uploads, each with its column.

    Args:
        spec: The record type.
    """
    return {
        name: field.column or name
        for name, field in spec.fields.items()
        if field.file is not None and field.lookup is None
    }


def still_named(catalogue: Catalogue, table: str, column: str) -> str:
    """Give the statement that says which of some values a column still holds: ``$1`` texts."""
    row = relation(catalogue, table).alias("t")
    type_name = catalogue.tables[table].columns[column].type_name
    sent: ColumnElement[Any] = literal_column(f"ANY ($1::text[]::{type_name}[])")
    query = select(cast(row.c[column], Text).label("value")).distinct()
    return render(query.where(row.c[column] == sent))
