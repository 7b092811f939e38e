"""Accepting one subject request: whole, in one transaction with its job, its event and its trail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Refused
from app.domain.ids import DataMapVersionId, JobId, SubjectRequestId, new_id
from app.domain.subject_digests import digest
from app.domain.subject_requests import Approval, NewSubjectRequest
from app.services import progress
from app.services.authentication import Caller
from app.services.context import Context
from app.services.meant import Meant
from app.store import audit, outbox, restrictions, subject_requests
from app.store.controllers import Controller
from schemas.approvals import Approval as WrittenApproval
from schemas.subject_requests import SubjectRequest
from schemas.vocabulary import AuditAction, EventType, Problem, RestrictionGround, Right


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
        is_waiting: Whether it waits until the person has been informed.
    """

    right: Right
    meant: Meant
    data_map_version_id: DataMapVersionId
    approval: Approval
    received_at: datetime | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    is_waiting: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """A subject request that was accepted.

    Attributes:
        shown: As it is answered.
        job_id: For which to ring; None where it waits.
        data_map_version_id: The data map that it runs under.
    """

    shown: SubjectRequest
    job_id: JobId | None
    data_map_version_id: DataMapVersionId

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
    controller: Controller,
    wish: Wish,
) -> Accepted:
    """Accept a subject request: write it with its job and its event.

    Args:
        context: What the use cases work with.
        connection: Bound to the controller; what is accepted counts from its commit on.
        caller: Who asks.
        controller: The caller's.
        wish: What is asked.

    Raises:
        Refused: The person is restricted on this ground already. Nothing was written.
    """
    request = _new(context, caller, controller, wish)
    if wish.right is Right.RESTRICTION:
        await _require_new_ground(connection, request)
    accepted_at = await subject_requests.insert(
        connection, controller.id, request, is_waiting=wish.is_waiting
    )
    await outbox.add(
        connection, controller.id, EventType.REQUEST_ACCEPTED, request.id, {"right": wish.right}
    )
    if wish.is_waiting:
        await outbox.add(
            connection,
            controller.id,
            EventType.RESTRICTION_AWAITING_INFORMATION,
            request.id,
            {"restriction_id": str(wish.meant.restriction_id)},
        )
    shown = progress.accepted(request, accepted_at, is_waiting=wish.is_waiting)
    job_id = None if wish.is_waiting else request.job_id
    return Accepted(shown, job_id, wish.data_map_version_id)


async def record(connection: AsyncConnection, caller: Caller, accepted: Accepted) -> None:
    """Append to the audit trail that a subject request was accepted.

    The trail is locked until the transaction ends: this comes last in it.

    Args:
        connection: The one that it was accepted on.
        caller: Who asked.
        accepted: What was accepted.
    """
    version_id = str(accepted.data_map_version_id)
    await audit.append(
        connection,
        caller.controller_id,
        AuditAction.REQUEST_ACCEPTED,
        client_id=caller.client_id,
        subject_request_id=accepted.id,
        details={"right": accepted.shown.right, "data_map_version": version_id},
    )


def _new(context: Context, caller: Caller, controller: Controller, wish: Wish) -> NewSubjectRequest:
    options = dict(wish.options)
    if wish.meant.restriction_id is not None:
        options["restriction_id"] = str(wish.meant.restriction_id)
    digest_key = context.keyring.unwrap(controller.digest_key)
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
        received_at=wish.received_at or datetime.now(UTC),
        options=options,
    )


async def _require_new_ground(connection: AsyncConnection, request: NewSubjectRequest) -> None:
    ground = RestrictionGround(str(request.options["ground"]))
    active = await restrictions.active_of_subject(connection, request.subject_digest)
    is_under_it = any(each.ground is ground for each in active)
    if is_under_it or await subject_requests.is_under_way(connection, request):
        raise Refused(
            Problem.ALREADY_RESTRICTED,
            "The person is restricted on this ground already, or is about to be.",
        )
