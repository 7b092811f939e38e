"""Calling a subject request off: at once, or by reading back what a restriction has done."""

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Refused
from app.domain.ids import JobId, SubjectRequestId
from app.domain.subject_requests import OVER
from app.domain.subject_requests import SubjectRequest as StoredRequest
from app.services import progress, trail
from app.services.authentication import Caller, require_scope
from app.services.context import Context
from app.store import (
    cancellations,
    intents,
    jobs,
    outbox,
    restrictions,
    subject_requests,
)
from app.store.jobs import Job
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.cancellations import Cancellation
from schemas.problem_vocabulary import Problem
from schemas.subject_requests import SubjectRequest
from schemas.vocabulary import EventType, RestrictionState, Right


async def cancel(
    context: Context,
    caller: Caller,
    subject_request_id: SubjectRequestId,
    cancellation: Cancellation,
) -> SubjectRequest:
    """Call a subject request off.

    What has changed nothing yet ends at once. A restriction that has begun is rolled back by its
    job. What else has begun goes on.

    Args:
        context: What the use cases work with.
        caller: Who calls it off, allowed to request its right.
        subject_request_id: One of the caller's controller.
        cancellation: Why.

    Raises:
        Refused: The controller has no such subject request, it is over, or has begun to change
            what cannot be brought back.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        request = await progress.require(connection, subject_request_id)
        require_scope(caller, request.right)
        job = await jobs.get_of_request(connection, subject_request_id)
        if job is not None:
            await cancellations.lock(connection, job.id)
            request = await progress.require(connection, subject_request_id)
        if request.state in OVER:
            raise Refused(Problem.CANNOT_CANCEL, "This subject request is over.")
        has_begun = job is not None and await intents.exists_for_job(connection, job.id)
        if has_begun and job is not None:
            next_job_id = await _roll_back(connection, request, job)
        else:
            next_job_id = await _end(connection, request, job)
        shown = await progress.show(connection, subject_request_id)
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.REQUEST_CANCELLED,
            subject_request_id=subject_request_id,
            details={"is_rolled_back": has_begun},
            texts={AuditText.REASON: cancellation.reason},
        )
    if next_job_id is not None:
        context.waker.ring_soon(caller.controller_id, next_job_id)
    return shown


async def _end(
    connection: AsyncConnection, request: StoredRequest, job: Job | None
) -> JobId | None:
    """End what has changed nothing; give the subject's next job."""
    made = await restrictions.get_of_request(connection, request.id)
    if made is not None:
        await restrictions.end(connection, made.id, RestrictionState.CANCELLED)
    if await subject_requests.cancel(connection, request.id, is_waiting=job is None) is None:
        raise Refused(Problem.CANNOT_CANCEL, "It has just begun. Send this again.")
    await outbox.add(connection, request.controller_id, EventType.REQUEST_CANCELLED, request.id, {})
    if job is None:
        return None
    await cancellations.cancel_job(connection, job.id)
    return await jobs.next_for_subject(connection, job.id)


async def _roll_back(connection: AsyncConnection, request: StoredRequest, job: Job) -> JobId | None:
    """Have a restriction read back; give its job, if it has to be rung for."""
    if request.right is not Right.RESTRICTION:
        raise Refused(
            Problem.CANNOT_CANCEL,
            "It has begun to change records, which cannot be brought back.",
        )
    await subject_requests.add_options(connection, request.id, {"cancelled": True})
    if not await jobs.resume(connection, job.id):
        return None
    await subject_requests.requeue(connection, request.id)
    return job.id
