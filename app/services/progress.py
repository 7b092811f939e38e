"""How far a subject request has come, read once or waited for."""

import asyncio
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import IntegrityViolation, Refused
from app.domain.ids import SubjectRequestId
from app.domain.steps import Step as StoredStep
from app.domain.subject_requests import SubjectRequest as StoredRequest
from app.services.authentication import Caller
from app.services.context import Context
from app.services.remedies import REMEDIES
from app.store import jobs, steps, subject_requests
from app.store.jobs import Job
from app.store.transaction import transaction
from schemas.jobs import Attention, JobProgress, Step
from schemas.subject_requests import Approval, SubjectRequest, SubjectRequestSummary
from schemas.vocabulary import Problem, RequestState

_ENDED = frozenset({RequestState.COMPLETED, RequestState.NEEDS_ATTENTION, RequestState.CANCELLED})


async def read(
    context: Context, caller: Caller, subject_request_id: SubjectRequestId
) -> SubjectRequest:
    """Show a subject request with its progress.

    Raises:
        Refused: The caller's controller has no such subject request.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        return await show(connection, subject_request_id)


async def wait(
    context: Context, caller: Caller, subject_request_id: SubjectRequestId, seconds: int
) -> SubjectRequest | None:
    """Wait for a subject request to end: completed, or in need of a person.

    Args:
        context: What the use cases work with.
        caller: Who waits.
        subject_request_id: One of the caller's controller.
        seconds: How long at most, 0 to 60.

    Returns:
        The subject request; None where it has not ended in time.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + seconds
    with context.completions.bell(subject_request_id) as bell:
        while True:
            found = await read(context, caller, subject_request_id)
            if found.state in _ENDED:
                return found
            left = until - clock()
            if left <= 0:
                return None
            await bell.wait(left)


async def require(
    connection: AsyncConnection, subject_request_id: SubjectRequestId
) -> tuple[StoredRequest, Job]:
    """Read a subject request and its job.

    Raises:
        Refused: The controller has no such subject request.
    """
    request = await subject_requests.get(connection, subject_request_id)
    if request is None:
        raise Refused(Problem.NOT_FOUND, "There is no such subject request.")
    job = await jobs.get_of_request(connection, subject_request_id)
    if job is None:
        raise IntegrityViolation("a subject request has no job")
    return request, job


async def show(connection: AsyncConnection, subject_request_id: SubjectRequestId) -> SubjectRequest:
    """Show a subject request as one transaction sees it.

    Raises:
        Refused: The controller has no such subject request.
    """
    request, job = await require(connection, subject_request_id)
    parts = await steps.list_of_job(connection, job.id)
    attention = request.attention
    return SubjectRequest(
        **dict(summary(request)),
        approval=Approval(
            approved_by=request.approval.approved_by,
            approved_at=request.approval.approved_at,
            reference=request.approval.reference,
            reason=request.approval.reason,
        ),
        job=JobProgress(state=job.state, attempts=job.attempts, steps=_steps(parts)),
        attention=attention
        and Attention(
            reason=attention.reason, detail=attention.detail, remedy=REMEDIES[attention.reason]
        ),
    )


def summary(request: StoredRequest) -> SubjectRequestSummary:
    """Show a subject request as it stands in a list."""
    return SubjectRequestSummary(
        id=request.id,
        right=request.right,
        state=request.state,
        subject=dict(request.subject_display),
        received_at=request.received_at,
        accepted_at=request.accepted_at,
        completed_at=request.completed_at,
        bundle_id=request.bundle_id,
    )


def _steps(parts: Sequence[StoredStep]) -> tuple[Step, ...]:
    return tuple(
        Step(
            name=part.name,
            title=part.title,
            state=part.state,
            record_count=part.record_count,
            started_at=part.started_at,
            finished_at=part.finished_at,
        )
        for part in parts
    )
