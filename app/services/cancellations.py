"""Calling a subject request off: at once, or by reading back what a restriction has done."""

from dataclasses import dataclass

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
from schemas.vocabulary import EventType, RequestState, RestrictionState, Right


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A subject request that was called off.

    Attributes:
        id: Which one.
        next_job_id: For which to ring; None: for none.
        is_rolled_back: Whether its job reads back what it has done.
    """

    id: SubjectRequestId
    next_job_id: JobId | None
    is_rolled_back: bool


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
        request, job = await _locked(connection, request)
        if request.state in OVER:
            raise Refused(Problem.CANNOT_CANCEL, "This subject request is over.")
        withdrawn = await _withdraw(connection, request, job)
        shown = await progress.show(connection, subject_request_id)
        await record(context, connection, caller, withdrawn, cancellation.reason)
    if withdrawn.next_job_id is not None:
        context.waker.ring_soon(caller.controller_id, withdrawn.next_job_id)
    return shown


async def withdraw_restriction(
    connection: AsyncConnection, request: StoredRequest
) -> Withdrawn | None:
    """Call a restriction off, in a transaction that goes on; what is at work is left to be lifted.

    Args:
        connection: Bound to the controller; ``record`` comes last on it.
        request: The restriction's.

    Returns:
        None where it is over, or has begun and does not wait for a person.
    """
    request, job = await _locked(connection, request)
    if request.state in OVER:
        return None
    if request.state is not RequestState.NEEDS_ATTENTION and await _has_begun(connection, job):
        return None
    return await _withdraw(connection, request, job)


async def record(
    context: Context,
    connection: AsyncConnection,
    caller: Caller,
    withdrawn: Withdrawn,
    reason: str,
) -> None:
    """Append to the audit trail that a subject request was called off.

    The trail is locked until the transaction ends: this comes last in it.

    Args:
        context: What the use cases work with.
        connection: The one that it was called off on.
        caller: Who called it off.
        withdrawn: What was called off.
        reason: Why.
    """
    await trail.record(
        connection,
        context.keyring,
        caller,
        AuditAction.REQUEST_CANCELLED,
        subject_request_id=withdrawn.id,
        details={"is_rolled_back": withdrawn.is_rolled_back},
        texts={AuditText.REASON: reason},
    )


async def _locked(
    connection: AsyncConnection, request: StoredRequest
) -> tuple[StoredRequest, Job | None]:
    """Keep a subject request's job as it is, and read both as they are by then."""
    job = await jobs.get_of_request(connection, request.id)
    if job is not None:
        await cancellations.lock(connection, job.id)
        request = await progress.require(connection, request.id)
    return request, job


async def _has_begun(connection: AsyncConnection, job: Job | None) -> bool:
    return job is not None and await intents.exists_for_job(connection, job.id)


async def _withdraw(
    connection: AsyncConnection, request: StoredRequest, job: Job | None
) -> Withdrawn:
    if job is not None and await _has_begun(connection, job):
        next_job_id = await _roll_back(connection, request, job)
        return Withdrawn(request.id, next_job_id, is_rolled_back=True)
    next_job_id = await _end(connection, request, job)
    return Withdrawn(request.id, next_job_id, is_rolled_back=False)


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
