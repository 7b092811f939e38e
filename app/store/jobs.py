"""Jobs: claimed under a lease, fenced by a number, in one pair of hands at a time.

A job's row and its row in ``wakeable_job`` change together. What a change means for the subject
request, the audit trail and the outbox is written by the caller, in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.claims import MOST_ATTEMPTS, UnfinishedJob, Verdict, decide
from app.domain.ids import ControllerId, JobId, SubjectRequestId, new_id
from app.domain.sessions import SessionIdentity
from app.domain.steps import Step
from app.domain.subject_requests import Attention
from app.store import attention, steps
from app.store import job_statements as statements
from schemas.vocabulary import AttentionReason, JobKind, JobState, Right


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that is ours, until its fence says otherwise.

    Attributes:
        id: The job.
        controller_id: Whose it is.
        kind: What it is for.
        subject_request_id: What it carries out; None for a re-examination.
        right: The right that is exercised; None for a re-examination.
        subject_digest: The keyed digest of the subject; zeros for a re-examination.
        fence: Every later write names it.
        attempts: How often the job was begun, this time included.
    """

    id: JobId
    controller_id: ControllerId
    kind: JobKind
    subject_request_id: SubjectRequestId | None
    right: Right | None
    subject_digest: bytes
    fence: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it is shown.

    Attributes:
        id: The job.
        state: Where it stands.
        attempts: How often it was begun.
        created_at: Aware UTC moment.
        finished_at: Aware UTC moment, once it has ended.
    """

    id: JobId
    state: JobState
    attempts: int
    created_at: datetime
    finished_at: datetime | None


_NO_SUBJECT = bytes(32)
"""In place of a subject's digest: re-examinations of one controller wait for each other."""

_OF_REQUEST = text("""
    SELECT id, state, attempts, created_at, finished_at FROM job
    WHERE subject_request_id = :subject_request_id
    ORDER BY created_at DESC LIMIT 1
""")


async def get_of_request(
    connection: AsyncConnection, subject_request_id: SubjectRequestId
) -> Job | None:
    """Read the newest job of a subject request; None where the controller has no such request."""
    parameters = {"subject_request_id": subject_request_id}
    row = (await connection.execute(_OF_REQUEST, parameters)).mappings().one_or_none()
    return None if row is None else Job(**{**row, "state": JobState(row["state"])})


async def enqueue_re_examination(
    connection: AsyncConnection, controller_id: ControllerId
) -> JobId | None:
    """Queue a job that looks at the controller's deferrals.

    A running one does not stand in its way: it may have looked before what was just heard of.

    Args:
        connection: Bound to the controller.
        controller_id: Whose deferrals.

    Returns:
        The job, one that stopped if there is any; None where one is queued already.
    """
    parameters = {
        "controller_id": controller_id,
        "id": new_id(),
        "subject_digest": _NO_SUBJECT,
    }
    row = (await connection.execute(statements.RE_EXAMINE, parameters)).one_or_none()
    return None if row is None else JobId(row.job_id)


async def claim(
    connection: AsyncConnection, job_id: JobId, owner: SessionIdentity, lease_seconds: float
) -> ClaimedJob | None:
    """Take a job, if it is queued or lost and no other job of its subject comes first.

    A job that was begun three times before now waits for a person instead; that is recorded in
    its subject request, the outbox and the audit trail, too.

    Args:
        connection: Bound to the controller; the claim counts from its commit on.
        job_id: The job.
        owner: The session whose end gives the job free at once.
        lease_seconds: How long it is ours without a heartbeat, 0 < x ≤ 3600.

    Returns:
        The job; None where it is not to be had.
    """
    # The subject's unfinished jobs are locked first, in one order: claims of one subject, and
    # endings that would change the verdict, happen one after another.
    rows = (await connection.execute(statements.LOCK_QUEUE, {"job_id": job_id})).all()
    queue = [UnfinishedJob(row.id, row.is_running, row.is_lost, row.attempts) for row in rows]
    match decide(queue, job_id):
        case Verdict.TAKE:
            return await _take(connection, job_id, owner, lease_seconds)
        case Verdict.GIVE_UP:
            await _give_up(connection, job_id)
        case Verdict.WAIT:
            # Whoever finishes the job before rings for this one; the sweep need not, for a while.
            parameters = {"job_id": job_id, "seconds": lease_seconds}
            await connection.execute(statements.POSTPONE, parameters)
        case Verdict.LEAVE:
            pass
        case other:
            assert_never(other)
    return None


async def heartbeat(
    connection: AsyncConnection, job_id: JobId, fence: int, lease_seconds: float
) -> bool:
    """Renew the lease from now on; false where the job is lost to another worker."""
    parameters = {"job_id": job_id, "fence": fence, "seconds": lease_seconds}
    return await _held(connection, statements.HEARTBEAT, parameters)


async def save_progress(
    connection: AsyncConnection, job_id: JobId, fence: int, progress: Sequence[Step]
) -> bool:
    """Show all steps as they stand; false where the job is lost to another worker."""
    return await steps.save(connection, job_id, fence, progress)


async def complete(connection: AsyncConnection, job_id: JobId, fence: int) -> bool:
    """End a job as done; false where it is lost to another worker."""
    return await _held(connection, statements.COMPLETE, {"job_id": job_id, "fence": fence})


async def need_attention(
    connection: AsyncConnection, job_id: JobId, fence: int, reason: AttentionReason, detail: str
) -> bool:
    """Stop a job until a person resumes it; false where it is lost to another worker.

    ``attention.record`` writes the rest.
    """
    parameters = {"job_id": job_id, "fence": fence, "reason": reason, "detail": detail}
    return await _held(connection, statements.NEED_ATTENTION, parameters)


async def is_told(connection: AsyncConnection, job_id: JobId, reason: AttentionReason) -> bool:
    """Say whether a job came to wait for a person for the same reason before, and nobody resumed it since.

    Only re-examinations are tried again by the clock; what stops them each time is told once.
    """
    parameters = {"job_id": job_id, "reason": reason}
    return bool((await connection.execute(statements.IS_TOLD, parameters)).scalar())


async def release(
    connection: AsyncConnection, job_id: JobId, fence: int, wake_at: datetime
) -> bool:
    """Put a job back into the queue as if it had not been begun.

    Args:
        connection: Bound to the controller.
        job_id: The job.
        fence: As its claim gave it.
        wake_at: Aware moment from which the sweep rings for it.

    Returns:
        False where the job is lost to another worker.
    """
    parameters = {"job_id": job_id, "fence": fence, "wake_at": wake_at}
    return await _held(connection, statements.RELEASE, parameters)


async def retry_later(
    connection: AsyncConnection, job_id: JobId, fence: int, delay: timedelta
) -> bool:
    """Put a job back into the queue after an attempt that counts.

    Args:
        connection: Bound to the controller.
        job_id: The job.
        fence: As its claim gave it.
        delay: For how long the sweep does not ring for it.

    Returns:
        False where the job is lost to another worker.
    """
    parameters = {"job_id": job_id, "fence": fence, "delay": delay}
    return await _held(connection, statements.RETRY_LATER, parameters)


async def resume(connection: AsyncConnection, job_id: JobId) -> bool:
    """Queue a job that waits for a person, its attempts forgotten; false where it does not."""
    return await _held(connection, statements.RESUME, {"job_id": job_id})


async def resume_begun_re_examinations(connection: AsyncConnection) -> list[JobId]:
    """Queue the re-examinations that stopped after they had begun, whyever, their attempts forgotten.

    Why they stopped stays until they are done.
    """
    rows = await connection.execute(statements.RESUME_BEGUN_RE_EXAMINATIONS)
    return [JobId(row.job_id) for row in rows]


async def rest(connection: AsyncConnection, job_id: JobId) -> bool:
    """Lay a locked job that has committed nothing to rest: nobody takes it, and it waits in no queue.

    Args:
        connection: Bound to the controller, after ``cancellations.lock``.
        job_id: The job; who works on it stops at the next heartbeat.

    Returns:
        False where it is over or waits for a person.
    """
    return await _held(connection, statements.REST, {"job_id": job_id})


async def rouse(connection: AsyncConnection, job_id: JobId) -> bool:
    """Queue a job that rests; false where it does not."""
    return await _held(connection, statements.ROUSE, {"job_id": job_id})


async def wakeable(connection: AsyncConnection, limit: int) -> list[tuple[ControllerId, JobId]]:
    """List unfinished jobs that are due, or whose owner's session is gone, longest due first.

    Args:
        connection: Bound to a controller or to none: jobs of all controllers are listed.
        limit: At most so many.
    """
    rows = await connection.execute(statements.WAKEABLE, {"limit": limit})
    return [(row.controller_id, row.job_id) for row in rows]


async def next_for_subject(connection: AsyncConnection, job_id: JobId) -> JobId | None:
    """Find the oldest queued job of a job's subject, and make it due.

    Args:
        connection: Bound to the controller, in or after the transaction that ended the job.
        job_id: The job that ended.
    """
    row = (await connection.execute(statements.NEXT, {"job_id": job_id})).one_or_none()
    return None if row is None else JobId(row.job_id)


async def _take(
    connection: AsyncConnection, job_id: JobId, owner: SessionIdentity, lease_seconds: float
) -> ClaimedJob | None:
    parameters = {
        "job_id": job_id,
        "pid": owner.pid,
        "started_at": owner.started_at,
        "seconds": lease_seconds,
    }
    row = (await connection.execute(statements.TAKE, parameters)).mappings().one_or_none()
    if row is None:
        return None  # laid to rest just now
    columns: dict[str, Any] = dict(row)
    columns |= {"kind": JobKind(row["kind"]), "right": row["right"] and Right(row["right"])}
    return ClaimedJob(**columns)


async def _give_up(connection: AsyncConnection, job_id: JobId) -> None:
    why = Attention(
        AttentionReason.CRASHED_REPEATEDLY,
        f"The work was begun {MOST_ATTEMPTS} times, and each time the worker ended before it did.",
    )
    was_told = await is_told(connection, job_id, why.reason)
    parameters = {"job_id": job_id, "reason": why.reason, "detail": why.detail}
    row = (await connection.execute(statements.GIVE_UP, parameters)).one()
    await next_for_subject(connection, job_id)
    if not was_told:
        await attention.record(connection, row.controller_id, row.subject_request_id, why)


async def _held(
    connection: AsyncConnection, statement: TextClause, parameters: dict[str, Any]
) -> bool:
    return (await connection.execute(statement, parameters)).one_or_none() is not None
