"""Which columns of a record name stored uploads, and who else names the same one."""

from typing import Any

from sqlalchemy import ColumnElement, Text, cast, literal_column, select

from app.domain.catalogue import Catalogue
from app.sources.sql.tables import relation, render
from schemas.data_map import RecordType

_UUIDS_SENT = (
    "ANY (ARRAY(SELECT CASE WHEN sent ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN sent::uuid END"
    " FROM unnest($1::text[]) AS sent))"
)


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
    """Give the statement that says which of some values a column still holds: ``$1`` texts.

    Columns of several types may name uploads of one store: a value that this one cannot hold is passed over.
    """
    row = relation(catalogue, table).alias("t")
    base_type = catalogue.tables[table].columns[column].base_type
    query = select(cast(row.c[column], Text).label("value")).distinct()
    return render(query.where(_is_one_sent(row.c[column], base_type)))


def _is_one_sent(value: ColumnElement[Any], base_type: str) -> ColumnElement[bool]:
    """Texts and UUIDs are compared as what they are, so that an index serves; others as texts."""
    if base_type == "uuid":
        return value == literal_column(_UUIDS_SENT)
    return cast(value, Text) == literal_column("ANY ($1::text[])")
