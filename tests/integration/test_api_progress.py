"""Following a subject request live: every change once, also over a broken connection."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from app.domain.ids import JobId, SubjectRequestId, new_id
from app.domain.sessions import SessionIdentity
from app.domain.steps import Step
from app.embedded.stack import Stack
from app.services import completions, following
from app.services.context import Context
from app.services.time_limits import TimeLimits
from app.store import clients, jobs, steps, subject_requests
from app.store.transaction import transaction
from schemas.vocabulary import Scope, StepState
from tests.fixtures.api import Service, confirmed, fresh_key, issue, listening, opened, submission
from tests.fixtures.patience import PATIENCE_SECONDS, until

OWNER = SessionIdentity(4711, datetime(2026, 11, 2, 9, 30, tzinfo=UTC))


@dataclass(slots=True)
class Stream:
    """What came of a stream: events, and how many comments."""

    events: list[dict[str, Any]] = field(default_factory=list)
    comments: int = 0
    is_over: bool = False

    @property
    def ids(self) -> list[str]:
        return [event["id"] for event in self.events]

    @property
    def states(self) -> list[str]:
        return [event["data"]["state"] for event in self.events]

    async def read(self, answer: httpx.Response) -> None:
        block: dict[str, Any] = {}
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if line.startswith(":"):
                self.comments += 1
            elif line:
                block[name] = json.loads(value) if name == "data" else value
            elif block:
                self.events.append(block)
                block = {}
        self.is_over = True


@asynccontextmanager
async def following_stream(
    http: httpx.AsyncClient, service: Service, request_id: object, seen: str | None = None
) -> AsyncIterator[Stream]:
    headers = service.one.headers | ({"Last-Event-ID": seen} if seen else {})
    url = f"/v1/subject-requests/{request_id}/progress"
    async with http.stream("GET", url, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        stream = Stream()
        reading = asyncio.create_task(stream.read(answer))
        try:
            yield stream
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def accept(service: Service, http: httpx.AsyncClient) -> SubjectRequestId:
    body = submission(await confirmed(http, service.one, "S2"))
    answer = await http.post("/v1/subject-requests", json=body, headers=fresh_key(service.one))
    assert answer.status_code == 202, answer.text
    return SubjectRequestId(UUID(answer.json()["id"]))


async def claim(service: Service, request_id: SubjectRequestId) -> jobs.ClaimedJob:
    connection = await asyncpg.connect(service.superuser_url)
    # Jobs of one person wait for each other: the earlier tests' are over.
    await connection.execute(
        "UPDATE job SET state = 'completed' WHERE subject_request_id <> $1", request_id
    )
    job_id = await connection.fetchval(
        "SELECT id FROM job WHERE subject_request_id = $1", request_id
    )
    await connection.close()
    async with transaction(service.database, service.one.id) as bound:
        job = await jobs.claim(bound, JobId(job_id), OWNER, 60)
    assert job is not None
    return job


async def save(service: Service, job: jobs.ClaimedJob, count: int) -> None:
    step = Step("records", "Records", StepState.RUNNING, record_count=count)
    async with transaction(service.database, service.one.id) as connection:
        assert await steps.save(connection, job.id, job.fence, [step])


async def complete(service: Service, request_id: SubjectRequestId) -> None:
    async with transaction(service.database, service.one.id) as connection:
        await subject_requests.complete(connection, request_id, None)


def has(stream: Stream, count: int) -> Callable[[], Any]:
    async def look() -> bool:
        return len(stream.events) >= count

    return look


async def test_every_change_is_told_as_it_happens_and_the_stream_ends_with_the_request(
    service: Service, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completions, "_LOOK_SECONDS", 4 * PATIENCE_SECONDS)  # nobody polls
    monkeypatch.setattr(following, "_HEARTBEAT_SECONDS", 4 * PATIENCE_SECONDS)
    request_id = await accept(service, http)
    async with following_stream(http, service, request_id) as stream:
        await until(has(stream, 1))
        assert stream.states == ["accepted"]
        job = await claim(service, request_id)
        await save(service, job, 5)
        await until(has(stream, 2))
        await save(service, job, 12)
        await until(has(stream, 3))
        assert stream.events[-1]["data"]["job"]["steps"][0]["record_count"] == 12
        await complete(service, request_id)

        async def is_over() -> bool:
            return stream.is_over

        await until(is_over)
    assert stream.states[-1] == "completed"
    assert stream.ids == sorted(stream.ids)
    assert len(set(stream.ids)) == len(stream.ids)
    assert {event["event"] for event in stream.events} == {"progress"}


async def test_who_comes_back_gets_what_they_missed_and_nothing_twice(
    service: Service, http: httpx.AsyncClient
) -> None:
    request_id = await accept(service, http)
    async with following_stream(http, service, request_id) as first:
        await until(has(first, 1))
    seen = first.ids[-1]
    async with following_stream(http, service, request_id, seen) as second:
        await asyncio.sleep(0.5)
        assert second.events == []
        await complete(service, request_id)
        await until(has(second, 1))
    assert second.states == ["completed"]
    assert second.ids[0] > seen
    async with following_stream(http, service, request_id, seen) as third:
        await until(has(third, 1))
    assert third.states == ["completed"]
    url = f"/v1/subject-requests/{request_id}/progress"
    over = await http.get(url, headers=service.one.headers | {"Last-Event-ID": third.ids[-1]})
    assert (over.status_code, over.content) == (204, b"")


@pytest.mark.parametrize("seen", ["", "x", "-", "9" * 4_000, "-" * 50, ",;"])
async def test_an_odd_last_event_id_gives_everything_anew(
    service: Service, http: httpx.AsyncClient, seen: str
) -> None:
    request_id = await accept(service, http)
    await complete(service, request_id)
    async with following_stream(http, service, request_id, seen) as stream:
        await until(has(stream, 1))
    assert stream.states == ["completed"]


async def test_a_quiet_stream_shows_that_it_lives_and_ends_after_its_time(
    service: Service,
    http: httpx.AsyncClient,
    stack: Stack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(following, "_HEARTBEAT_SECONDS", 0.05)
    request_id = await accept(service, http)

    @asynccontextmanager
    async def short() -> AsyncIterator[Context]:
        async with opened(service, stack.redis_url, {}) as context:
            yield replace(context, time_limits=TimeLimits(stream=timedelta(seconds=0.5)))

    with listening(short) as url:
        async with (
            httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as other,
            following_stream(other, service, request_id) as stream,
        ):

            async def is_over() -> bool:
                return stream.is_over

            await until(is_over)
    assert len(stream.events) == 1
    assert stream.comments >= 2


async def test_nothing_more_is_shown_once_the_key_is_revoked(
    service: Service, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_HEARTBEAT_SECONDS", 0.05)
    request_id = await accept(service, http)
    client, headers = await issue(service, service.one, {Scope.ACCESS_REQUEST}, timedelta(hours=1))
    one = replace(service.one, key=headers["Authorization"].partition(" ")[2])
    async with following_stream(http, replace(service, one=one), request_id) as stream:
        await until(has(stream, 1))
        async with transaction(service.database, service.one.id) as connection:
            assert await clients.revoke(connection, client.id)

        async def is_over() -> bool:
            return stream.is_over

        await until(is_over)
        await complete(service, request_id)
    assert stream.states == ["accepted"]


async def test_many_who_follow_cost_one_session_and_leave_nothing_behind(
    service: Service, http: httpx.AsyncClient, stack: Stack
) -> None:
    request_id = await accept(service, http)
    contexts: list[Context] = []

    @asynccontextmanager
    async def watched() -> AsyncIterator[Context]:
        async with opened(service, stack.redis_url, {}) as context:
            contexts.append(context)
            yield context

    limits = httpx.Limits(max_connections=100)
    with listening(watched) as url:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS, limits=limits) as many:
            streams = [following_stream(many, service, request_id) for _ in range(40)]
            open_ones = [await each.__aenter__() for each in streams]
            for stream in open_ones:
                await until(has(stream, 1))
            (context,) = contexts
            assert context.database.pool.checkedout() == 0  # type: ignore[attr-defined]
            assert sum(map(len, context.completions._bells.values())) == 40
            for each in streams:
                await each.__aexit__(None, None, None)

        async def is_quiet() -> bool:
            return not context.completions._bells

        await until(is_quiet)


async def test_another_controllers_subject_request_cannot_be_followed(
    service: Service, http: httpx.AsyncClient
) -> None:
    request_id = await accept(service, http)
    for wanted, headers in ((request_id, service.two.headers), (new_id(), service.one.headers)):
        url = f"/v1/subject-requests/{wanted}/progress"
        answer = await http.get(url, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
