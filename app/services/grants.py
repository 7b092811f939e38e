"""The least that Habeas's roles need in the database of a learning platform, as statements for its owner."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg

from app.domain.catalogue import Catalogue
from app.services.data_maps import read_file
from app.sources.sql.database import Database, translated
from app.sources.sql.effects.every import compile_effects, compile_reading
from app.sources.sql.privileges import Privilege, Privileges
from app.sources.sql.tables import heard_by, qualified, quoted
from schemas.data_map import DataMap

_WHOLE = (Privilege.DELETE,)
"""Privileges that PostgreSQL gives for whole rows only."""

# A row of an identity column draws its number without a privilege, one by a default does not.
_SEQUENCES = """
    SELECT DISTINCT sequence.relnamespace::regnamespace::text AS schema, sequence.relname::text AS name
    FROM pg_catalog.pg_attrdef AS given
    JOIN pg_catalog.pg_depend AS need
      ON need.classid = 'pg_attrdef'::regclass AND need.objid = given.oid
     AND need.refclassid = 'pg_class'::regclass
    JOIN pg_catalog.pg_class AS sequence ON sequence.oid = need.refobjid AND sequence.relkind = 'S'
    JOIN pg_catalog.pg_class AS relation ON relation.oid = given.adrelid
    JOIN pg_catalog.pg_namespace AS space ON space.oid = relation.relnamespace
    WHERE space.nspname = $1 AND relation.relname = $2
    ORDER BY 1, 2
"""

_PROLOGUE = """\
-- What {reader} needs to search, export and preview, and {eraser} besides to restrict, restore and
-- erase. Make both roles first (CREATE ROLE … LOGIN), each for Habeas alone, and run this as the
-- owner of the tables. What a role may do by other ways, such as PUBLIC, is not taken away."""
_FUNCTIONS = """\
-- {eraser} also ends its own sessions and asks what became of its transactions (pg_terminate_backend,
-- pg_xact_status, pg_stat_get_activity): every role may do that by itself."""
_TRIGGERS = """\
-- Triggers change these tables: {tables}. They run as {eraser} and may need more, unless they are
-- SECURITY DEFINER. That a lift gives back what they changed takes this, which also lets a session
-- pass foreign keys by; decide whether you want it:
-- GRANT SET ON PARAMETER session_replication_role TO {eraser};"""


@dataclass(frozen=True, slots=True)
class Roles:
    """Who is to have the grants.

    Attributes:
        reader: Who searches, exports and previews.
        eraser: Who restricts, restores and erases, and does what the reader does.
    """

    reader: str
    eraser: str


async def grants_for_file(path: Path, url: str, roles: Roles) -> list[str]:
    """Write the grants that a data map needs in the subject's source.

    Args:
        path: A data map without errors.
        url: ``postgresql://…`` of the live LMS, as any role that may connect. Nothing is written.
        roles: Who is to have them.

    Returns:
        Lines of SQL.

    Raises:
        Refused: There is no such file.
        SourceFailure: The database cannot be reached, or is not as the map says.
    """
    data_map = read_file(path).data_map
    spec = data_map.sources[data_map.subject.source]
    database = Database(data_map.subject.source, url, spec.schema_name, connections=1)
    try:
        catalogue = await database.catalogue()
        async with database.connection() as connection:
            with translated(database.name):
                name = await connection.fetchval("SELECT current_database()")
            drawn = await _sequences(connection, data_map, catalogue)
    finally:
        await database.close()
    return [*_written(data_map, catalogue, roles, str(name)), *_drawn(drawn, roles)]


async def _sequences(
    connection: asyncpg.Connection, data_map: DataMap, catalogue: Catalogue
) -> list[str]:
    """Name the sequences that a new stand-in draws from."""
    if data_map.subject.stand_in is None:
        return []
    with translated(data_map.subject.source):
        rows = await connection.fetch(_SEQUENCES, catalogue.schema, data_map.subject.table)
    return [f"{quoted(row['schema'])}.{quoted(row['name'])}" for row in rows]


def _drawn(sequences: list[str], roles: Roles) -> Iterator[str]:
    for name in sequences:
        yield f"GRANT USAGE ON SEQUENCE {name} TO {quoted(roles.eraser)};"


def _written(data_map: DataMap, catalogue: Catalogue, roles: Roles, database: str) -> Iterator[str]:
    source, named = data_map.subject.source, {"reader": roles.reader, "eraser": roles.eraser}
    reading, effects = Privileges(), Privileges()
    with heard_by(reading.note):
        compile_reading(data_map, catalogue, source)
    with heard_by(effects.note):
        compile_effects(data_map, catalogue, source)
    yield _PROLOGUE.format(**named)
    yield f"GRANT CONNECT ON DATABASE {quoted(database)} TO {quoted(roles.reader)};"
    yield f"GRANT USAGE ON SCHEMA {quoted(catalogue.schema)} TO {quoted(roles.reader)};"
    yield from _grants(reading, catalogue, roles.reader)
    yield ""
    yield f"GRANT {quoted(roles.reader)} TO {quoted(roles.eraser)};"
    yield from _grants(_besides(_with_locks(effects, catalogue), reading), catalogue, roles.eraser)
    yield _FUNCTIONS.format(**named)
    changed = {table for privilege, table in effects.columns if privilege is Privilege.UPDATE}
    triggered = sorted(name for name in changed if catalogue.tables[name].triggers)
    if triggered:
        yield _TRIGGERS.format(tables=", ".join(triggered), **named)


def _with_locks(needed: Privileges, catalogue: Catalogue) -> Privileges:
    """Let rows be locked: where no column of them is changed, by the leave to change their key."""
    columns = dict(needed.columns)
    for table in needed.locked:
        key = catalogue.tables[table].primary_key or tuple(catalogue.tables[table].columns)
        columns.setdefault((Privilege.UPDATE, table), {key[0]})
    return replace(needed, columns=columns)


def _besides(needed: Privileges, had: Privileges) -> Privileges:
    """Take away what the reader has."""
    left = {
        what: columns - had.columns.get(what, set()) if columns else columns
        for what, columns in needed.columns.items()
    }
    return replace(
        needed,
        columns={what: columns for what, columns in left.items() if columns or what[0] in _WHOLE},
    )


def _grants(needed: Privileges, catalogue: Catalogue, role: str) -> Iterator[str]:
    order = list(Privilege)
    for privilege, name in sorted(needed.columns, key=lambda what: (what[1], order.index(what[0]))):
        columns = needed.columns[privilege, name]
        own = ["ctid", *catalogue.tables[name].columns]
        listed = ", ".join(quoted(each) for each in own if each in columns)
        to = f"ON {qualified(catalogue, name)} TO {quoted(role)};"
        yield (
            f"GRANT {privilege} {to}"
            if privilege in _WHOLE
            else f"GRANT {privilege} ({listed}) {to}"
        )
