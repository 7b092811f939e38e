"""Cells of a row as texts that the type's own input function reads back, byte for byte.

An object of cells holds, by column, a text or null. JSON itself is kept as text like every other type, so
that its spelling stays and its own null is not taken for SQL's.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Text, case, cast, func, literal, null
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.selectable import FromClause
from sqlalchemy.types import UserDefinedType

from app.domain.catalogue import Column, Table
from app.sources.sql.tables import text_literal


class _Named(UserDefinedType[object]):
    """A type by the name that the live catalogue gives it."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: object) -> str:
        """Spell it."""
        return self.name


def typed(text: ColumnElement[str], column: Column) -> ColumnElement[Any]:
    """Read a cell's text as what the column holds.

    Args:
        text: As ``text_of`` wrote it, or a literal's text.
        column: As the live catalogue describes it.
    """
    return cast(text, _Named(column.type_name))


def text_of(value: ColumnElement[Any], column: Column) -> ColumnElement[str]:
    """Write a cell by its type's output function; NULL where it is NULL."""
    if column.type_category == "S" and column.base_type != "bpchar":
        return cast(value, Text)
    written = func.concat(value)
    return case((value.is_(None), null()), else_=written) if column.is_nullable else written


def object_of(row: FromClause, table: Table, columns: Iterable[str]) -> ColumnElement[Any]:
    """Write some cells of a row as one object.

    Args:
        row: The table, or columns of the same names.
        table: As the live catalogue describes it.
        columns: Their names; any number.
    """
    pairs = [
        part
        for name in columns
        for part in (text_literal(name), text_of(row.c[name], table.columns[name]))
    ]
    # Functions take at most 100 arguments: wide tables are written in pieces.
    pieces = [func.jsonb_build_object(*pairs[at : at + 100]) for at in range(0, len(pairs), 100)]
    whole: ColumnElement[Any] = pieces[0] if pieces else cast(literal("{}"), JSONB)
    for piece in pieces[1:]:
        whole = whole.op("||")(piece)
    return whole


def cell(cells: ColumnElement[Any], name: str) -> ColumnElement[str]:
    """Take one cell's text out of an object of cells."""
    return cells.op("->>")(text_literal(name))


def is_ours(row: FromClause, after: ColumnElement[Any], column: Column) -> ColumnElement[bool]:
    """Ask whether a column still holds what a restriction set.

    Args:
        row: The table, or columns of the same names.
        after: An object of the cells that were set.
        column: As the live catalogue describes it.
    """
    now = text_of(row.c[column.name], column)
    return now.is_not_distinct_from(cell(after, column.name))


def has_cell(cells: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Ask whether an object of cells holds a column."""
    return cells.op("?", is_comparison=True)(text_literal(name))
