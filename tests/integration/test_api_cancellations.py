"""Calling a subject request off over HTTP."""

import pytest

from app.demo.school import Person
from tests.fixtures.office import APPROVAL, Json, Office
from tests.fixtures.rows import all_rows, changed_tables

REASON = {"reason": "submitted for the wrong one"}


@pytest.fixture
def person(office: Office) -> Person:
    return office.workplace.campus.facts.namesakes[0]


async def submit(office: Office, person: Person, **more: str) -> Json:
    confirmation = await office.confirmed(person)
    body = {"confirmation": confirmation, "approval": APPROVAL} | more
    return await office.post("subject-requests", body)


async def test_what_has_changed_nothing_is_cancelled_at_once(
    office: Office, person: Person
) -> None:
    before = await all_rows(office.workplace.campus.url)
    accepted = await submit(office, person, right="restriction", ground="accuracy_contested")
    cancelled = await office.post(f"subject-requests/{accepted['id']}/cancellation", REASON, 200)
    assert (cancelled["state"], cancelled["job"]["state"]) == ("cancelled", "cancelled")
    await office.work()
    assert await office.get(f"subject-requests/{accepted['id']}") == cancelled
    assert changed_tables(before, await all_rows(office.workplace.campus.url)) == []
    entry = (await office.trail())[0]
    assert entry["action"] == "subject_request.cancelled"
    assert "wrong" not in entry["details"]


async def test_a_cancelled_request_holds_up_nothing(office: Office, person: Person) -> None:
    first = await submit(office, person, right="access")
    second = await submit(office, person, right="access")
    await office.post(f"subject-requests/{first['id']}/cancellation", REASON, 200)
    await office.carried_out(second)


async def test_a_waiting_lift_can_be_called_off(office: Office, person: Person) -> None:
    request = await office.restrict(person)
    url = f"restrictions/{request['restriction_id']}/lift"
    waiting = await office.post(url, {"approval": APPROVAL})
    cancelled = await office.post(f"subject-requests/{waiting['id']}/cancellation", REASON, 200)
    assert cancelled["state"] == "cancelled"
    assert (await office.get(url.removesuffix("/lift")))["state"] == "active"


async def test_what_is_over_cannot_be_called_off(office: Office, person: Person) -> None:
    accepted = await submit(office, person, right="access")
    url = f"subject-requests/{accepted['id']}/cancellation"
    await office.post(url, REASON, 200)
    assert (await office.post(url, REASON, 409))["type"] == "/problems/cannot-cancel"
    done = await office.carried_out(await submit(office, person, right="access"))
    url = f"subject-requests/{done['id']}/cancellation"
    assert (await office.post(url, REASON, 409))["type"] == "/problems/cannot-cancel"


async def test_a_cancellation_takes_a_reason(office: Office, person: Person) -> None:
    accepted = await submit(office, person, right="access")
    url = f"subject-requests/{accepted['id']}/cancellation"
    assert (await office.post(url, {"reason": ""}, 422))["type"] == "/problems/reason-missing"
