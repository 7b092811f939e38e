"""Counting a subject's records: small tables together, large ones alone, and whatever a key looks like."""

from typing import Any

import asyncpg
import pytest

from app.embedded.stack import Stack
from app.sources.protocol import SubjectRef, Tenure
from app.sources.sql.database import Database
from app.sources.sql.effects.sessions import SubjectSessions
from app.sources.sql.effects.statements import Statements
from schemas.vocabulary import Right
from tests.fixtures.small_lms import OTHER, SUBJECT, NewSmallLms, small_map
from tests.fixtures.stack import NewDatabase

NAMES = tuple(f"kind_{number}" for number in range(10))
"""More than are counted by one statement."""

TABLES = "".join(
    f"CREATE TABLE {name} (id bigint PRIMARY KEY, owner_id bigint);"
    f"INSERT INTO {name} SELECT n, {SUBJECT} FROM generate_series(1, {number}) AS n;"
    f"INSERT INTO {name} VALUES (100, {OTHER});"
    for number, name in enumerate(NAMES)
)
GROWN = (
    f"INSERT INTO {NAMES[3]} SELECT n, {OTHER} FROM generate_series(1000, 21000) AS n;"
    f"ANALYZE {NAMES[3]};"
)
OWNED: dict[str, Any] = {"roles": {"owner": {"column": "owner_id", "erasure": "delete"}}}
ODD = "O'Neil \\' \\x41 \"é\" 🧑‍🎓 $1 ; --"


@pytest.mark.parametrize("grown", ["", GROWN], ids=["all are small", "one is large"])
@pytest.mark.parametrize("is_forecast", [True, False], ids=["forecast", "look back"])
async def test_each_record_type_has_its_own_count(
    new_lms: NewSmallLms,
    grown: str,
    is_forecast: bool,  # noqa: FBT001 - a case
) -> None:
    lms = await new_lms(TABLES + grown, small_map(dict.fromkeys(NAMES, OWNED)))
    found = await (await lms.hands()).counts(NAMES, is_forecast=is_forecast)
    counted = [(each.record_type, each.roles, each.count) for each in found]
    assert counted == [(name, ("owner",), number) for number, name in enumerate(NAMES) if number]


async def test_small_tables_are_counted_by_few_statements(
    new_lms: NewSmallLms, monkeypatch: pytest.MonkeyPatch
) -> None:
    lms = await new_lms(TABLES, small_map(dict.fromkeys(NAMES, OWNED)))
    hands, asked = await lms.hands(), list[str]()
    fetch = asyncpg.Connection.fetch

    async def heard(self: asyncpg.Connection, sql: str, *arguments: object) -> Any:
        asked.append(sql)
        return await fetch(self, sql, *arguments)

    monkeypatch.setattr(asyncpg.Connection, "fetch", heard)
    await hands.counts(NAMES, is_forecast=True)
    assert len(asked) == 2


async def test_a_table_that_the_planner_thinks_large_is_counted_alone(new_lms: NewSmallLms) -> None:
    lms = await new_lms(TABLES + GROWN, small_map(dict.fromkeys(NAMES, OWNED)))
    statements: Statements = (await lms.hands(Right.ERASURE))._statements
    assert [name for name in NAMES if not statements.is_small(name)] == [NAMES[3]]


@pytest.mark.parametrize("key", [ODD, "", "42"], ids=["odd", "empty", "plain"])
async def test_what_binds_a_transaction_arrives_as_it_is(
    stack: Stack, new_database: NewDatabase, key: str
) -> None:
    database = Database("lms", stack.database_url(new_database()), "public", 1)
    sessions = SubjectSessions(database, SubjectRef(key, key), Tenure("test", 30.0))
    async with sessions.reading() as connection:
        row = await connection.fetchrow(
            "SELECT current_setting('habeas.subject'), current_setting('habeas.controller_key')"
        )
    async with database.connection() as connection:
        after = await connection.fetchval("SELECT current_setting('habeas.subject', true)")
    await database.close()
    assert (*row, after) == (key, key, "")
