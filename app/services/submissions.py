"""Submitting a subject request of one person: once, whole, and with everything that it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from app.domain.errors import Refused
from app.domain.ids import SubjectRequestId
from app.services import approved_previews, brakes, enablement, idempotency
from app.services.acceptances import LOCATION, Accepted, Wish, accept, approval_of, record
from app.services.approved_previews import Approved
from app.services.authentication import Caller
from app.services.context import Context
from app.services.dates import refuse_future
from app.services.meant import by_confirmation
from app.services.published_maps import require_controller
from app.store.idempotency import StoredAnswer
from app.store.transaction import transaction
from schemas.submissions import ErasureSubmission, RestrictionSubmission, Submission

_POINTER = "/confirmation"


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


async def submit(context: Context, caller: Caller, submission: Submission, key: str) -> Acceptance:
    """Accept a subject request, in one transaction with its job, event and audit entry.

    Args:
        context: What the use cases work with.
        caller: Who submits, allowed to request this right.
        submission: What it takes.
        key: The caller's name for this submission: the same one is accepted once.

    Raises:
        Refused: The confirmation cannot be used, the right cannot be exercised, a date lies in
            the future, something else would happen than was approved, the person is restricted
            on this ground already, it takes two persons and the one who acts is not named, or the
            key is in use or belongs to another submission.
        SourceFailure: The LMS did not answer, or not as the data map says.
    """
    refuse_future(
        {
            "/approval/approved_at": submission.approval.approved_at,
            "/received_at": submission.received_at,
        }
    )
    named = idempotency.name(context.keyring, caller, key, submission)
    options: Mapping[str, object] = {}
    match submission:
        case ErasureSubmission():
            async with transaction(context.database, caller.controller_id) as connection:
                known = await idempotency.known_answer(connection, named)
            if known is not None:
                return replayed(known)
            options = await _approved(context, caller, submission)
        case RestrictionSubmission():
            options = {"ground": submission.ground}
        case _:
            pass
    async with transaction(context.database, caller.controller_id) as connection:
        begun = await idempotency.begin(connection, named)
        if isinstance(begun, StoredAnswer):
            return replayed(begun)
        controller = begun.controller
        enablement.require(controller, submission.right)
        published = await context.maps.get(connection, controller.data_map_version_id)
        meant = by_confirmation(context, caller, published, submission.confirmation, _POINTER)
        published.require(submission.right)
        wish = Wish(
            right=submission.right,
            meant=meant,
            data_map_version_id=published.version_id,
            approval=approval_of(submission.approval),
            received_at=submission.received_at,
            options=options,
            key=named,
        )
        (wish,) = await brakes.judged(context, connection, controller, [wish])
        accepted = await accept(context, connection, caller, begun, wish)
        await record(context, connection, caller, accepted)
    if accepted.job_id is not None:
        context.waker.ring_soon(caller.controller_id, accepted.job_id)
    return given(accepted)


def given(accepted: Accepted) -> Acceptance:
    """Give the answer to a submission that was accepted just now."""
    answer = accepted.answer
    return Acceptance(accepted.id, answer.status, answer.body, is_replayed=False)


def replayed(known: StoredAnswer) -> Acceptance:
    """Give the answer that a submission was given before."""
    return Acceptance(
        SubjectRequestId(UUID(known.headers[LOCATION])),
        known.status,
        known.body,
        is_replayed=True,
    )


async def _approved(
    context: Context, caller: Caller, submission: ErasureSubmission
) -> Mapping[str, object]:
    """Look again at what would happen, and say what the job is told of it.

    Raises:
        Refused: The approval does not hold.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        controller = await require_controller(connection, caller.controller_id)
        enablement.require(controller, submission.right)
        published = await context.maps.get(connection, controller.data_map_version_id)
    meant = by_confirmation(context, caller, published, submission.confirmation, _POINTER)
    published.require(submission.right)
    approved = Approved(controller, published, submission.right, submission.preview_digest)
    (verdict,) = await approved_previews.hold_against(context, caller, approved, [meant])
    if isinstance(verdict, Refused):
        raise verdict
    await brakes.prepare(context, controller, published)
    return verdict
