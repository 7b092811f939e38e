"""A controller's deferrals are looked at again by a job of their own."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.claims import MOST_ATTEMPTS
from app.store import jobs
from app.store.controllers import Controller
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from schemas.vocabulary import AttentionReason, JobKind
from tests.fixtures.effect_rows import BACKEND
from tests.fixtures.store import AcceptRequest

TRAIL = text("SELECT action, subject_request_id, details FROM audit_entry")


async def test_one_is_queued_at_a_time_and_a_running_one_does_not_count(
    engine: AsyncEngine, controller: Controller, other_controller: Controller
) -> None:
    async with transaction(engine, controller.id) as connection:
        job_id = await jobs.enqueue_re_examination(connection, controller.id)
        assert job_id is not None
        assert await jobs.enqueue_re_examination(connection, controller.id) is None
        job = await jobs.claim(connection, job_id, BACKEND, 30)
        assert job is not None
        assert (job.kind, job.subject_request_id, job.right) == (JobKind.RE_EXAMINATION, None, None)
        next_id = await jobs.enqueue_re_examination(connection, controller.id)
        assert next_id is not None
        assert await jobs.claim(connection, next_id, BACKEND, 30) is None, "one after the other"
        assert await jobs.complete(connection, job_id, job.fence)
        assert await jobs.next_for_subject(connection, job_id) == next_id
    async with transaction(engine, other_controller.id) as connection:
        assert await jobs.enqueue_re_examination(connection, other_controller.id) is not None
    async with transaction(engine, None) as connection:
        assert (controller.id, next_id) in await jobs.wakeable(connection, 1_000)


async def test_it_holds_up_no_subjects_job_and_none_holds_it_up(
    engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest
) -> None:
    request = await accept_request(controller)
    async with transaction(engine, controller.id) as connection:
        job_id = await jobs.enqueue_re_examination(connection, controller.id)
        assert job_id is not None
        assert await jobs.claim(connection, job_id, BACKEND, 30) is not None
        job = await jobs.claim(connection, request.job_id, BACKEND, 30)
    assert job is not None
    assert job.kind is JobKind.SUBJECT_REQUEST


async def test_one_that_crashed_each_time_is_told_of_in_the_trail_and_makes_room(
    engine: AsyncEngine, controller: Controller
) -> None:
    async with transaction(engine, controller.id) as connection:
        job_id = await jobs.enqueue_re_examination(connection, controller.id)
        assert job_id is not None
        for _ in range(MOST_ATTEMPTS):
            assert await jobs.claim(connection, job_id, BACKEND, 30) is not None
        assert await jobs.claim(connection, job_id, BACKEND, 30) is None
        entry = (await connection.execute(TRAIL)).one()
        assert await jobs.enqueue_re_examination(connection, controller.id) == job_id
    assert entry.action == AuditAction.JOB_NEEDS_ATTENTION
    assert entry.subject_request_id is None
    assert entry.details == {"reason": AttentionReason.CRASHED_REPEATEDLY}


async def test_one_that_stops_is_queued_again_and_why_it_stopped_is_told_once(
    engine: AsyncEngine, controller: Controller
) -> None:
    reason = AttentionReason.SOURCE_DISAGREES
    async with transaction(engine, controller.id) as connection:
        job_id = await jobs.enqueue_re_examination(connection, controller.id)
        assert job_id is not None
        for is_told in (False, True):
            job = await jobs.claim(connection, job_id, BACKEND, 30)
            assert job is not None
            assert await jobs.is_told(connection, job_id, reason) is is_told
            assert await jobs.need_attention(connection, job_id, job.fence, reason, "no table")
            assert await jobs.enqueue_re_examination(connection, controller.id) == job_id
            assert await jobs.enqueue_re_examination(connection, controller.id) is None
        assert not await jobs.is_told(connection, job_id, AttentionReason.SOURCE_UNREACHABLE)
        job = await jobs.claim(connection, job_id, BACKEND, 30)
        assert job is not None
        assert await jobs.complete(connection, job_id, job.fence)
        assert not await jobs.is_told(connection, job_id, reason)
        assert await jobs.enqueue_re_examination(connection, controller.id) not in {None, job_id}
