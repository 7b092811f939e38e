"""A restricted subject's records as a lift would leave them: former values joined to the table.

What somebody changed since the restriction is no former value any more: it is read as it is now.

The vault's entries come by a transaction-local setting, a chunk at a time, so that the statement stays the
same for every subject and can run under ``COPY``.
"""

import json
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnClause,
    ColumnElement,
    Integer,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.selectable import FromClause

from app.domain.catalogue import Catalogue, Column, Table
from app.sources.hands import NOTHING, FormerRecord
from app.sources.keys import Key
from app.sources.sql.effects.cells import cell, has_cell, is_ours, typed
from app.sources.sql.tables import Query, relation

VAULT_SETTING = "habeas.vault"
"""A chunk of entries: an array of objects of ``key_0``, …, ``former``, ``after``, ``mask``, ``is_removed``."""

VAULTED_SETTING = "habeas.vaulted"
"""The keys of every entry of the record type: an array of objects of ``key_0``, …."""


def former_rows(
    catalogue: Catalogue, table: Table, key: tuple[str, ...], named: Collection[str]
) -> Query:
    """Give records as a lift of what the vault holds of them would leave them.

    Args:
        catalogue: The live catalogue.
        table: The records' table.
        key: The columns that name a record.
        named: The columns that are looked at; what else it holds is not read.

    Returns:
        These columns, and ``vault_mask``: the roles that the record had.
    """
    entries = _entries(VAULT_SETTING, len(key), has_cells=True)
    row = relation(catalogue, table.name).alias("live")
    is_away = row.c[key[0]].is_(None)
    cells = [
        case(
            (_is_former(entries, row, each, is_away), typed(cell(entries.c.former, name), each)),
            else_=row.c[name],
        ).label(name)
        for name, each in table.columns.items()
        if name in named
    ]
    query: Query = select(*cells, entries.c.mask.label("vault_mask"))
    query = query.select_from(entries.outerjoin(row, _same(entries, row, table, key)))
    return query.where(or_(not_(is_away), entries.c.is_removed))


def _is_former(
    entries: FromClause, row: FromClause, column: Column, is_away: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Ask whether the vault holds a cell, and it still holds what was set; or its row is away.

    Where a row was taken away, and the LMS has written it anew, a lift leaves what stands there.
    """
    is_held = has_cell(entries.c.former, column.name)
    is_left = and_(not_(entries.c.is_removed), is_ours(row, entries.c.after, column))
    return and_(is_held, or_(is_away, is_left))


def is_vaulted(row: FromClause, table: Table, key: tuple[str, ...]) -> ColumnElement[bool]:
    """Ask whether the vault names a record.

    Args:
        row: The records' table.
        table: As the live catalogue describes it.
        key: The columns that name a record.
    """
    entries = _entries(VAULTED_SETTING, len(key), has_cells=False)
    return select(literal(1)).select_from(entries).where(_same(entries, row, table, key)).exists()


def _same(
    entries: FromClause, row: FromClause, table: Table, key: tuple[str, ...]
) -> ColumnElement[bool]:
    return and_(
        *(
            row.c[name] == typed(entries.c[f"key_{n}"], table.columns[name])
            for n, name in enumerate(key)
        )
    )


def _entries(setting: str, key_count: int, *, has_cells: bool) -> FromClause:
    columns: list[ColumnClause[Any]] = [column(f"key_{n}", Text) for n in range(key_count)]
    if has_cells:
        columns += [column("former", JSONB), column("after", JSONB)]
        columns += [column("mask", Integer), column("is_removed", Boolean)]
    listed = cast(func.current_setting(literal(setting)), JSONB)
    entries = func.jsonb_to_recordset(listed).table_valued(*columns, name="entry")
    return entries.render_derived(with_types=True)


def chunk_text(formers: Iterable[FormerRecord]) -> str:
    """Write a chunk of entries for ``VAULT_SETTING``."""
    return json.dumps(
        [
            _named(each.key)
            | {"former": json.loads(each.former), "after": json.loads(each.after or NOTHING)}
            | {"mask": each.mask, "is_removed": each.is_removed}
            for each in formers
        ]
    )


def columns_kept(formers: Iterable[FormerRecord]) -> frozenset[str]:
    """Name the columns of which entries hold a cell, where the row stayed: the rules may be others by now."""
    return frozenset(
        name for each in formers if not each.is_removed for name in json.loads(each.former)
    )


def keys_text(keys: Iterable[Key]) -> str:
    """Write keys for ``VAULTED_SETTING``."""
    return json.dumps([_named(key) for key in keys])


def _named(key: Key) -> dict[str, object]:
    return {f"key_{n}": text for n, text in enumerate(key)}
