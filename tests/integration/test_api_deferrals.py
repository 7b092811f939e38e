"""Why is this still here? What erasures keep, until what, and what would release it."""

import pytest

from app.engine import housekeeping
from tests.fixtures.office import Json, Office
from workers import tasks


@pytest.fixture(scope="module")
async def kept(office: Office) -> list[Json]:
    """What the erasure of a teacher keeps."""
    await office.erase(office.workplace.campus.facts.teacher)
    listed = await office.get("deferrals?limit=200")
    items: list[Json] = listed["items"]
    return items


async def test_a_deferral_says_why_until_what_and_what_follows(kept: list[Json]) -> None:
    messages = [each for each in kept if each["record_type"] == "message"]
    whys = {(each["role"], each["because"]) for each in messages}
    assert whys == {
        ("author", "others still take part in the conversation"),
        ("recipient", "it is the others' conversation"),
    }
    for each in messages:
        assert each["until"] == "nobody else is left in its thread"
        assert each["then"] == "delete"
        assert each["category"] == "communication"
        assert each["released_by"] == ["person.deleted"]


async def test_a_container_that_is_no_person_is_named(office: Office, kept: list[Json]) -> None:
    threads = {each["container"]["thread_id"] for each in kept if each["record_type"] == "message"}
    known = await office.lms("SELECT array_agg(id::text) FROM thread")
    assert threads <= set(known)


async def test_nobody_is_named(kept: list[Json]) -> None:
    grades = [each for each in kept if each["record_type"] == "grade"]
    own_rows = [each for each in kept if each["record_type"] == "person"]
    assert grades
    assert len(own_rows) == 1
    assert [each["container"] for each in (*grades, *own_rows)] == [{}] * (len(grades) + 1)
    assert own_rows[0]["until"] == "no record that is kept shows the name any more"


async def test_every_deferral_is_on_one_page(office: Office, kept: list[Json]) -> None:
    listed, url = [], "/v1/deferrals?limit=7"
    while True:
        answer = await office.http.get(url)
        listed += answer.json()["items"]
        if "next" not in answer.links:
            break
        url = answer.links["next"]["url"]
    assert len({each["id"] for each in listed}) == len(listed)
    assert listed[: len(kept)] == kept


async def test_what_another_controller_keeps_is_not_shown(office: Office, kept: list[Json]) -> None:
    assert kept
    async with office.of_another_controller() as other:
        assert (await other.get("deferrals"))["items"] == []


async def test_deferrals_are_looked_at_again_by_the_clock(office: Office, kept: list[Json]) -> None:
    assert kept
    context = office.workplace.context
    async with office.of_another_controller():  # has none, so nothing is queued for it
        await tasks.re_examine_deferrals({"context": context})
    queued = await office.workplace.execute("SELECT kind FROM job WHERE state = 'queued'")
    assert [row["kind"] for row in queued] == ["re_examination"]
    assert await housekeeping.re_examine_deferrals(context) == 0
    await office.work()
    assert (await office.get("deferrals?limit=200"))["items"] == kept
