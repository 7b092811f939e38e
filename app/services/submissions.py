"""Accepting a subject request: once, whole, and with everything that it takes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Fault, Refused
from app.domain.ids import JobId, SubjectRequestId, new_id
from app.domain.subject_digests import digest
from app.domain.subject_requests import Approval, NewSubjectRequest
from app.services import confirmations
from app.services.authentication import Caller
from app.services.confirmations import Confirmation
from app.services.context import Context
from app.services.published_maps import require_controller
from app.store import audit, idempotency, outbox, subject_requests
from app.store.controllers import Controller
from app.store.idempotency import Claim, IdempotencyKey, StoredAnswer
from app.store.transaction import transaction
from schemas.jobs import JobProgress
from schemas.subject_requests import SubjectRequest, SubjectRequestSubmission
from schemas.vocabulary import AuditAction, EventType, JobState, Problem, RequestState

_CLOCK_TOLERANCE = timedelta(minutes=5)
_LOCATION = "subject_request_id"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The answer to a submission.

    Attributes:
        subject_request_id: What was accepted.
        status: Of the HTTP answer.
        body: Of the HTTP answer, JSON.
        is_replayed: Whether it was accepted before, under the same key.
    """

    subject_request_id: SubjectRequestId
    status: int
    body: str
    is_replayed: bool


async def submit(
    context: Context, caller: Caller, submission: SubjectRequestSubmission, key: str
) -> Acceptance:
    """Accept a subject request, in one transaction with its job, event and audit entry.

    Args:
        context: What the use cases work with.
        caller: Who submits, allowed to request this right.
        submission: What it takes.
        key: The caller's name for this submission: the same one is accepted once.

    Raises:
        Refused: The confirmation cannot be used, the right cannot be exercised, a date lies in
            the future, or the key is in use or belongs to another submission.
    """
    _refuse_future(submission)
    body_sha256 = sha256(submission.model_dump_json().encode()).hexdigest()
    idempotency_key = IdempotencyKey(caller.controller_id, caller.client_id, key, body_sha256)
    async with transaction(context.database, caller.controller_id) as connection:
        known = await _claim(connection, idempotency_key)
        if known is not None:
            return _replayed(known)
        request = await _request(context, connection, caller, submission)
        accepted_at = await subject_requests.insert(connection, caller.controller_id, request)
        await outbox.add(
            connection,
            caller.controller_id,
            EventType.REQUEST_ACCEPTED,
            request.id,
            {"right": request.right},
        )
        body = _shown(request, submission, accepted_at).model_dump_json()
        answer = StoredAnswer(202, {_LOCATION: str(request.id)}, body)
        await idempotency.remember(connection, idempotency_key, answer)
        await audit.append(
            connection,
            caller.controller_id,
            AuditAction.REQUEST_ACCEPTED,
            client_id=caller.client_id,
            subject_request_id=request.id,
            details={"right": request.right, "data_map_version": str(request.data_map_version_id)},
        )
    context.waker.ring_soon(caller.controller_id, request.job_id)
    return Acceptance(request.id, answer.status, body, is_replayed=False)


async def _claim(connection: AsyncConnection, key: IdempotencyKey) -> StoredAnswer | None:
    """Reserve a key; give the answer that it was given before, if there is one."""
    match await idempotency.claim(connection, key):
        case StoredAnswer() as known:
            return known
        case Claim.IN_FLIGHT:
            raise Refused(
                Problem.IDEMPOTENCY_CONFLICT,
                "The same request is being carried out. Send it again in a second.",
            )
        case Claim.OTHER_BODY:
            raise Refused(
                Problem.IDEMPOTENCY_KEY_REUSED,
                "This Idempotency-Key was used for another request. Use a fresh one.",
            )
        case _:
            return None


async def _request(
    context: Context,
    connection: AsyncConnection,
    caller: Caller,
    submission: SubjectRequestSubmission,
) -> NewSubjectRequest:
    """Make the subject request that a submission asks for, if its confirmation counts."""
    confirmation = confirmations.unseal(
        context.keyring.cipher(confirmations.PURPOSE), submission.confirmation, caller
    )
    controller = await require_controller(connection, caller.controller_id)
    published = await context.maps.get(connection, controller.data_map_version_id)
    confirmations.require_version(confirmation, published.version_id)
    if submission.right not in published.data_map.rights:
        rights = ", ".join(published.data_map.rights)
        raise Refused(
            Problem.RIGHT_NOT_AVAILABLE, f"The controller's data map has rules for: {rights}."
        )
    return _new(context, controller, confirmation, submission)


def _new(
    context: Context,
    controller: Controller,
    confirmation: Confirmation,
    submission: SubjectRequestSubmission,
) -> NewSubjectRequest:
    approval = submission.approval
    return NewSubjectRequest(
        id=SubjectRequestId(new_id()),
        job_id=JobId(new_id()),
        right=submission.right,
        subject_key=confirmation.subject_key,
        subject_digest=digest(
            context.keyring.unwrap(controller.digest_key), confirmation.subject_key
        ),
        subject_display=confirmation.display,
        data_map_version_id=confirmation.data_map_version_id,
        client_id=confirmation.client_id,
        approval=Approval(
            approved_by=approval.approved_by,
            approved_at=approval.approved_at,
            reference=approval.reference,
            reason=approval.reason,
        ),
        received_at=submission.received_at or datetime.now(UTC),
    )


def _shown(
    request: NewSubjectRequest, submission: SubjectRequestSubmission, accepted_at: datetime
) -> SubjectRequest:
    return SubjectRequest(
        id=request.id,
        right=request.right,
        state=RequestState.ACCEPTED,
        subject=dict(request.subject_display),
        received_at=request.received_at or accepted_at,
        accepted_at=accepted_at,
        approval=submission.approval,
        job=JobProgress(state=JobState.QUEUED, attempts=0),
    )


def _replayed(known: StoredAnswer) -> Acceptance:
    return Acceptance(
        SubjectRequestId(UUID(known.headers[_LOCATION])),
        known.status,
        known.body,
        is_replayed=True,
    )


def _refuse_future(submission: SubjectRequestSubmission) -> None:
    latest = datetime.now(UTC) + _CLOCK_TOLERANCE
    dates = {
        "/approval/approved_at": submission.approval.approved_at,
        "/received_at": submission.received_at,
    }
    faults = tuple(
        Fault(pointer, "lies in the future")
        for pointer, date in dates.items()
        if date is not None and date > latest
    )
    if faults:
        raise Refused(Problem.INVALID_BODY, "A date lies in the future; see errors.", faults)
