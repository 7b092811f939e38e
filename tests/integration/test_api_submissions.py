"""Submitting a subject request over HTTP: what it takes, and that it is accepted once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.domain import api_keys
from app.domain.ids import SubjectRequestId
from app.domain.scopes import OF_CONTROLLERS
from app.services import confirmations
from app.services.authentication import Caller
from app.store import clients, subject_requests
from app.store.transaction import transaction
from schemas.vocabulary import Scope
from tests.fixtures.api import Service, confirmed, counts, fresh_key, issue, submission
from tests.fixtures.bindings import bind_unasked
from tests.fixtures.data_maps import SOUND
from tests.fixtures.patience import until

URL = "/v1/subject-requests"


def without(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(body: dict[str, Any]) -> None:
        for name in path[:-1]:
            body = body[name]
        del body[path[-1]]

    return change


def having(value: object, *path: str) -> Callable[[dict[str, Any]], None]:
    def change(body: dict[str, Any]) -> None:
        for name in path[:-1]:
            body = body[name]
        body[path[-1]] = value

    return change


async def test_a_submission_is_accepted_with_its_job_its_event_and_its_place_in_the_trail(
    service: Service, http: httpx.AsyncClient
) -> None:
    confirmation = await confirmed(http, service.one, "S1")
    before = await counts(service)
    answer = await http.post(URL, json=submission(confirmation), headers=fresh_key(service.one))
    assert answer.status_code == 202
    accepted = answer.json()
    assert answer.headers["location"] == f"{URL}/{accepted['id']}"
    assert accepted["state"] == "accepted"
    assert accepted["subject"]["email"] == "anna@one.example"
    after = await counts(service)
    assert {table: after[table] - before[table] for table in after} == dict.fromkeys(after, 1)
    read = await http.get(answer.headers["location"], headers=service.one.headers)
    assert read.json() == accepted


MISSING = [
    pytest.param(without("confirmation"), "confirmation-missing", id="no confirmation"),
    pytest.param(having(None, "confirmation"), "confirmation-missing", id="null confirmation"),
    pytest.param(having("", "confirmation"), "confirmation-missing", id="empty confirmation"),
    pytest.param(without("approval"), "approval-missing", id="no approval"),
    pytest.param(having(None, "approval"), "approval-missing", id="null approval"),
    pytest.param(without("approval", "reason"), "reason-missing", id="no reason"),
    pytest.param(having(" \n", "approval", "reason"), "reason-missing", id="blank reason"),
    pytest.param(without("approval", "approved_by"), "invalid-body", id="nobody approved"),
    pytest.param(without("approval", "reference"), "invalid-body", id="no reference"),
    pytest.param(without("approval", "approved_at"), "invalid-body", id="never approved"),
    pytest.param(without("right"), "invalid-body", id="no right"),
    pytest.param(having("objection", "right"), "invalid-body", id="a right that is not offered"),
    pytest.param(having("restriction", "right"), "ground-missing", id="no ground"),
    pytest.param(having("erasure", "right"), "preview-missing", id="no preview"),
    pytest.param(having(["access"], "right"), "invalid-body", id="several rights"),
    pytest.param(having("made up", "confirmation"), "confirmation-invalid", id="made up"),
    pytest.param(having("2999-01-01T00:00:00Z", "received_at"), "invalid-body", id="year 2999"),
    pytest.param(having("2099-01-01T00:00:00Z", "received_at"), "invalid-body", id="in the future"),
    pytest.param(
        having("2099-01-01T00:00:00Z", "approval", "approved_at"),
        "invalid-body",
        id="approved in the future",
    ),
]


@pytest.mark.parametrize(("change", "problem"), MISSING)
async def test_each_missing_piece_is_its_own_problem_and_nothing_is_done(
    service: Service,
    http: httpx.AsyncClient,
    change: Callable[[dict[str, Any]], None],
    problem: str,
) -> None:
    body = submission(await confirmed(http, service.one, "S1"))
    change(body)
    before = await counts(service)
    answer = await http.post(URL, json=body, headers=fresh_key(service.one))
    assert answer.status_code == 422
    assert answer.json()["type"] == f"/problems/{problem}"
    assert answer.json()["errors"]
    assert await counts(service) == before


async def test_a_submission_without_an_idempotency_key_is_refused(
    service: Service, http: httpx.AsyncClient
) -> None:
    body = submission(await confirmed(http, service.one, "S1"))
    for headers in ({}, {"Idempotency-Key": ""}):
        answer = await http.post(URL, json=body, headers=service.one.headers | headers)
        assert (answer.status_code, answer.json()["type"]) == (
            400,
            "/problems/idempotency-key-missing",
        )
    long = await http.post(
        URL, json=body, headers=service.one.headers | {"Idempotency-Key": "x" * 256}
    )
    assert (long.status_code, long.json()["type"]) == (400, "/problems/invalid-parameter")


async def test_fifty_equal_submissions_at_once_make_one_subject_request(
    service: Service, http: httpx.AsyncClient
) -> None:
    body = submission(await confirmed(http, service.one, "S1"))
    headers = fresh_key(service.one)
    before = await counts(service)

    async def until_answered() -> httpx.Response:
        while True:
            answer = await http.post(URL, json=body, headers=headers)
            if answer.status_code != 409:
                return answer
            assert answer.json()["type"] == "/problems/idempotency-conflict"
            await asyncio.sleep(float(answer.headers["retry-after"]) / 20)

    answers = await asyncio.gather(*(until_answered() for _ in range(50)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    assert len({answer.headers["location"] for answer in answers}) == 1
    replayed = [answer for answer in answers if "idempotency-replayed" in answer.headers]
    assert len(replayed) == 49
    after = await counts(service)
    assert {table: after[table] - before[table] for table in after} == dict.fromkeys(after, 1)


async def test_a_key_that_is_used_again_for_something_else_is_refused(
    service: Service, http: httpx.AsyncClient
) -> None:
    body = submission(await confirmed(http, service.one, "S1"))
    headers = fresh_key(service.one)
    assert (await http.post(URL, json=body, headers=headers)).status_code == 202
    other = await http.post(URL, json=body | {"right": "portability"}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    theirs = submission(await confirmed(http, service.two, "S1"))
    same_key = service.two.headers | {"Idempotency-Key": headers["Idempotency-Key"]}
    assert (await http.post(URL, json=theirs, headers=same_key)).status_code == 202


async def test_a_refused_submission_leaves_its_key_free(
    service: Service, http: httpx.AsyncClient
) -> None:
    body = submission("made up")
    headers = fresh_key(service.one)
    assert (await http.post(URL, json=body, headers=headers)).status_code == 422
    body = submission(await confirmed(http, service.one, "S1"))
    assert (await http.post(URL, json=body, headers=headers)).status_code == 202


async def test_a_confirmation_works_for_its_own_controller_client_and_data_map_only(
    service: Service, http: httpx.AsyncClient
) -> None:
    body = submission(await confirmed(http, service.one, "S1"))
    _, colleague = await issue(service, service.one, set(OF_CONTROLLERS), timedelta(hours=1))
    for headers in (service.two.headers, colleague):
        key = {"Idempotency-Key": str(uuid4())}
        answer = await http.post(URL, json=body, headers=headers | key)
        assert answer.json()["type"] == "/problems/confirmation-invalid"


@asynccontextmanager
async def another_map(service: Service, document: str) -> AsyncIterator[None]:
    """Bind the first controller to another data map for a while."""
    id_ = service.one.id
    async with transaction(service.database, id_) as connection:
        await bind_unasked(connection, id_, document)
    yield
    async with transaction(service.database, id_) as connection:
        await bind_unasked(connection, id_, SOUND)


async def test_a_confirmation_ends_with_the_data_map_that_it_was_given_under(
    service: Service, http: httpx.AsyncClient
) -> None:
    body = submission(await confirmed(http, service.one, "S1"))
    async with another_map(service, f"{SOUND}# published anew\n"):
        answer = await http.post(URL, json=body, headers=fresh_key(service.one))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/confirmation-invalid")


async def test_a_right_that_the_data_map_has_no_rules_for_is_refused(
    service: Service, http: httpx.AsyncClient
) -> None:
    async with another_map(service, SOUND.replace("[access, portability,", "[portability,")):
        body = submission(await confirmed(http, service.one, "S1"))
        refused = await http.post(URL, json=body, headers=fresh_key(service.one))
        offered = body | {"right": "portability"}
        accepted = await http.post(URL, json=offered, headers=fresh_key(service.one))
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/right-not-available")
    assert accepted.status_code == 202


async def test_a_confirmation_can_be_used_often_until_it_expires(
    service: Service, http: httpx.AsyncClient
) -> None:
    body = submission(await confirmed(http, service.one, "S1"))
    for _ in range(2):
        answer = await http.post(URL, json=body, headers=fresh_key(service.one))
        assert answer.status_code == 202
    cipher = service.keyring.cipher(confirmations.PURPOSE)
    caller = Caller(service.one.id, api_keys.read(service.one.key).client_id, frozenset())
    known = confirmations.unseal(cipher, body["confirmation"], caller)
    old = confirmations.seal(cipher, replace(known, expires_at=datetime.now(UTC)))
    answer = await http.post(URL, json=submission(old), headers=fresh_key(service.one))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/confirmation-expired")


async def test_a_client_that_waits_gets_the_end_as_soon_as_it_comes(
    service: Service, http: httpx.AsyncClient
) -> None:
    body = submission(await confirmed(http, service.one, "S1"))
    headers = fresh_key(service.one) | {"Prefer": "respond-async, wait=60"}

    async def complete() -> None:
        while True:
            await asyncio.sleep(0.2)
            listed = (await http.get(f"{URL}?limit=1", headers=service.one.headers)).json()
            (newest,) = listed["items"]
            if newest["state"] == "accepted" and newest["id"] not in known:
                async with transaction(service.database, service.one.id) as connection:
                    await subject_requests.complete(connection, newest["id"], None)
                return

    known = {
        item["id"]
        for item in (await http.get(f"{URL}?limit=200", headers=service.one.headers)).json()[
            "items"
        ]
    }
    answer, _ = await asyncio.gather(http.post(URL, json=body, headers=headers), complete())
    assert answer.status_code == 200
    assert answer.json()["state"] == "completed"
    assert answer.headers["preference-applied"] == "respond-async, wait=60"
    assert answer.elapsed < timedelta(seconds=60)
    again = await http.post(URL, json=body, headers=headers)
    assert (again.status_code, again.headers["location"]) == (200, answer.headers["location"])
    plain = await http.post(
        URL, json=body, headers={k: v for k, v in headers.items() if k != "Prefer"}
    )
    assert (plain.status_code, plain.json()["state"]) == (202, "accepted")


async def test_a_client_that_waits_in_vain_gets_the_acceptance(
    service: Service, http: httpx.AsyncClient
) -> None:
    body = submission(await confirmed(http, service.one, "S1"))
    headers = fresh_key(service.one) | {"Prefer": "wait=1"}
    answer = await http.post(URL, json=body, headers=headers)
    assert answer.status_code == 202
    assert answer.headers["retry-after"] == "1"


async def test_who_waits_is_not_told_of_the_end_once_the_key_is_revoked(
    service: Service, http: httpx.AsyncClient
) -> None:
    scopes = {Scope.SUBJECTS_READ, Scope.ACCESS_REQUEST}
    client, key = await issue(service, service.one, scopes, timedelta(hours=1))
    own = replace(service.one, key=key["Authorization"].partition(" ")[2])
    body = submission(await confirmed(http, own, "S1"))
    earlier = await newest(service, http)
    waits = key | {"Idempotency-Key": uuid4().hex, "Prefer": "wait=60"}
    waiting = asyncio.create_task(http.post(URL, json=body, headers=waits))

    async def is_accepted() -> bool:
        return await newest(service, http) != earlier

    await until(is_accepted)
    async with transaction(service.database, service.one.id) as connection:
        assert await clients.revoke(connection, client.id)
    accepted = SubjectRequestId(UUID(await newest(service, http)))
    async with transaction(service.database, service.one.id) as connection:
        await subject_requests.complete(connection, accepted, None)
    answer = await waiting
    assert (answer.status_code, answer.json()["state"]) == (202, "accepted")
    assert answer.json()["id"] == str(accepted)


async def newest(service: Service, http: httpx.AsyncClient) -> str:
    listed = (await http.get(f"{URL}?limit=1", headers=service.one.headers)).json()["items"]
    return str(listed[0]["id"]) if listed else ""
