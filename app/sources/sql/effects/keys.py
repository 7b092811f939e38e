"""Keys of records as texts: read, sent back in batches, compared again as what they are."""

from typing import Any

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Text,
    and_,
    cast,
    column,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.sql.selectable import FromClause, NamedFromClause, Subquery

from app.domain.catalogue import Table
from schemas.data_map import RecordType


def key_texts(row: FromClause, spec: RecordType) -> list[ColumnElement[str]]:
    """Give the texts of a record's key, labelled ``key_0``, ``key_1``, ….

    Args:
        row: The record's table.
        spec: The record type.
    """
    return [
        cast(row.c[name], Text).label(f"key_{position}") for position, name in enumerate(spec.key)
    ]


def sent_keys(spec: RecordType, table: Table, *, has_masks: bool = False) -> Subquery:
    """Read a batch of keys that were sent as one array of texts a column.

    Args:
        spec: The record type.
        table: As the live catalogue describes it.
        has_masks: Whether an array of integers follows.
    """
    arrays: list[ColumnElement[Any]] = [
        literal_column(f"${position + 1}::text[]::{table.columns[name].type_name}[]")
        for position, name in enumerate(spec.key)
    ]
    names: list[ColumnClause[Any]] = [column(f"sent_{position}") for position in range(len(arrays))]
    if has_masks:
        arrays.append(literal_column(f"${len(arrays) + 1}::int4[]"))
        names.append(column("sent_mask"))
    sent = func.unnest(*arrays).table_valued(*names, name="sent").render_derived()
    return select(*sent.c).subquery("k")


_PLAIN_TYPES = frozenset({"int2", "int4", "int8", "uuid"})
"""Types whose text holds no comma."""


def travel_joined(spec: RecordType, table: Table) -> bool:
    """Tell whether a batch's keys can travel as one text with commas, which costs the driver least.

    Args:
        spec: The record type.
        table: As the live catalogue describes it.
    """
    types = {table.columns[name].base_type for name in spec.key}
    return len(spec.key) == 1 and types <= _PLAIN_TYPES


def is_among_joined(row: NamedFromClause, spec: RecordType, table: Table) -> ColumnElement[bool]:
    """Ask whether a record is one of a batch that was sent as one text; arguments as below."""
    (name,) = spec.key
    array = f"ANY (string_to_array($1::text, ',')::{table.columns[name].type_name}[])"
    return row.c[name] == literal_column(array)


def is_among_sent(row: NamedFromClause, spec: RecordType, table: Table) -> ColumnElement[bool]:
    """Ask whether a record is one of the batch, where nothing is wanted of the batch besides.

    A key of one column is looked up in an array, which costs least.

    Args:
        row: The record's table.
        spec: The record type.
        table: As the live catalogue describes it.
    """
    if len(spec.key) == 1:
        (name,) = spec.key
        array = f"ANY ($1::text[]::{table.columns[name].type_name}[])"
        return row.c[name] == literal_column(array)
    sent = sent_keys(spec, table)
    return tuple_(*(row.c[name] for name in spec.key)).in_(select(*sent.c))


def is_sent(row: NamedFromClause, sent: Subquery, spec: RecordType) -> ColumnElement[bool]:
    """Join records to the batch.

    Args:
        row: The record's table.
        sent: As ``sent_keys`` gives it.
        spec: The record type.
    """
    return and_(
        *(row.c[name] == sent.c[f"sent_{position}"] for position, name in enumerate(spec.key))
    )
