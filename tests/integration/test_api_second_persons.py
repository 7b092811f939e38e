"""Where a controller wants two persons for an erasure, it takes two, and nothing else helps."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from app.services import operator_clients
from app.services.operator_clients import NewClient
from schemas.vocabulary import Right, Scope
from tests.fixtures.office import Json, Office
from tests.fixtures.operations import operations
from tests.fixtures.second_persons import (
    KARI,
    OLA,
    REASON,
    actions,
    done,
    erasure,
    erasure_of,
    events,
    newcomers,
    send,
    settings,
)

NOBODY = "019aab2c-5e10-7c44-8a51-3f0c7d1b9e20"


@pytest.fixture(autouse=True)
async def two_persons(office: Office) -> AsyncIterator[None]:
    async with settings(office, two_person_erasure=True):
        yield


async def waiting(office: Office, name: str) -> Json:
    """Submit the erasure of somebody, which then waits."""
    (person,) = await newcomers(office, name, 1)
    submitted = await done(office, "subject-requests", await erasure(office, person))
    assert (submitted["state"], submitted["job"]) == ("awaiting_approval", None)
    return submitted


def approval(request: Json) -> str:
    return f"subject-requests/{request['id']}/approval"


async def state(office: Office, request: Json) -> str:
    return str((await office.get(f"subject-requests/{request['id']}"))["state"])


async def test_an_erasure_waits_for_a_second_person_and_is_then_carried_out(
    office: Office,
) -> None:
    submitted = await waiting(office, "first")
    await office.work()
    assert await office.get(f"subject-requests/{submitted['id']}") == submitted
    approved = await done(office, approval(submitted), REASON, OLA)
    assert approved["second_approved_at"] is not None
    ended = await office.carried_out(approved)
    assert ended["receipt_id"] is not None
    assert await events(office, submitted["id"]) == [
        "subject_request.accepted",
        "subject_request.held",
        "subject_request.approved",
        "erasure.completed",
        "subject_request.completed",
    ]
    assert (await actions(office, submitted["id"]))[:3] == [
        "subject_request.accepted",
        "subject_request.held",
        "subject_request.approved",
    ]


async def test_whoever_submitted_it_cannot_approve_it_however_the_name_is_written(
    office: Office,
) -> None:
    submitted = await waiting(office, "same")
    for name in (KARI, "kari holm", "KARI   HOLM", "UTF-8''%EF%BC%ABari%20Holm"):
        refused = await done(office, approval(submitted), REASON, name, status=409)
        assert refused["type"] == "/problems/second-person-needed"
    assert await state(office, submitted) == "awaiting_approval"


async def test_another_api_client_is_no_other_person(office: Office) -> None:
    submitted = await waiting(office, "keys")
    _, key = await operator_clients.issue(
        office.workplace.database,
        office.workplace.controller.id,
        NewClient("another key", frozenset({Scope.ERASURE_APPROVE}), timedelta(days=1)),
    )
    headers = {"Authorization": f"Bearer {key.text}", "X-Acting-Person": "UTF-8''Ka%72i%20Holm"}
    url = f"/v1/{approval(submitted)}"
    refused = await office.http.post(url, json=REASON, headers=headers)
    assert refused.json()["type"] == "/problems/second-person-needed"
    approved = await office.http.post(url, json=REASON, headers=headers | {"X-Acting-Person": OLA})
    assert approved.status_code == 202


async def test_nothing_is_approved_while_the_right_is_not_enabled(
    office: Office,
) -> None:
    body = await erasure_of(office, await newcomers(office, "disabled", 1))
    submitted = (await done(office, "subject-requests", body))["items"][0]["subject_request"]
    urls = {
        "approve_subject_request": approval(submitted),
        "approve_batch": f"subject-request-batches/{submitted['batch_id']}/approval",
    }
    approving = [each for each in operations() if each.name in urls]
    async with settings(office, enabled_rights=(Right.ACCESS,), two_person_erasure=True):
        for operation in approving:
            refused = await done(office, urls[operation.name], REASON, OLA, status=409)
            assert refused["type"] == "/problems/right-not-enabled"
            assert {"right-not-enabled", "not-enabled"} <= operation.problems
    assert await state(office, submitted) == "awaiting_approval"


async def test_it_is_said_who_acts(office: Office) -> None:
    (person,) = await newcomers(office, "unnamed", 1)
    body = await erasure(office, person)
    refused = await done(office, "subject-requests", body, None, status=400)
    assert refused["type"] == "/problems/acting-person-missing"
    submitted = await done(office, "subject-requests", body)
    for path in (approval(submitted), f"subject-request-batches/{NOBODY}/approval"):
        refused = await done(office, path, REASON, None, status=400)
        assert refused["type"] == "/problems/acting-person-missing"


async def test_a_name_that_is_none_is_refused(office: Office) -> None:
    submitted = await waiting(office, "odd")
    for name in ("x" * 201, "UTF-8''a%00b", "UTF-8''a%0Ab", "UTF-8''%ED%A0%80"):
        refused = await done(office, approval(submitted), REASON, name, status=400)
        assert refused["errors"][0]["pointer"] == "/header/X-Acting-Person"


async def test_what_would_happen_is_looked_at_again(office: Office) -> None:
    (person,) = await newcomers(office, "changing", 1)
    submitted = await done(office, "subject-requests", await erasure(office, person))
    await office.lms(
        "INSERT INTO note (owner_id, title, body, created_at)"
        " SELECT $1, title, body, created_at FROM note LIMIT 1",
        person.id,
    )
    refused = await done(office, approval(submitted), REASON, OLA, status=412)
    assert refused["type"] == "/problems/preview-outdated"
    assert any("note" in each["detail"] for each in refused["errors"])
    assert await state(office, submitted) == "awaiting_approval"
    url = f"subject-requests/{submitted['id']}/cancellation"
    assert (await done(office, url, REASON, status=200))["state"] == "cancelled"
    refused = await done(office, approval(submitted), REASON, OLA, status=409)
    assert refused["type"] == "/problems/approval-not-awaited"


async def test_a_second_person_may_take_longer_than_a_preview_lasts(office: Office) -> None:
    submitted = await waiting(office, "slow")
    await office.workplace.execute("DELETE FROM preview")
    await done(office, approval(submitted), REASON, OLA)


async def test_who_was_erased_meanwhile_is_not_erased_twice(office: Office) -> None:
    (person,) = await newcomers(office, "twice", 1)
    body = await erasure(office, person)
    first, second = [await done(office, "subject-requests", body) for _ in range(2)]
    await office.carried_out(await done(office, approval(first), REASON, OLA))
    refused = await done(office, approval(second), REASON, OLA, status=422)
    assert refused["type"] == "/problems/confirmation-invalid"
    url = f"subject-requests/{second['id']}/cancellation"
    await done(office, url, REASON, status=200)


async def test_of_two_who_approve_at_once_one_does(office: Office) -> None:
    for turn in range(5):
        submitted = await waiting(office, f"race{turn}")
        answers = await asyncio.gather(
            *(send(office, approval(submitted), REASON, who) for who in (OLA, "Per Lie"))
        )
        assert sorted(each.status_code for each in answers) == [202, 409]
        jobs = await office.workplace.execute(
            "SELECT FROM job WHERE subject_request_id = $1::uuid", submitted["id"]
        )
        assert len(jobs) == 1


async def test_approving_and_cancelling_at_once_end_in_one_of_both(office: Office) -> None:
    for turn in range(5):
        submitted = await waiting(office, f"undecided{turn}")
        url = f"subject-requests/{submitted['id']}/cancellation"
        await asyncio.gather(
            send(office, approval(submitted), REASON, OLA), send(office, url, REASON)
        )
        (row,) = await office.workplace.execute(
            "SELECT request.state, job.state AS job FROM subject_request AS request"
            " LEFT JOIN job ON job.subject_request_id = request.id WHERE request.id = $1::uuid",
            submitted["id"],
        )
        assert tuple(row) in {
            ("accepted", "queued"),
            ("cancelled", None),
            ("cancelled", "cancelled"),
        }


async def test_a_batch_is_approved_in_one_call(office: Office) -> None:
    persons = await newcomers(office, "batch", 4)
    body = await erasure_of(office, persons)
    items = (await done(office, "subject-requests", body))["items"]
    assert {each["subject_request"]["state"] for each in items} == {"awaiting_approval"}
    (batch_id,) = {each["subject_request"]["batch_id"] for each in items}
    first = items[0]["subject_request"]
    await done(office, f"subject-requests/{first['id']}/cancellation", REASON, status=200)
    await office.lms("DELETE FROM person WHERE id = $1", persons[1].id)
    path = f"subject-request-batches/{batch_id}/approval"
    refused = await done(office, path, REASON, KARI)
    assert {each["status"] for each in refused["items"]} == {409}
    approved = (await done(office, path, REASON, OLA))["items"]
    assert sorted(each["status"] for each in approved) == [202, 202, 422]
    await office.work()
    listed = (await office.get(f"subject-requests?batch_id={batch_id}"))["items"]
    states = {each["subject"].get("email"): each["state"] for each in listed}
    assert states.pop(None) == "completed"
    assert sorted(states.values()) == ["awaiting_approval", "cancelled"]


async def test_a_batch_of_which_nothing_waits_is_not_approved(office: Office) -> None:
    refused = await done(
        office, f"subject-request-batches/{NOBODY}/approval", REASON, OLA, status=404
    )
    assert refused["type"] == "/problems/not-found"
    (person,) = await newcomers(office, "lonely", 1)
    body = {"right": "access", "subjects": [await office.confirmed(person)]}
    body["approval"] = (await erasure(office, person))["approval"]
    item = (await done(office, "subject-requests", body))["items"][0]["subject_request"]
    path = f"subject-request-batches/{item['batch_id']}/approval"
    assert (await done(office, path, REASON, OLA, status=409))["type"].endswith("not-awaited")


async def test_only_erasures_wait(office: Office) -> None:
    (person,) = await newcomers(office, "others", 1)
    common = (await erasure(office, person))["approval"]
    for right in ({"right": "access"}, {"right": "restriction", "ground": "needed_for_claims"}):
        body = {"confirmation": await office.confirmed(person), "approval": common} | right
        accepted = await done(office, "subject-requests", body)
        assert accepted["state"] == "accepted"
        refused = await done(office, approval(accepted), REASON, OLA, status=409)
        assert refused["type"] == "/problems/approval-not-awaited"


async def test_a_client_that_waits_is_told_at_once_that_somebody_else_has_to_act(
    office: Office,
) -> None:
    (person,) = await newcomers(office, "hasty", 1)
    headers = {"Idempotency-Key": "hasty", "Prefer": "wait=60", "X-Acting-Person": KARI}
    body = await erasure(office, person)
    answer = await office.http.post("/v1/subject-requests", json=body, headers=headers)
    assert (answer.status_code, answer.json()["state"]) == (202, "awaiting_approval")


async def test_another_controllers_requests_are_not_there(office: Office) -> None:
    submitted = await waiting(office, "foreign")
    body = await erasure_of(office, await newcomers(office, "foreigners", 2))
    item = (await done(office, "subject-requests", body))["items"][0]["subject_request"]
    async with office.of_another_controller() as other:
        for path in (
            approval(submitted),
            f"subject-request-batches/{item['batch_id']}/approval",
        ):
            refused = await done(other, path, REASON, OLA, status=404)
            assert refused["type"] == "/problems/not-found"
        empty = await other.get(f"subject-requests?batch_id={item['batch_id']}")
        assert empty["items"] == []
    assert await state(office, submitted) == "awaiting_approval"


@pytest.mark.parametrize(
    "body", [{}, {"reason": ""}, {"reason": None}, {"reason": "x", "extra": 1}, [], "x"], ids=str
)
async def test_an_approval_takes_a_reason_and_nothing_else(office: Office, body: object) -> None:
    answer: httpx.Response = await office.http.post(
        f"/v1/subject-requests/{NOBODY}/approval", json=body, headers={"X-Acting-Person": OLA}
    )
    assert answer.status_code == 422
