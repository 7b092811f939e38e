"""Looks at every row of a Moodle site, without the data map."""

import asyncpg

Rows = dict[tuple[str, str], str]
"""A digest of each row, by table and ``id``."""


async def rows_of(lms: asyncpg.Connection) -> Rows:
    """Read every row of every table; all of Moodle's tables have an ``id``."""
    found: Rows = {}
    for table in await _tables(lms):
        rows = await lms.fetch(f'SELECT id::text AS key, md5(t::text) AS digest FROM "{table}" t')
        found |= {(table, row["key"]): row["digest"] for row in rows}
    return found


async def columns_holding(lms: asyncpg.Connection, *texts: str) -> set[tuple[str, str]]:
    """Look into every number and text of every table for a value."""
    columns = await lms.fetch(
        "SELECT table_name AS name, array_agg(column_name::text) AS columns"
        " FROM information_schema.columns WHERE table_schema = 'public'"
        " AND data_type IN ('bigint', 'integer', 'character varying', 'text') GROUP BY table_name"
    )
    wanted = ", ".join(f"'{text}'" for text in texts)
    found: set[tuple[str, str]] = set()
    for table in columns:
        asked = ", ".join(f'bool_or("{each}"::text IN ({wanted}))' for each in table["columns"])
        answers = await lms.fetchrow(f'SELECT {asked} FROM "{table["name"]}"')
        found |= {
            (table["name"], each)
            for each, holds in zip(table["columns"], answers or (), strict=True)
            if holds
        }
    return found


async def _tables(lms: asyncpg.Connection) -> list[str]:
    rows = await lms.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    return [row["tablename"] for row in rows]
