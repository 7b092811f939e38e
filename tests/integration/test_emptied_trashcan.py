"""Emptying the trashcan erases nobody whom a right of theirs restricts, whenever that came in force."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.demo.school import Person
from app.store import restrictions
from app.store.transaction import transaction
from tests.fixtures.office import APPROVAL, Json, Office
from tests.fixtures.second_persons import KARI, OLA, REASON, done, settings

LONG_AGO = timedelta(days=400)
"""Longer than any other restriction of the module is in force."""


async def trashed(office: Office, person: Person, *, since: timedelta = timedelta()) -> str:
    """Restrict a person by the normal flow, some time ago; give the restriction."""
    request = await office.restrict(person, "normal_flow")
    await office.workplace.execute(
        "UPDATE restriction SET created_at = $1 WHERE id = $2",
        datetime.now(UTC) - since,
        request["restriction_id"],
    )
    return str(request["restriction_id"])


async def preview(office: Office, **whom: object) -> Json:
    return await office.post("previews", {"right": "erasure", "reason": "a test"} | whom, 200)


def emptying(made: Json, **whom: object) -> Json:
    return {"preview_digest": made["digest"], "approval": APPROVAL} | whom


async def wanted(office: Office, person: Person, ground: str) -> Json:
    """Submit a restriction, and do not wait for it."""
    body = {"right": "restriction", "ground": ground, "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(person)
    return await office.post("subject-requests", body)


@pytest.mark.parametrize("ground", ["accuracy_contested", "needed_for_claims"])
@pytest.mark.parametrize("order", ["the right first", "the trashcan first"])
async def test_whom_a_right_restricts_too_is_not_erased_with_the_trashcan(
    office: Office, student: Person, ground: str, order: str
) -> None:
    if order == "the right first":
        await office.restrict(student, ground)
    restriction_id = await trashed(office, student)
    made = await preview(office, restriction_ids=[restriction_id])
    if order == "the trashcan first":
        assert made["subject_count"] == 1
        await office.restrict(student, ground)
        made = await preview(office, restriction_ids=[restriction_id])
    assert made["subject_count"] == 0
    body = emptying(made, restriction_ids=[restriction_id])
    (item,) = (await office.post("restrictions/empty", body))["items"]
    assert (item["status"], item["problem"]["type"]) == (409, "/problems/not-restricted")
    assert "right" in item["problem"]["detail"]
    await office.work()
    assert (await office.get(f"restrictions/{restriction_id}"))["state"] == "active"


async def test_only_who_is_restricted_twice_is_left(
    office: Office, student: Person, students: Iterator[Person]
) -> None:
    other = next(students)
    await office.restrict(student, "accuracy_contested")
    ids = [await trashed(office, each) for each in (student, other)]
    made = await preview(office, restriction_ids=ids)
    assert made["subject_count"] == 1
    items = (await office.post("restrictions/empty", emptying(made, restriction_ids=ids)))["items"]
    assert [each["status"] for each in items] == [409, 202]
    await office.carried_out(items[1]["subject_request"])
    states = [(await office.get(f"restrictions/{each}"))["state"] for each in ids]
    assert states == ["active", "erased"]


async def test_emptied_by_age_the_trashcan_keeps_whom_a_right_restricts(
    office: Office, student: Person, students: Iterator[Person]
) -> None:
    other = next(students)
    await office.restrict(student, "objection_pending")
    ids = [await trashed(office, each, since=LONG_AGO) for each in (student, other)]
    days = LONG_AGO.days - 1
    made = await preview(office, older_than_days=days)
    assert made["subject_count"] == 1
    body = emptying(made, older_than_days=days)
    (item,) = (await office.post("restrictions/empty", body))["items"]
    assert (item["status"], item["restriction_id"]) == (202, ids[1])
    await office.carried_out(item["subject_request"])
    states = [(await office.get(f"restrictions/{each}"))["state"] for each in ids]
    assert states == ["active", "erased"]


@pytest.mark.parametrize("is_in_force", [True, False], ids=["in force", "still queued"])
async def test_a_right_exercised_since_the_preview_counts(
    office: Office, student: Person, *, is_in_force: bool
) -> None:
    restriction_id = await trashed(office, student)
    made = await preview(office, restriction_ids=[restriction_id])
    await wanted(office, student, "accuracy_contested")
    if is_in_force:
        await office.work()
    body = emptying(made, restriction_ids=[restriction_id])
    (item,) = (await office.post("restrictions/empty", body))["items"]
    assert (item["status"], item["problem"]["type"]) == (409, "/problems/not-restricted")
    await office.work()
    assert (await office.get(f"restrictions/{restriction_id}"))["state"] == "active"


async def test_whoever_empties_waits_for_a_right_that_is_just_being_accepted(
    office: Office, student: Person
) -> None:
    restriction_id = await trashed(office, student)
    made = await preview(office, restriction_ids=[restriction_id])
    request = await wanted(office, student, "accuracy_contested")
    await office.post(f"subject-requests/{request['id']}/cancellation", REASON, 200)
    database, controller_id = office.workplace.database, office.workplace.controller.id
    accepted = text("UPDATE subject_request SET state = 'accepted' WHERE id = :id")
    async with transaction(database, controller_id) as connection:
        await restrictions.wait_to_restrict(connection, controller_id)
        await connection.execute(accepted, {"id": request["id"]})
        body = emptying(made, restriction_ids=[restriction_id])
        sent = asyncio.create_task(office.post("restrictions/empty", body))
        await asyncio.sleep(2)
        assert not sent.done()
    (item,) = (await sent)["items"]
    assert item["status"] == 409


async def test_a_right_exercised_while_the_erasure_is_queued_stops_it(
    office: Office, student: Person
) -> None:
    restriction_id = await trashed(office, student)
    made = await preview(office, restriction_ids=[restriction_id])
    body = emptying(made, restriction_ids=[restriction_id])
    (item,) = (await office.post("restrictions/empty", body))["items"]
    right = await office.carried_out(await wanted(office, student, "accuracy_contested"))
    url = f"subject-requests/{item['subject_request']['id']}"
    stopped = await office.get(url)
    assert stopped["state"] == "needs_attention"
    assert stopped["attention"]["reason"] == "approval_outdated"
    await office.post(f"{url}/resumption", {})
    await office.work()
    assert (await office.get(url))["state"] == "needs_attention"
    told = {"information": {"override_reason": "a test"}, "approval": APPROVAL}
    lift = await office.post(f"restrictions/{right['restriction_id']}/lift", told)
    await office.carried_out(lift)
    await office.post(f"{url}/resumption", {})
    await office.work()
    assert (await office.get(url))["state"] == "completed"


async def test_a_second_person_lets_nobody_be_erased_whom_a_right_restricts(
    office: Office, student: Person
) -> None:
    restriction_id = await trashed(office, student)
    made = await preview(office, restriction_ids=[restriction_id])
    async with settings(office, two_person_erasure=True):
        made = await preview(office, restriction_ids=[restriction_id])
        body = emptying(made, restriction_ids=[restriction_id])
        (item,) = (await done(office, "restrictions/empty", body, KARI))["items"]
        assert item["subject_request"]["state"] == "awaiting_approval"
        await office.restrict(student, "accuracy_contested")
        url = f"subject-requests/{item['subject_request']['id']}/approval"
        refused = await done(office, url, REASON, OLA, status=409)
    assert refused["type"] == "/problems/not-restricted"


@pytest.mark.parametrize("order", ["restored before it is emptied", "restored afterwards"])
async def test_who_is_being_restored_is_not_erased_with_the_trashcan(
    office: Office, student: Person, order: str
) -> None:
    restriction_id = await trashed(office, student)
    made = await preview(office, restriction_ids=[restriction_id])
    body = emptying(made, restriction_ids=[restriction_id])
    told = {"information": {"override_reason": "a test"}, "approval": APPROVAL}
    if order == "restored before it is emptied":
        await office.post(f"restrictions/{restriction_id}/lift", told)
        (item,) = (await office.post("restrictions/empty", body))["items"]
        assert item["status"] == 409
    else:
        (item,) = (await office.post("restrictions/empty", body))["items"]
        await office.post(f"restrictions/{restriction_id}/lift", told)
    await office.work()
    assert (await office.get(f"restrictions/{restriction_id}"))["state"] == "lifted"
    if item["status"] == 202:
        stopped = await office.get(f"subject-requests/{item['subject_request']['id']}")
        assert stopped["attention"]["reason"] == "approval_outdated"


async def test_an_erasure_of_its_own_may_be_of_whom_a_right_restricts(
    office: Office, student: Person
) -> None:
    await office.restrict(student, "accuracy_contested")
    restriction_id = await trashed(office, student)
    await office.erase(student)
    assert (await office.get(f"restrictions/{restriction_id}"))["state"] == "erased"
