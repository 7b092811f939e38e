"""How far a subject request has come, read once or waited for."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.deadlines import is_due_soon, is_overdue
from app.domain.errors import Refused
from app.domain.ids import SubjectRequestId
from app.domain.steps import Step as StoredStep
from app.domain.subject_requests import OVER, WAITING, Approval, NewSubjectRequest
from app.domain.subject_requests import SubjectRequest as StoredRequest
from app.services.authentication import Caller, Credentials, still_known
from app.services.context import Context
from app.services.remedies import REMEDIES
from app.store import jobs, restrictions, steps, subject_requests
from app.store.transaction import transaction
from schemas.jobs import Attention, JobProgress, Step
from schemas.problem_vocabulary import Problem
from schemas.subject_requests import RecordedApproval, SubjectRequest, SubjectRequestSummary
from schemas.vocabulary import JobState, RequestState, Right

ENDED = OVER | {RequestState.NEEDS_ATTENTION}
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
    context: Context, presented: Credentials, subject_request_id: SubjectRequestId, seconds: int
) -> SubjectRequest | None:
    """Wait for a subject request to end: completed, or in need of a person.

    Who waits is asked for before each look: nothing is shown to whom the door is shut meanwhile.

    Args:
        context: What the use cases work with.
        presented: By whom waits.
        subject_request_id: One of the caller's controller.
        seconds: How long at most, 0 to 60.

    Returns:
        The subject request; None where it has not ended in time, waits for somebody, the process is
        about to end, or who waits is not let in any more.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + seconds
    with context.completions.bell(subject_request_id) as bell:
        while (caller := await still_known(context, presented)) is not None:
            found = await read(context, caller, subject_request_id)
            if found.state in ENDED:
                return found
            if found.state in WAITING or found.identity_doubted_at is not None:
                return None
            left = until - clock()
            if left <= 0 or context.completions.is_dismissed:
                return None
            await bell.wait(left)
    return None


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
            "refusal_article": options.get("refusal"),
            "second_approved_at": options.get("second_approved_at"),
            "is_being_cancelled": _is_being_cancelled(request),
        }
    )


def accepted(
    request: NewSubjectRequest, accepted_at: datetime, state: RequestState
) -> SubjectRequest:
    """Show a subject request as it stands in the transaction that accepts it.

    Args:
        request: What is accepted.
        accepted_at: Aware UTC moment.
        state: Where it stands.
    """
    options = request.options
    received_at = request.received_at or accepted_at
    return SubjectRequest.model_validate(
        {
            "id": request.id,
            "right": request.right,
            "state": state,
            "subject": dict(request.subject_display),
            "received_at": received_at,
            "accepted_at": accepted_at,
            "approval": _approval(request.approval),
            "job": None if state in WAITING else JobProgress(state=JobState.QUEUED, attempts=0),
            "ground": options.get("ground"),
            "preview_digest": options.get("preview_digest"),
            "restriction_id": options.get("restriction_id"),
            "batch_id": request.batch_id,
        }
        | _deadline(request.due_at, state)
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
        batch_id=request.batch_id,
        extended_months=request.extended_months,
        identity_doubted_at=request.doubted_at,
        **_deadline(request.due_at, request.state),
    )


def _deadline(due_at: datetime | None, state: RequestState) -> dict[str, Any]:
    now = datetime.now(UTC)
    counts = due_at is not None and state not in OVER
    return {
        "due_at": due_at,
        "due_soon": due_at is not None and counts and is_due_soon(due_at, now),
        "overdue": due_at is not None and counts and is_overdue(due_at, now),
    }


def _approval(approval: Approval) -> RecordedApproval:
    return RecordedApproval(
        approved_by=approval.approved_by,
        approved_at=approval.approved_at,
        reference=approval.reference,
        reason=approval.reason,
    )


def _is_being_cancelled(request: StoredRequest) -> bool:
    return request.options.get("cancelled") is True and request.state not in OVER


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
