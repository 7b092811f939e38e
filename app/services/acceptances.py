"""Accepting one subject request: whole, in one transaction with its job, its event and its trail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.deadlines import Period, due
from app.domain.errors import Refused
from app.domain.ids import DataMapVersionId, JobId, SubjectRequestId, new_id
from app.domain.same_person import person_digest
from app.domain.subject_digests import digest
from app.domain.subject_requests import (
    FOR_A_SECOND_PERSON,
    WAITING,
    Approval,
    NewSubjectRequest,
)
from app.services import progress, trail
from app.services.authentication import Caller
from app.services.calendars import calendar_of
from app.services.confirmations import nobody_there
from app.services.context import Context
from app.services.meant import Meant
from app.store import restrictions, subject_requests
from app.store.idempotency import Begun, IdempotencyKey, StoredAnswer
from app.store.outbox import Announcement
from app.store.subject_requests import Along
from schemas.approvals import Approval as WrittenApproval
from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.problem_vocabulary import Problem
from schemas.subject_requests import SubjectRequest
from schemas.vocabulary import EventType, RequestState, RestrictionGround, Right

LOCATION = "subject_request_id"
"""Under which name a stored answer names what was accepted."""

_ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for one person.

    Attributes:
        right: The right that is exercised.
        meant: Whose.
        data_map_version_id: The data map that it runs under.
        approval: The controller's leave.
        received_at: Aware moment at which the controller received it; None: now.
        options: What the right needs besides; no personal data.
        state: Where it stands once it is accepted; without a job where it waits for somebody.
        batch_id: What is submitted together carries the same; None: alone.
        key: Under which its answer is remembered; None where another answer will be.
    """

    right: Right
    meant: Meant
    data_map_version_id: DataMapVersionId
    approval: Approval
    received_at: datetime | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    state: RequestState = RequestState.ACCEPTED
    batch_id: UUID | None = None
    key: IdempotencyKey | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A subject request that was accepted.

    Attributes:
        shown: As it is answered.
        answer: The same as it is sent, and remembered.
        job_id: For which to ring; None where it waits.
        data_map_version_id: The data map that it runs under.
        approval: The controller's leave.
    """

    shown: SubjectRequest
    answer: StoredAnswer
    job_id: JobId | None
    data_map_version_id: DataMapVersionId
    approval: Approval

    @property
    def id(self) -> SubjectRequestId:
        """Its id."""
        return SubjectRequestId(self.shown.id)


def approval_of(written: WrittenApproval) -> Approval:
    """Read an approval."""
    return Approval(
        approved_by=written.approved_by,
        approved_at=written.approved_at,
        reference=written.reference,
        reason=written.reason,
    )


async def accept(
    context: Context,
    connection: AsyncConnection,
    caller: Caller,
    begun: Begun,
    wish: Wish,
) -> Accepted:
    """Accept a subject request: write it with its job, its events and its answer.

    Args:
        context: What the use cases work with.
        connection: Bound to the controller; what is accepted counts from its commit on.
        caller: Who asks.
        begun: What it is accepted with.
        wish: What is asked.

    Raises:
        Refused: The person is restricted on this ground already or was erased since they were
            confirmed, or it has to wait for somebody other than the one who acts, who is not
            named. Nothing was written.
    """
    request = _new(context, caller, begun, wish)
    if wish.right in {Right.RESTRICTION, Right.RESTRICTION_LIFT}:
        await restrictions.wait_to_restrict(connection, begun.controller.id)
    if wish.right is Right.RESTRICTION:
        await _require_new_ground(connection, request)
    if wish.state in FOR_A_SECOND_PERSON and request.submitter_digest is None:
        raise acting_person_missing()
    shown = progress.accepted(request, begun.at, wish.state)
    answer = StoredAnswer(_ACCEPTED, {LOCATION: str(request.id)}, shown.model_dump_json())
    along = Along(begun.at, _announcements(wish), None if wish.key is None else (wish.key, answer))
    place = (connection, begun.controller.id)
    if await subject_requests.insert(*place, request, wish.state, along) is None:
        raise nobody_there(wish.meant.pointer)
    job_id = None if wish.state in WAITING else request.job_id
    return Accepted(shown, answer, job_id, wish.data_map_version_id, wish.approval)


async def record(
    context: Context, connection: AsyncConnection, caller: Caller, accepted: Accepted
) -> None:
    """Append to the audit trail that a subject request was accepted, and on which approval.

    The trail is locked until the transaction ends: this comes last in it.

    Args:
        context: What the use cases work with.
        connection: The one that it was accepted on.
        caller: Who asked.
        accepted: What was accepted.
    """
    version_id, approval = str(accepted.data_map_version_id), accepted.approval
    await trail.record(
        connection,
        context.keyring,
        caller,
        AuditAction.REQUEST_ACCEPTED,
        subject_request_id=accepted.id,
        details={"right": accepted.shown.right, "data_map_version": version_id},
        texts={
            AuditText.REASON: approval.reason,
            AuditText.REFERENCE: approval.reference,
            AuditText.APPROVED_BY: approval.approved_by,
        },
    )
    if accepted.shown.state in FOR_A_SECOND_PERSON:
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.REQUEST_HELD,
            subject_request_id=accepted.id,
            details={"state": accepted.shown.state},
        )


def acting_person_missing() -> Refused:
    """Refuse what needs to know who acts."""
    return Refused(
        Problem.ACTING_PERSON_MISSING, "Say in X-Acting-Person who acts: it takes two persons."
    )


def _announcements(wish: Wish) -> list[Announcement]:
    """Say what there is to announce once a wish is accepted."""
    told = [Announcement(EventType.REQUEST_ACCEPTED, {"right": wish.right})]
    if wish.state in FOR_A_SECOND_PERSON:
        payload = {"right": wish.right, "state": wish.state}
        told.append(Announcement(EventType.REQUEST_HELD, payload))
    if wish.state is RequestState.AWAITING_INFORMATION:
        about = {"restriction_id": str(wish.meant.restriction_id)}
        told.append(Announcement(EventType.RESTRICTION_AWAITING_INFORMATION, about))
    return told


def _new(context: Context, caller: Caller, begun: Begun, wish: Wish) -> NewSubjectRequest:
    options = dict(wish.options)
    if wish.meant.restriction_id is not None:
        options["restriction_id"] = str(wish.meant.restriction_id)
    if wish.state not in FOR_A_SECOND_PERSON:
        options.pop("approved_preview", None)  # nobody will hold it against the present again
    digest_key = context.keyring.unwrap(begun.controller.digest_key)
    received_at = wish.received_at or begun.at
    who = caller.acting_person
    return NewSubjectRequest(
        id=SubjectRequestId(new_id()),
        job_id=JobId(new_id()),
        right=wish.right,
        subject_key=wish.meant.subject_key,
        subject_digest=digest(digest_key, wish.meant.subject_key),
        subject_display=wish.meant.display,
        data_map_version_id=wish.data_map_version_id,
        client_id=caller.client_id,
        approval=wish.approval,
        received_at=received_at,
        options=options,
        due_at=due(Period(received_at), calendar_of(begun.controller.settings)),
        batch_id=wish.batch_id,
        submitter_digest=None if who is None else person_digest(digest_key, who),
        # Who is erased once more has no trace of it left: it ends without an effect, and forgets.
        confirmed_at=None if wish.right is Right.ERASURE else wish.meant.confirmed_at,
    )


async def _require_new_ground(connection: AsyncConnection, request: NewSubjectRequest) -> None:
    ground = RestrictionGround(str(request.options["ground"]))
    if await subject_requests.is_restricted(connection, request.subject_digest, ground):
        raise Refused(
            Problem.ALREADY_RESTRICTED,
            "The person is restricted on this ground already, or is about to be.",
        )
