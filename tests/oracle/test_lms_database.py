"""What the oracle knows of the LMS's tables is what PostgreSQL knows of them."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from app.demo.schema import TABLES
from app.embedded.stack import Stack
from tests.fixtures.stack import NewDatabase
from tests.oracle.campus import Campus
from tests.oracle.lms_database import LmsDatabase
from tests.oracle.lms_schema import REFERENCES, OnDelete, key_columns
from tests.oracle.rows import Rows
from tests.oracle.worlds import worlds

_ACTIONS = {b"a": OnDelete.REFUSE, b"c": OnDelete.GO_ALONG, b"n": OnDelete.FORGET}


@pytest.fixture(scope="module")
async def lms_url(stack: Stack, new_database: NewDatabase) -> str:
    return stack.database_url(new_database())


@pytest.fixture(scope="module")
async def lms(lms_url: str) -> AsyncIterator[LmsDatabase]:
    database = await LmsDatabase.open(lms_url)
    yield database
    await database.close()


@pytest.mark.usefixtures("lms")
async def test_every_foreign_key_is_known_with_what_a_delete_does(lms_url: str) -> None:
    connection = await asyncpg.connect(lms_url)
    rows = await connection.fetch(
        "SELECT conrelid::regclass::text, attname, confrelid::regclass::text, confdeltype"
        "  FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]"
        " WHERE contype = 'f' AND confrelid <> 'institution'::regclass"
    )
    await connection.close()
    assert sorted(map(str, REFERENCES)) == sorted(
        str((table, column, target, _ACTIONS[action])) for table, column, target, action in rows
    )


@pytest.mark.usefixtures("lms")
async def test_every_key_is_known(lms_url: str) -> None:
    connection = await asyncpg.connect(lms_url)
    rows = await connection.fetch(
        "SELECT conrelid::regclass::text AS name,"
        "       (SELECT array_agg(attname::text ORDER BY place) FROM pg_attribute"
        "          JOIN unnest(conkey) WITH ORDINALITY AS key (number, place) ON attnum = number"
        "         WHERE attrelid = conrelid)"
        "  FROM pg_constraint WHERE contype = 'p' AND connamespace = current_schema()::regnamespace"
    )
    await connection.close()
    assert dict(rows) == {table: list(key_columns(table)) for table in TABLES}


async def test_what_was_loaded_is_read_back_whatever_it_is(lms: LmsDatabase) -> None:
    seen: list[Rows] = []

    @settings(
        max_examples=30,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(worlds())
    def collect(world: Rows) -> None:
        seen.append(world)

    collect()
    for world in seen:
        await lms.load(world.tables)
        assert Campus(await lms.read()).tables == world.campus().tables
        assert len(world.tables["person"]) <= 40


async def test_a_row_that_is_changed_or_added_by_the_lms_is_read_back(lms: LmsDatabase) -> None:
    rows = Rows()
    rows.add("institution")
    person = rows.add("person")
    rows.add("person_setting", person_id=person)
    await lms.load(rows.tables)
    await lms.update(("person_setting", (person, "language")), {"value": "se"})
    await lms.insert("note", {"id": 7, **_note(person)})
    read = await lms.read()
    assert [row["value"] for row in read["person_setting"]] == ["se"]
    assert [row["body"] for row in read["note"]] == ["Æ"]


def _note(person: int) -> dict[str, object]:
    rows = Rows()
    rows.add("note", owner_id=person, body="Æ")
    (row,) = rows.tables["note"]
    return {name: value for name, value in row.items() if name != "id"}
