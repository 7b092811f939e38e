"""The campus LMS in PostgreSQL: emptied, filled and read whole, one round trip each."""

import json
from collections.abc import Mapping
from typing import Any

import asyncpg

from app.demo.schema import TABLES, create_tables
from tests.oracle.changes import Place, Row
from tests.oracle.lms_schema import PERSON_COLUMNS, key_columns

FIRST_OWN_ID = 1_000_000
"""Ids from here on are the database's; smaller ones are given."""

_EMPTY = "".join(f"DELETE FROM {table};" for table in TABLES)
_LOAD = (
    "WITH "
    + ", ".join(
        f"load_{table} AS (INSERT INTO {table}"
        f" SELECT * FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb -> '{table}'))"
        for table in TABLES
    )
    + " SELECT"
)
_READ = (
    "SELECT json_build_object("
    + ", ".join(
        f"'{table}', (SELECT json_agg(to_jsonb(each)) FROM {table} AS each)" for table in TABLES
    )
    + ")::text"
)
_START_IDENTITIES = """
    SELECT setval(pg_get_serial_sequence(table_name, 'id'), $1)
      FROM information_schema.columns
     WHERE table_schema = current_schema() AND column_name = 'id' AND is_identity = 'YES'
"""
_STAND_IN = {"full_name": "Anonymous user", "role": "nobody", "active": False, "in_trash": False}

Tables = dict[str, list[Row]]


class StrayStandInError(AssertionError):
    """A row that is nobody's is not the one stand-in that an institution may have."""


class LmsDatabase:
    """A database with the tables of the campus LMS, as its own backend sees it.

    Args:
        connection: Of a superuser, so that emptying need not look at foreign keys.
    """

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    @classmethod
    async def open(cls, url: str) -> "LmsDatabase":
        """Create the tables in an empty database.

        Args:
            url: Of the database; the caller closes.
        """
        connection = await asyncpg.connect(url, server_settings={"timezone": "UTC"})
        await create_tables(connection)
        await connection.execute(_START_IDENTITIES.replace("$1", str(FIRST_OWN_ID)))
        return cls(connection)

    async def close(self) -> None:
        await self._connection.close()

    async def load(self, tables: Tables) -> None:
        """Have these rows in the database and no others."""
        await self._connection.execute(
            f"SET session_replication_role = replica; {_EMPTY} RESET session_replication_role"
        )
        await self._connection.execute(_LOAD, json.dumps(tables))

    async def read(self) -> Tables:
        """Read every row of every table, with stand-ins as the model knows them."""
        text = await self._connection.fetchval(_READ)
        read: dict[str, list[Row] | None] = json.loads(text, parse_float=str)
        return _without_stand_ins({table: read[table] or [] for table in TABLES})

    async def update(self, place: Place, columns: Row) -> None:
        """Change a row as the LMS does."""
        table, key = place
        sets = ", ".join(f"{name} = given.{name}" for name in columns)
        await self._connection.execute(
            f"UPDATE {table} SET {sets} FROM jsonb_populate_record(NULL::{table}, $1) AS given"
            f" WHERE {_same_key(table)}",
            json.dumps(columns | dict(zip(key_columns(table), key, strict=True))),
        )

    async def insert(self, table: str, row: Row) -> None:
        """Add a row as the LMS does."""
        await self._connection.execute(
            f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, $1)",
            json.dumps(row),
        )

    async def delete_course(self, course_id: int) -> None:
        await self._connection.execute("SELECT delete_course($1)", course_id)

    async def delete_project(self, project_id: int) -> None:
        await self._connection.execute("SELECT delete_project($1)", project_id)


def _same_key(table: str) -> str:
    return " AND ".join(f"{table}.{name} = given.{name}" for name in key_columns(table))


def _without_stand_ins(tables: Tables) -> Tables:
    names = _stand_ins(tables["person"])
    tables["person"] = [row for row in tables["person"] if row["id"] not in names]
    for table, column in PERSON_COLUMNS:
        for row in tables[table]:
            row[column] = names.get(row[column], row[column])
    return tables


def _stand_ins(people: list[Row]) -> Mapping[Any, int]:
    """Give the stand-ins' ids, each with the id that the model knows it by."""
    names: dict[Any, int] = {}
    for row in people:
        if row["role"] != "nobody":
            continue
        told = {name: value for name, value in row.items() if value is not None}
        institution_id = told.pop("institution_id")
        number = told.pop("id")
        told.pop("created_at")
        if told != _STAND_IN or -institution_id in names.values():
            raise StrayStandInError(f"person {number} of institution {institution_id}")
        names[number] = -institution_id
    return names
