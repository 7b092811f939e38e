"""Subject requests are kept with their job and listed newest first."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.ids import JobId, SubjectRequestId, new_id
from app.domain.subject_requests import Attention, Filter, NewSubjectRequest
from app.embedded.stack import Stack
from app.store import bundles, jobs, subject_requests
from app.store.controllers import Controller
from app.store.transaction import transaction
from schemas.vocabulary import AttentionReason, JobState, RequestState, Right
from tests.fixtures.patience import PATIENCE_SECONDS
from tests.fixtures.store import APPLICATION, AcceptRequest, new_bundle


async def test_an_accepted_request_is_read_as_it_was_accepted_with_its_job(
    engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest
) -> None:
    accepted = await accept_request(controller)
    async with transaction(engine, controller.id) as connection:
        found = await subject_requests.get(connection, accepted.id)
        job = await jobs.get_of_request(connection, accepted.id)
    assert found is not None
    assert job is not None
    assert (job.id, job.state, job.attempts) == (accepted.job_id, JobState.QUEUED, 0)
    for name in set(NewSubjectRequest.__dataclass_fields__) - {
        "job_id",
        "received_at",
        "confirmed_at",
    }:
        assert getattr(found, name) == getattr(accepted, name), name
    assert found.state is RequestState.ACCEPTED
    assert found.received_at <= found.accepted_at <= datetime.now(UTC)


async def test_the_moment_of_receipt_is_kept_where_it_is_given(
    engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest
) -> None:
    received_at = datetime(2026, 10, 1, 8, 0, tzinfo=UTC)
    model = await accept_request(controller)
    earlier = replace(
        model, id=SubjectRequestId(new_id()), job_id=JobId(new_id()), received_at=received_at
    )
    async with transaction(engine, controller.id) as connection:
        accepted_at = await subject_requests.insert(connection, controller.id, earlier)
        found = await subject_requests.get(connection, earlier.id)
    assert found is not None
    assert (found.received_at, found.accepted_at) == (received_at, accepted_at)


async def test_pages_follow_each_other_newest_first_without_gap_or_repetition(
    engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest
) -> None:
    accepted = [(await accept_request(controller)).id for _ in range(7)]
    seen: list[SubjectRequestId] = []
    wanted = Filter(limit=3)
    while True:
        async with transaction(engine, controller.id) as connection:
            page = await subject_requests.list_newest(connection, wanted)
        if not page:
            break
        seen += [request.id for request in page]
        wanted = replace(wanted, after=page[-1].id)
        if len(seen) == 3:
            await accept_request(controller)  # one that comes meanwhile shifts nothing
    assert seen == accepted[::-1]


async def test_a_list_can_be_narrowed_by_state_and_right(
    engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest
) -> None:
    first, second = await accept_request(controller), await accept_request(controller)
    async with transaction(engine, controller.id) as connection:
        await subject_requests.start(connection, first.id)
        running = Filter(state=RequestState.RUNNING, right=Right.ACCESS)
        found = await subject_requests.list_newest(connection, running)
        assert [request.id for request in found] == [first.id]
        waiting = await subject_requests.list_newest(connection, Filter(RequestState.ACCEPTED))
        assert [request.id for request in waiting] == [second.id]
        assert not await subject_requests.list_newest(connection, Filter(right=Right.ERASURE))


async def test_a_request_goes_from_attention_over_the_queue_to_its_bundle(
    engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest
) -> None:
    request = await accept_request(controller)
    attention = Attention(AttentionReason.DISK_FULL, "The disk of the bundles is full.")
    bundle = new_bundle(request.id)
    async with transaction(engine, controller.id) as connection:
        await subject_requests.need_attention(connection, request.id, attention)
        stopped = await subject_requests.get(connection, request.id)
        await subject_requests.requeue(connection, request.id)
        requeued = await subject_requests.get(connection, request.id)
        await bundles.insert(connection, controller.id, bundle)
        completed_at = await subject_requests.complete(connection, request.id, bundle.id)
        done = await subject_requests.get(connection, request.id)
    assert stopped is not None
    assert requeued is not None
    assert done is not None
    assert (stopped.state, stopped.attention) == (RequestState.NEEDS_ATTENTION, attention)
    assert (requeued.state, requeued.attention) == (RequestState.ACCEPTED, None)
    assert (done.state, done.completed_at) == (RequestState.COMPLETED, completed_at)
    assert done.bundle_id == bundle.id


async def test_who_waits_for_a_request_hears_of_its_end_when_that_is_committed(
    engine: AsyncEngine,
    stack: Stack,
    store_database: str,
    controller: Controller,
    accept_request: AcceptRequest,
) -> None:
    request = await accept_request(controller)
    heard: asyncio.Queue[str] = asyncio.Queue()
    listening = await asyncpg.connect(stack.database_url(store_database, APPLICATION))
    try:
        await listening.add_listener("habeas_requests", lambda *told: heard.put_nowait(told[3]))
        async with transaction(engine, controller.id) as connection:
            await subject_requests.complete(connection, request.id, None)
            await listening.execute("SELECT 1")
            assert heard.empty()
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await heard.get() == str(request.id)
    finally:
        await listening.close()
