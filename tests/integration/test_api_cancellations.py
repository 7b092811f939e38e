"""Calling a subject request off over HTTP."""

import pytest

from app.demo.school import Person
from tests.fixtures.held_up import has_intents, held_up
from tests.fixtures.office import APPROVAL, Json, Office
from tests.fixtures.patience import until
from tests.fixtures.rows import all_rows, changed_tables

REASON = {"reason": "submitted for the wrong one"}


@pytest.fixture
def person(student: Person) -> Person:
    return student


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


async def test_a_restriction_that_has_begun_is_rolled_back(
    office: Office, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.restrict(office.workplace.campus.facts.namesakes[1])  # makes the stand-in
    before = await all_rows(office.workplace.campus.url)
    monkeypatch.setattr("app.engine.batches._BATCH_SECONDS", 0)  # a commit for every record type
    accepted = await submit(office, person, right="restriction", ground="needed_for_claims")
    url = f"subject-requests/{accepted['id']}/cancellation"
    async with office.workplace.working() as runner:
        async with held_up(office):
            await runner.look_around()
            await until(lambda: has_intents(office))
            cancelled = await office.post(url, REASON, 202)
            assert (cancelled["state"], cancelled["is_being_cancelled"]) == ("running", True)
        await until(lambda: is_cancelled(office, accepted["id"]))
    assert changed_tables(before, await all_rows(office.workplace.campus.url)) == []
    ended = await office.get(f"subject-requests/{accepted['id']}")
    assert not ended["is_being_cancelled"]
    restriction = await office.get(f"restrictions/{ended['restriction_id']}")
    assert restriction["state"] == "cancelled"


async def test_an_erasure_that_has_begun_goes_on(
    office: Office, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.batches._BATCH_SECONDS", 0)
    digest = (await office.preview("erasure", person))["digest"]
    accepted = await submit(office, person, right="erasure", preview_digest=digest)
    async with office.workplace.working() as runner, held_up(office):
        await runner.look_around()
        await until(lambda: has_intents(office))
        url = f"subject-requests/{accepted['id']}/cancellation"
        refused = await office.post(url, REASON, 409)
    assert refused["type"] == "/problems/cannot-cancel"
    await office.carried_out(accepted)


async def is_cancelled(office: Office, request_id: str) -> bool:
    return bool((await office.get(f"subject-requests/{request_id}"))["state"] == "cancelled")
