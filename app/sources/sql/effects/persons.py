"""Statements on the subject's own row and on the controller's stand-in."""

from sqlalchemy import ColumnElement, Text, and_, cast, insert, literal, or_, select, update
from sqlalchemy.sql.selectable import FromClause

from app.domain.catalogue import Catalogue
from app.rules import columns_of
from app.sources.sql.bind import controller_key, subject_key
from app.sources.sql.effects.cells import object_of
from app.sources.sql.effects.changes import assignments
from app.sources.sql.tables import condition, relation, render, target
from schemas.data_map import Change, DataMap

STAND_IN_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 20261124))"
"""Two jobs of one controller make one stand-in: whoever is second finds the first one's."""


def is_there(data_map: DataMap, catalogue: Catalogue) -> str:
    """Tell whether the controller has the subject as a person."""
    row = relation(catalogue, data_map.subject.table).alias("t")
    return render(select(literal(1)).where(_is_subject(data_map, catalogue, row)))


def block_login(data_map: DataMap, catalogue: Catalogue, change: Change) -> str:
    """Block the subject's log-in: columns ``key_0``, ``former``, ``after``; no row where it is."""
    subject = data_map.subject
    table = catalogue.tables[subject.table]
    row = relation(catalogue, subject.table).alias("t")
    columns = tuple(table.columns) if table.triggers else columns_of(change)
    wanted = assignments(table, change)
    differs = or_(*(row.c[name].is_distinct_from(value) for name, value in wanted.items()))
    picked = (
        select(
            row.c[subject.key].label("own"),
            cast(object_of(row, table, columns), Text).label("former"),
        )
        .where(_is_subject(data_map, catalogue, row), differs)
        .with_for_update()
        .cte("picked")
    )
    changed = target(catalogue, subject.table)
    blocked = update(changed).where(changed.c[subject.key] == picked.c.own).values(wanted)
    after = cast(object_of(changed, table, columns), Text).label("after")
    key = cast(changed.c[subject.key], Text).label("key_0")
    done = blocked.returning(key, picked.c.former, after).cte("done")
    return render(select(*done.c))


def find_stand_in(data_map: DataMap, catalogue: Catalogue, change: Change) -> str:
    """Find the controller's stand-in by what it looks like; the oldest, where there are several."""
    subject = data_map.subject
    table = catalogue.tables[subject.table]
    row = relation(catalogue, subject.table).alias("t")
    wanted = assignments(table, change)
    parts = [row.c[name].is_not_distinct_from(value) for name, value in wanted.items()]
    if subject.controller is not None:
        parts.append(row.c[subject.controller] == controller_key(table.columns[subject.controller]))
    key = row.c[subject.key]
    return render(select(cast(key, Text)).where(and_(*parts)).order_by(key).limit(1))


def make_stand_in(data_map: DataMap, catalogue: Catalogue, change: Change) -> str:
    """Make the controller's stand-in and give its key."""
    subject = data_map.subject
    table = catalogue.tables[subject.table]
    values = assignments(table, change)
    if subject.controller is not None:
        values[subject.controller] = controller_key(table.columns[subject.controller])
    into = relation(catalogue, subject.table)
    made = insert(into).from_select(list(values), select(*values.values()))
    return render(made.returning(cast(into.c[subject.key], Text)))


def _is_subject(data_map: DataMap, catalogue: Catalogue, row: FromClause) -> ColumnElement[bool]:
    subject = data_map.subject
    columns = catalogue.tables[subject.table].columns
    parts = [row.c[subject.key] == subject_key(columns[subject.key])]
    if subject.controller is not None:
        parts.append(row.c[subject.controller] == controller_key(columns[subject.controller]))
    if subject.where is not None:
        parts.append(condition(row, subject.where))
    return and_(*parts)
