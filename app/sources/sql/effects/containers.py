"""What a deferral waits for: the columns of a record that its ``until`` looks at.

Nothing else of the record is remembered, neither its key nor its author's.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnClause, ColumnElement, Text, cast, column, func, literal_column, select
from sqlalchemy.sql.selectable import FromClause, Subquery

from app.domain.catalogue import Table
from schemas.data_map import Condition, DataMap, EveryoneWhere


def container_columns(data_map: DataMap, until: Condition) -> tuple[str, ...]:
    """Name the columns that a condition looks at, sorted.

    Args:
        data_map: The map.
        until: What is waited for.
    """
    return tuple(sorted(set(_columns(data_map, until))))


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


def _columns(data_map: DataMap, asked: Condition) -> Iterator[str]:
    for audience in (asked.only_subject, asked.nobody_left, asked.shared):
        if audience is not None:
            yield from _of_audience(data_map, audience)
    yield from (path.split(".")[0] for path in asked.container_gone or ())
    if asked.person_gone is not None:
        yield asked.person_gone
    if asked.named_by_kept is not None:
        yield data_map.subject.key
    yield from asked.is_ or ()
    if asked.not_ is not None:
        yield from _columns(data_map, asked.not_)


def _of_audience(data_map: DataMap, name: str) -> Iterator[str]:
    audience = data_map.audiences[name]
    yield from audience.match or ()
    for part in audience.any_ or ():
        if isinstance(part, EveryoneWhere):
            yield from _columns(data_map, part.everyone)
        else:
            yield from _of_audience(data_map, part)
