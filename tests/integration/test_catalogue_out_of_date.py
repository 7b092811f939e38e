"""What a process knows of the platform's tables is looked up anew where it does not fit."""

import asyncio
import json

import pytest
import yaml

from app.demo.school import Person
from app.domain.errors import SourceFailure
from schemas.vocabulary import Right
from tests.fixtures.campus import CAMPUS_MAP
from tests.fixtures.office import Office
from tests.fixtures.small_lms import NewSmallLms, small_map

TABLE = "CREATE TABLE {0} (id bigint PRIMARY KEY, owner_id bigint NOT NULL); CREATE INDEX ON {0} (owner_id)"


async def _bind(office: Office, table: str) -> None:
    document = yaml.safe_load(CAMPUS_MAP.read_text("utf-8"))
    document["record_types"][table] = {
        "category": "personal_information",
        "title": "Badges",
        "table": table,
        "purposes": ["teaching"],
        "retention_criteria": "For ever.",
        "rectify": "self",
        "fields": {"id": {"title": "Number"}},
        "hide": {"remove": True},
        "roles": {"owner": {"column": "owner_id", "restriction": "hide", "erasure": "delete"}},
    }
    await office.workplace.bind(json.dumps(document))


async def test_a_table_that_is_new_to_the_platform_needs_no_restart(
    office: Office, student: Person
) -> None:
    await office.preview("erasure", student)  # the API has looked at the platform's tables
    await office.restrict(student)  # and so has the worker
    await office.workplace.lms_does(TABLE.format("badge"))
    await office.workplace.lms_does(f"INSERT INTO badge VALUES (1, {student.id})")
    await _bind(office, "badge")
    lines = (await office.preview("erasure", student))["lines"]
    assert "badge" in {each["record_type"] for each in lines}
    await office.erase(student)
    assert await office.lms("SELECT count(*) FROM badge") == 0


async def test_a_table_that_the_platform_gets_after_the_map_does_neither(
    office: Office, student: Person
) -> None:
    await _bind(office, "medal")
    confirmation = await office.confirmed(student)
    asked = {"right": "restriction", "confirmation": confirmation, "reason": "a test"}
    told = await office.post("previews", asked, 503)
    assert told["type"].endswith("/source-unavailable")
    await office.workplace.lms_does(TABLE.format("medal"))
    await office.workplace.lms_does(f"INSERT INTO medal VALUES (1, {student.id})")
    lines = (await office.preview("restriction", student))["lines"]
    assert "medal" in {each["record_type"] for each in lines}


POST = {"post": {"roles": {"owner": {"column": "owner_id", "erasure": "delete"}}}}


async def test_what_the_database_refuses_is_compiled_anew(new_lms: NewSmallLms) -> None:
    """A column has got another type since."""
    lms = await new_lms(
        "CREATE TABLE post (id bigint PRIMARY KEY, owner_id bigint)", small_map(POST)
    )
    await lms.connection.execute("INSERT INTO post VALUES (1, 1)")
    await lms.hands(Right.ERASURE)
    await lms.connection.execute("ALTER TABLE post ALTER owner_id TYPE text")
    with pytest.raises(SourceFailure, match="UndefinedFunction"):
        await (await lms.hands()).counts(["post"], is_forecast=True)
    (found,) = await (await lms.hands()).counts(["post"], is_forecast=True)
    assert found.count == 1


async def test_who_looks_while_others_have_it_looked_up_anew_is_told_what_is_there(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(
        "CREATE TABLE post (id bigint PRIMARY KEY, owner_id bigint)", small_map(POST)
    )
    looks = []
    for _ in range(40):
        looks.append(asyncio.create_task(lms.source.describe()))
        await asyncio.sleep(0.002)  # while some read, others begin
    seen = await asyncio.gather(*looks)
    assert all("post" in each.tables for each in seen)


async def test_a_record_type_that_the_map_does_not_have_is_a_failure_of_the_source(
    new_lms: NewSmallLms,
) -> None:
    lms = await new_lms(
        "CREATE TABLE post (id bigint PRIMARY KEY, owner_id bigint)", small_map(POST)
    )
    with pytest.raises(SourceFailure, match="the map has no letter"):
        await (await lms.hands()).counts(["letter"], is_forecast=True)
