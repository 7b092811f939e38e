"""How far a subject request has come, read once or waited for."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Refused
from app.domain.ids import SubjectRequestId
from app.domain.steps import Step as StoredStep
from app.domain.subject_requests import Approval, NewSubjectRequest
from app.domain.subject_requests import SubjectRequest as StoredRequest
from app.services.authentication import Caller
from app.services.context import Context
from app.services.remedies import REMEDIES
from app.store import jobs, restrictions, steps, subject_requests
from app.store.transaction import transaction
from schemas.jobs import Attention, JobProgress, Step
from schemas.subject_requests import RecordedApproval, SubjectRequest, SubjectRequestSummary
from schemas.vocabulary import JobState, Problem, RequestState, Right

ENDED = frozenset({RequestState.COMPLETED, RequestState.NEEDS_ATTENTION, RequestState.CANCELLED})
"""The states in which nothing more happens by itself."""


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
            if found.state in ENDED:
                return found
            left = until - clock()
            if left <= 0:
                return None
            await bell.wait(left)


async def require(
    connection: AsyncConnection, subject_request_id: SubjectRequestId
) -> StoredRequest:
    """Read a subject request.

    Raises:
        Refused: The controller has no such subject request.
    """
    request = await subject_requests.get(connection, subject_request_id)
    if request is None:
        raise Refused(Problem.NOT_FOUND, "There is no such subject request.")
    return request


async def show(connection: AsyncConnection, subject_request_id: SubjectRequestId) -> SubjectRequest:
    """Show a subject request as one transaction sees it.

    Raises:
        Refused: The controller has no such subject request.
    """
    request = await require(connection, subject_request_id)
    job = await jobs.get_of_request(connection, subject_request_id)
    parts = () if job is None else await steps.list_of_job(connection, job.id)
    options = request.options
    restriction_id = options.get("restriction_id")
    if request.right is Right.RESTRICTION:
        made = await restrictions.get_of_request(connection, subject_request_id)
        restriction_id = None if made is None else made.id
    attention = request.attention
    return SubjectRequest.model_validate(
        dict(summary(request))
        | {
            "approval": _approval(request.approval),
            "job": job and JobProgress(state=job.state, attempts=job.attempts, steps=_steps(parts)),
            "attention": attention
            and Attention(
                reason=attention.reason, detail=attention.detail, remedy=REMEDIES[attention.reason]
            ),
            "ground": options.get("ground"),
            "preview_digest": options.get("preview_digest"),
            "restriction_id": restriction_id,
            "is_being_cancelled": _is_being_cancelled(request),
        }
    )


def accepted(
    request: NewSubjectRequest, accepted_at: datetime, *, is_waiting: bool = False
) -> SubjectRequest:
    """Show a subject request as it stands in the transaction that accepts it.

    Args:
        request: What is accepted.
        accepted_at: Aware UTC moment.
        is_waiting: Whether it waits until the person has been informed.
    """
    options = request.options
    return SubjectRequest.model_validate(
        {
            "id": request.id,
            "right": request.right,
            "state": RequestState.AWAITING_INFORMATION if is_waiting else RequestState.ACCEPTED,
            "subject": dict(request.subject_display),
            "received_at": request.received_at or accepted_at,
            "accepted_at": accepted_at,
            "approval": _approval(request.approval),
            "job": None if is_waiting else JobProgress(state=JobState.QUEUED, attempts=0),
            "ground": options.get("ground"),
            "preview_digest": options.get("preview_digest"),
            "restriction_id": options.get("restriction_id"),
        }
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
        receipt_id=request.receipt_id,
    )


def _approval(approval: Approval) -> RecordedApproval:
    return RecordedApproval(
        approved_by=approval.approved_by,
        approved_at=approval.approved_at,
        reference=approval.reference,
        reason=approval.reason,
    )


def _is_being_cancelled(request: StoredRequest) -> bool:
    is_over = request.state in {RequestState.COMPLETED, RequestState.CANCELLED}
    return request.options.get("cancelled") is True and not is_over


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
