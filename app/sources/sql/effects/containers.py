"""What a deferral waits for: the columns of a record that its ``until`` looks at.

Nothing else of the record is remembered, neither its key nor its author's.
"""

from typing import Any

from sqlalchemy import ColumnClause, ColumnElement, Text, cast, column, func, literal_column, select
from sqlalchemy.sql.selectable import FromClause, Subquery

from app.domain.catalogue import Table


def container_texts(row: FromClause, columns: tuple[str, ...]) -> list[ColumnElement[str]]:
    """Give the container's cells as texts, in the order of ``container_columns``."""
    return [cast(row.c[name], Text).label(f"cell_{n}") for n, name in enumerate(columns)]


def sent_containers(table: Table, columns: tuple[str, ...]) -> Subquery:
    """Read a batch of containers that were sent: ``$1`` numbers, then one array of texts a column.

    Args:
        table: The record type's table.
        columns: As ``container_columns`` gives them.
    """
    arrays: list[ColumnElement[Any]] = [literal_column("$1::int8[]")]
    arrays += [
        literal_column(f"${position}::text[]::{table.columns[name].type_name}[]")
        for position, name in enumerate(columns, 2)
    ]
    names: list[ColumnClause[Any]] = [column("number"), *(column(name) for name in columns)]
    sent = func.unnest(*arrays).table_valued(*names, name="sent").render_derived()
    return select(*sent.c).subquery("container")
