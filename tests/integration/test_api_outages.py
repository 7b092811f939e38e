"""What clients see while parts of the service are away, and that it comes back by itself."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.domain.ids import SubjectRequestId
from app.embedded.stack import Stack
from app.services import completions
from app.services.completions import Completions
from app.services.waker import TASK, Waker, deserialise, serialise
from app.store import subject_requests
from app.store.transaction import transaction
from tests.fixtures.api import Service, confirmed, fresh_key, listening, opened, submission
from tests.fixtures.patience import PATIENCE_SECONDS, until

URL = "/v1/subject-requests"


async def accept(service: Service, http: httpx.AsyncClient) -> SubjectRequestId:
    body = submission(await confirmed(http, service.one, "S2"))
    answer = await http.post(URL, json=body, headers=fresh_key(service.one))
    assert answer.status_code == 202
    return SubjectRequestId(UUID(answer.json()["id"]))


async def end_sessions(service: Service, condition: str) -> int:
    connection = await asyncpg.connect(service.superuser_url)
    ended = await connection.fetchval(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        f"WHERE datname = current_database() AND pid <> pg_backend_pid() AND {condition}"
    )
    await connection.close()
    return int(ended)


async def complete(service: Service, request_id: SubjectRequestId) -> None:
    async with transaction(service.database, service.one.id) as connection:
        await subject_requests.complete(connection, request_id, None)


async def test_one_who_waits_is_told_at_once(
    service: Service, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completions, "_LOOK_SECONDS", 2 * PATIENCE_SECONDS)
    request_id = await accept(service, http)
    heard = Completions(service.superuser_url)
    heard.start()
    await asyncio.sleep(0.3)
    with heard.bell(request_id) as bell:
        waiting = asyncio.create_task(bell.wait(2 * PATIENCE_SECONDS))
        await asyncio.sleep(0)
        await complete(service, request_id)
        await asyncio.wait_for(waiting, PATIENCE_SECONDS)
    await heard.close()


async def test_one_who_waits_is_told_also_when_the_listener_was_cut_off(
    service: Service, http: httpx.AsyncClient
) -> None:
    body = submission(await confirmed(http, service.one, "S2"))
    headers = fresh_key(service.one) | {"Prefer": "wait=60"}
    waiting = asyncio.create_task(http.post(URL, json=body, headers=headers))
    await asyncio.sleep(0.5)

    async def is_cut_off() -> bool:
        return await end_sessions(service, "query LIKE 'LISTEN%'") >= 1

    await until(is_cut_off)
    newest = (await http.get(f"{URL}?limit=1", headers=service.one.headers)).json()["items"][0]
    await complete(service, SubjectRequestId(UUID(newest["id"])))
    answer = await waiting
    assert (answer.status_code, answer.json()["state"]) == (200, "completed")
    assert answer.elapsed < timedelta(seconds=60)


async def test_cut_sessions_cost_a_client_a_503_at_most_and_then_all_is_well(
    service: Service, http: httpx.AsyncClient
) -> None:
    assert (await http.get(URL, headers=service.one.headers)).status_code == 200
    await end_sessions(service, "true")
    await service.database.dispose()  # the test's own sessions were cut, too
    answers = [await http.get(URL, headers=service.one.headers) for _ in range(30)]
    for refused in (answer for answer in answers if answer.status_code != 200):
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
        assert refused.json()["type"] == "/problems/service-unavailable"
    assert answers[-1].status_code == 200


async def test_a_learning_platform_that_does_not_answer_is_a_problem_of_its_own(
    service: Service, stack: Stack
) -> None:
    nowhere = {"LMS_URL": "postgresql://nobody@127.0.0.1:1/canarywood"}
    with listening(partial(opened, service, stack.redis_url, nowhere)) as url:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http:
            answer = await http.post(
                "/v1/subject-searches",
                json={"identifier": "number", "value": "S1", "reason": "r"},
                headers=service.one.headers,
            )
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert answer.json()["type"] == "/problems/source-unavailable"
    assert "canarywood" not in answer.text


async def test_a_doorbell_that_is_away_fails_nobody(service: Service) -> None:
    waker = Waker("redis://127.0.0.1:1")
    assert not await waker.is_reachable()
    waker.ring_soon(service.one.id, UUID(int=1))  # type: ignore[arg-type]
    await waker.close()


async def test_a_wake_up_holds_ids_and_is_plain_json() -> None:
    value: dict[str, Any] = {"f": TASK, "a": ("1", "2")}
    assert deserialise(serialise(value)) == {"f": TASK, "a": ["1", "2"]}
