"""Jobs are run once, by one worker at a time, in the order of their creation."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.claims import MOST_ATTEMPTS
from app.domain.ids import JobId
from app.domain.sessions import SessionIdentity
from app.domain.steps import Step
from app.domain.subject_requests import NewSubjectRequest
from app.embedded.stack import Stack
from app.store import audit, cancellations, jobs, steps, subject_requests
from app.store.controllers import Controller
from app.store.jobs import ClaimedJob
from app.store.transaction import transaction
from schemas.vocabulary import AttentionReason, JobState, RequestState, StepState
from tests.fixtures.store import APPLICATION, AcceptRequest

LEASE_SECONDS = 30.0

NewWorker = Callable[[], Awaitable[tuple[asyncpg.Connection, SessionIdentity]]]


@pytest.fixture
async def new_worker(stack: Stack, store_database: str) -> AsyncIterator[NewWorker]:
    """Open sessions that own jobs; closing one is the death of its worker."""
    opened: list[asyncpg.Connection] = []

    async def open_session() -> tuple[asyncpg.Connection, SessionIdentity]:
        connection = await asyncpg.connect(stack.database_url(store_database, APPLICATION))
        opened.append(connection)
        row = await connection.fetchrow(
            "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
        )
        return connection, SessionIdentity(row["pid"], row["backend_start"])

    yield open_session
    for connection in opened:
        await connection.close()


@pytest.fixture
async def request_(controller: Controller, accept_request: AcceptRequest) -> NewSubjectRequest:
    return await accept_request(controller)


Claim = Callable[..., Coroutine[Any, Any, ClaimedJob | None]]


@pytest.fixture
def claim(engine: AsyncEngine, controller: Controller) -> Claim:
    async def claim_(
        job_id: JobId, owner: SessionIdentity, lease_seconds: float = LEASE_SECONDS
    ) -> ClaimedJob | None:
        async with transaction(engine, controller.id) as connection:
            return await jobs.claim(connection, job_id, owner, lease_seconds)

    return claim_


async def die(engine: AsyncEngine, connection: asyncpg.Connection, owner: SessionIdentity) -> None:
    """End a worker's session and wait until PostgreSQL has noticed."""
    await connection.close()
    async with engine.connect() as looking:
        alive = text("SELECT count(*) FROM pg_stat_get_activity(:pid) AS s WHERE s.pid = :pid")
        while (await looking.execute(alive, {"pid": owner.pid})).scalar_one():
            await looking.rollback()
            await asyncio.sleep(0.01)


async def due(engine: AsyncEngine, controller: Controller) -> list[JobId]:
    """List the controller's jobs that the sweep would ring for, without knowing the controller."""
    async with transaction(engine, None) as connection:
        listed = await jobs.wakeable(connection, 1_000)
    return [job_id for controller_id, job_id in listed if controller_id == controller.id]


async def test_of_many_who_claim_a_job_one_gets_it(
    claim: Claim, new_worker: NewWorker, request_: NewSubjectRequest
) -> None:
    _, owner = await new_worker()
    claims = await asyncio.gather(*(claim(request_.job_id, owner) for _ in range(24)))
    (won,) = [job for job in claims if job is not None]
    assert (won.id, won.fence, won.attempts) == (request_.job_id, 1, 1)


async def test_of_two_jobs_of_one_subject_claimed_at_once_many_times_only_the_first_runs(
    claim: Claim, new_worker: NewWorker, controller: Controller, accept_request: AcceptRequest
) -> None:
    first, second = await accept_request(controller), await accept_request(controller)
    _, owner = await new_worker()
    wanted = [first.job_id, second.job_id] * 8
    claims = await asyncio.gather(*(claim(job_id, owner) for job_id in wanted))
    assert [job.id for job in claims if job is not None] == [first.job_id]


async def test_a_claim_that_waits_while_its_job_is_laid_to_rest_gets_nothing(
    engine: AsyncEngine,
    claim: Claim,
    new_worker: NewWorker,
    controller: Controller,
    accept_request: AcceptRequest,
) -> None:
    first, second = await accept_request(controller), await accept_request(controller)
    _, owner = await new_worker()
    async with transaction(engine, controller.id) as connection:
        await cancellations.lock(connection, first.job_id)
        claiming = asyncio.create_task(claim(first.job_id, owner))
        await asyncio.sleep(0.2)  # it has looked, and waits for the lock
        assert not claiming.done()
        assert await jobs.rest(connection, first.job_id)
        assert await jobs.next_for_subject(connection, first.job_id) == second.job_id
    assert await claiming is None
    assert await claim(second.job_id, owner) is not None
    async with transaction(engine, controller.id) as connection:
        assert await jobs.rouse(connection, first.job_id)
        assert not await jobs.rouse(connection, first.job_id)
    assert await claim(first.job_id, owner) is None  # the second runs


async def test_a_job_of_another_subject_does_not_wait(
    claim: Claim, new_worker: NewWorker, controller: Controller, accept_request: AcceptRequest
) -> None:
    first, other = await accept_request(controller, "1"), await accept_request(controller, "2")
    _, owner = await new_worker()
    assert await claim(first.job_id, owner) is not None
    assert await claim(other.job_id, owner) is not None


async def test_a_living_owner_keeps_its_job(
    claim: Claim, new_worker: NewWorker, request_: NewSubjectRequest
) -> None:
    (_, owner), (_, rival) = await new_worker(), await new_worker()
    assert await claim(request_.job_id, owner) is not None
    assert await claim(request_.job_id, rival) is None


async def test_the_job_of_a_dead_session_is_taken_at_once(
    engine: AsyncEngine,
    claim: Claim,
    new_worker: NewWorker,
    controller: Controller,
    request_: NewSubjectRequest,
) -> None:
    (session, owner), (_, heir) = await new_worker(), await new_worker()
    assert await claim(request_.job_id, owner, 3600) is not None
    assert await due(engine, controller) == []
    await die(engine, session, owner)
    assert await due(engine, controller) == [request_.job_id]
    taken = await claim(request_.job_id, heir)
    assert taken is not None
    assert (taken.fence, taken.attempts) == (2, 2)


async def test_a_lease_that_ran_out_is_taken_from_a_living_owner(
    claim: Claim, new_worker: NewWorker, request_: NewSubjectRequest
) -> None:
    (_, owner), (_, rival) = await new_worker(), await new_worker()
    assert await claim(request_.job_id, owner, 0.01) is not None
    await asyncio.sleep(0.05)
    assert await claim(request_.job_id, rival) is not None


async def test_a_session_whose_activity_is_hidden_counts_as_living(
    engine: AsyncEngine,
    stack: Stack,
    store_database: str,
    claim: Claim,
    new_worker: NewWorker,
    request_: NewSubjectRequest,
) -> None:
    hidden = await asyncpg.connect(stack.database_url(store_database))
    try:
        row = await hidden.fetchrow("SELECT pg_backend_pid() AS pid, now() AS started_at")
        async with engine.connect() as connection:
            seen = text("SELECT s.backend_start FROM pg_stat_get_activity(:pid) AS s")
            assert (await connection.execute(seen, {"pid": row["pid"]})).scalar_one() is None
        _, rival = await new_worker()
        assert await claim(request_.job_id, SessionIdentity(**row)) is not None
        assert await claim(request_.job_id, rival) is None
    finally:
        await hidden.close()


async def test_a_worker_that_lost_its_lease_touches_nothing_more(
    engine: AsyncEngine,
    claim: Claim,
    new_worker: NewWorker,
    controller: Controller,
    request_: NewSubjectRequest,
) -> None:
    (session, owner), (_, heir) = await new_worker(), await new_worker()
    stale = await claim(request_.job_id, owner)
    assert stale is not None
    await die(engine, session, owner)
    current = await claim(request_.job_id, heir)
    assert current is not None
    late = (stale.id, stale.fence)
    async with transaction(engine, controller.id) as connection:
        answers = [
            await jobs.heartbeat(connection, *late, LEASE_SECONDS),
            await jobs.save_progress(connection, *late, [Step("a", "A")]),
            await jobs.complete(connection, *late),
            await jobs.need_attention(connection, *late, AttentionReason.DISK_FULL, "full"),
            await jobs.release(connection, *late, datetime.now(UTC)),
            await jobs.retry_later(connection, *late, timedelta(seconds=1)),
        ]
        assert answers == [False] * 6
        assert await steps.list_of_job(connection, stale.id) == []
        assert await jobs.heartbeat(connection, current.id, current.fence, LEASE_SECONDS)


async def test_a_heartbeat_puts_off_the_end_of_the_lease(
    engine: AsyncEngine,
    claim: Claim,
    new_worker: NewWorker,
    controller: Controller,
    request_: NewSubjectRequest,
) -> None:
    (_, owner), (_, rival) = await new_worker(), await new_worker()
    job = await claim(request_.job_id, owner, 0.05)
    assert job is not None
    async with transaction(engine, controller.id) as connection:
        assert await jobs.heartbeat(connection, job.id, job.fence, LEASE_SECONDS)
    await asyncio.sleep(0.1)
    assert await claim(request_.job_id, rival) is None
    assert await due(engine, controller) == []


async def test_the_second_job_of_a_subject_waits_and_is_named_when_the_first_ends(
    engine: AsyncEngine,
    claim: Claim,
    new_worker: NewWorker,
    controller: Controller,
    accept_request: AcceptRequest,
) -> None:
    first, second = await accept_request(controller), await accept_request(controller)
    _, owner = await new_worker()
    job = await claim(first.job_id, owner)
    assert job is not None
    assert await claim(second.job_id, owner) is None
    assert await due(engine, controller) == [], "the sweep rings in vain"
    async with transaction(engine, controller.id) as connection:
        assert await jobs.complete(connection, job.id, job.fence)
        assert await jobs.next_for_subject(connection, job.id) == second.job_id
    assert await due(engine, controller) == [second.job_id]
    assert await claim(second.job_id, owner) is not None
    assert await claim(first.job_id, owner) is None, "a finished job is not taken again"


async def test_the_second_job_waits_for_a_first_whose_worker_died(
    engine: AsyncEngine,
    claim: Claim,
    new_worker: NewWorker,
    controller: Controller,
    accept_request: AcceptRequest,
) -> None:
    first, second = await accept_request(controller), await accept_request(controller)
    (session, owner), (_, heir) = await new_worker(), await new_worker()
    assert await claim(first.job_id, owner) is not None
    await die(engine, session, owner)
    assert await claim(second.job_id, heir) is None
    assert await claim(first.job_id, heir) is not None


async def test_the_fourth_attempt_needs_attention(
    engine: AsyncEngine,
    claim: Claim,
    new_worker: NewWorker,
    controller: Controller,
    accept_request: AcceptRequest,
) -> None:
    request, next_ = await accept_request(controller), await accept_request(controller)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        session, owner = await new_worker()
        job = await claim(request.job_id, owner)
        assert job is not None
        assert job.attempts == attempt
        await die(engine, session, owner)
    _, owner = await new_worker()
    assert await claim(request.job_id, owner) is None
    async with transaction(engine, controller.id) as connection:
        stopped = await jobs.get_of_request(connection, request.id)
        assert stopped is not None
        assert stopped.state is JobState.NEEDS_ATTENTION
        shown = await subject_requests.get(connection, request.id)
        assert shown is not None
        assert shown.state is RequestState.NEEDS_ATTENTION
        assert shown.attention is not None
        assert shown.attention.reason is AttentionReason.CRASHED_REPEATEDLY
        assert (await audit.verify(connection, controller.id)).entries == 1
    assert await claim(next_.job_id, owner) is not None, "the subject's next job goes on"


async def test_a_resumed_job_begins_anew_after_the_one_that_runs(
    engine: AsyncEngine,
    claim: Claim,
    new_worker: NewWorker,
    controller: Controller,
    accept_request: AcceptRequest,
) -> None:
    first, second = await accept_request(controller), await accept_request(controller)
    _, owner = await new_worker()
    job = await claim(first.job_id, owner)
    assert job is not None
    async with transaction(engine, controller.id) as connection:
        assert await jobs.need_attention(
            connection, job.id, job.fence, AttentionReason.DISK_FULL, "full"
        )
    running = await claim(second.job_id, owner)
    assert running is not None
    async with transaction(engine, controller.id) as connection:
        assert await jobs.resume(connection, job.id)
        assert not await jobs.resume(connection, job.id)
    assert await claim(job.id, owner) is None
    async with transaction(engine, controller.id) as connection:
        await jobs.complete(connection, running.id, running.fence)
    resumed = await claim(job.id, owner)
    assert resumed is not None
    assert (resumed.attempts, resumed.fence) == (1, 2)


async def test_a_released_job_is_due_when_it_was_said_and_as_if_never_begun(
    engine: AsyncEngine,
    claim: Claim,
    new_worker: NewWorker,
    controller: Controller,
    request_: NewSubjectRequest,
) -> None:
    _, owner = await new_worker()
    job = await claim(request_.job_id, owner)
    assert job is not None
    async with transaction(engine, controller.id) as connection:
        later = datetime.now(UTC) + timedelta(hours=1)
        assert await jobs.release(connection, job.id, job.fence, later)
    assert await due(engine, controller) == []
    again = await claim(request_.job_id, owner)
    assert again is not None
    assert again.attempts == 1


async def test_a_failed_attempt_that_is_made_later_counts(
    engine: AsyncEngine,
    claim: Claim,
    new_worker: NewWorker,
    controller: Controller,
    request_: NewSubjectRequest,
) -> None:
    _, owner = await new_worker()
    job = await claim(request_.job_id, owner)
    assert job is not None
    async with transaction(engine, controller.id) as connection:
        assert await jobs.retry_later(connection, job.id, job.fence, timedelta(hours=1))
    assert await due(engine, controller) == []
    again = await claim(request_.job_id, owner)
    assert again is not None
    assert again.attempts == 2


async def test_the_steps_shown_are_those_said_last(
    engine: AsyncEngine,
    claim: Claim,
    new_worker: NewWorker,
    controller: Controller,
    request_: NewSubjectRequest,
) -> None:
    _, owner = await new_worker()
    job = await claim(request_.job_id, owner)
    assert job is not None
    began = datetime(2026, 11, 2, 9, 30, 0, 1, tzinfo=UTC)
    done = Step("message", "Messages", StepState.COMPLETED, 12, began, began)
    async with transaction(engine, controller.id) as connection:
        planned = [Step("message", "Messages"), Step("note", "Notes"), Step("seal", "Sealing")]
        assert await jobs.save_progress(connection, job.id, job.fence, planned)
        assert await steps.list_of_job(connection, job.id) == planned
        assert await jobs.save_progress(connection, job.id, job.fence, [done])
        assert await steps.list_of_job(connection, job.id) == [done]
