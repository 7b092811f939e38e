"""Lifting a restriction: the person is told before, or it is said why not.

Reference:
    GDPR Art. 18(3).
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Refused
from app.domain.ids import JobId, RestrictionId, SubjectRequestId, new_id
from app.domain.subject_digests import digest
from app.services import enablement, idempotency, progress, restricted_subjects, trail
from app.services.acceptances import Wish, accept, approval_of, record
from app.services.authentication import Caller
from app.services.context import Context
from app.services.dates import refuse_future
from app.services.published_maps import require_controller
from app.services.submissions import Acceptance, given, replayed
from app.store import subject_requests
from app.store.controllers import Controller
from app.store.idempotency import StoredAnswer
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.problem_vocabulary import Problem
from schemas.restrictions import Information, InformationOverridden, Informed, LiftSubmission
from schemas.subject_requests import SubjectRequest
from schemas.vocabulary import RequestState, Right


async def submit(
    context: Context,
    caller: Caller,
    restriction_id: RestrictionId,
    submission: LiftSubmission,
    key: str,
) -> Acceptance:
    """Accept the lifting of a restriction; without information it waits for that.

    Args:
        context: What the use cases work with.
        caller: Who submits, allowed to request restrictions.
        restriction_id: What is to be lifted.
        submission: What it takes.
        key: The caller's name for this submission: the same one is accepted once.

    Raises:
        Refused: The controller has no such restriction, it is not in force, a date lies in the
            future, or the key is in use or belongs to another submission.
    """
    information = submission.information
    refuse_future(
        {
            "/approval/approved_at": submission.approval.approved_at,
            "/received_at": submission.received_at,
            "/information/informed_at": _informed_at(information),
        }
    )
    named = idempotency.name(context.keyring, caller, key, submission, f"lift {restriction_id} ")
    async with transaction(context.database, caller.controller_id) as connection:
        begun = await idempotency.begin(connection, named)
        if isinstance(begun, StoredAnswer):
            return replayed(begun)
        controller = begun.controller
        enablement.require(controller, Right.RESTRICTION_LIFT)
        restriction = await restricted_subjects.require(connection, restriction_id)
        told = {} if information is None else _told(context, controller, information)
        wish = Wish(
            right=Right.RESTRICTION_LIFT,
            meant=await restricted_subjects.subject_of(connection, restriction),
            # What was set is read back under the rules that set it.
            data_map_version_id=restriction.data_map_version_id,
            approval=approval_of(submission.approval),
            received_at=submission.received_at,
            options=told,
            state=RequestState.AWAITING_INFORMATION
            if information is None
            else RequestState.ACCEPTED,
            key=named,
        )
        accepted = await accept(context, connection, caller, begun, wish)
        await record(context, connection, caller, accepted)
        if information is not None:
            await _record(context, connection, caller, accepted.id, information)
    if accepted.job_id is not None:
        context.waker.ring_soon(caller.controller_id, accepted.job_id)
    return given(accepted)


async def inform(
    context: Context,
    caller: Caller,
    subject_request_id: SubjectRequestId,
    information: Information,
) -> SubjectRequest:
    """Record that the person was told, or why not; the lift that waited for it begins.

    Args:
        context: What the use cases work with.
        caller: Who records it, allowed to request restrictions.
        subject_request_id: The lift.
        information: What became of the duty.

    Raises:
        Refused: The controller has no such subject request, it does not wait for this, it is in
            doubt who sent it, its restriction is not in force any more, or the moment lies in the future.
    """
    refuse_future({"/informed_at": _informed_at(information)})
    job_id = JobId(new_id())
    async with transaction(context.database, caller.controller_id) as connection:
        request = await progress.require(connection, subject_request_id)
        if request.doubted_at is not None:
            raise Refused(Problem.IDENTITY_IN_DOUBT, "It is in doubt who sent this request.")
        controller = await require_controller(connection, caller.controller_id)
        if "restriction_id" in request.options:
            restriction_id = RestrictionId(UUID(str(request.options["restriction_id"])))
            await restricted_subjects.require(connection, restriction_id)
        told = _told(context, controller, information)
        if not await subject_requests.begin(connection, subject_request_id, job_id, told):
            raise Refused(
                Problem.INFORMATION_NOT_AWAITED,
                "This subject request does not wait for this. Read it to see where it stands.",
            )
        shown = await progress.show(connection, subject_request_id)
        await _record(context, connection, caller, subject_request_id, information)
    context.waker.ring_soon(caller.controller_id, job_id)
    return shown


def _informed_at(information: Information | None) -> datetime | None:
    return information.informed_at if isinstance(information, Informed) else None


def _told(
    context: Context, controller: Controller, information: Information
) -> Mapping[str, object]:
    """Say to the job what became of the duty, without the words of the one who says it."""
    if isinstance(information, InformationOverridden):
        digest_key = context.keyring.unwrap(controller.digest_key)
        reason_digest = digest(digest_key, information.override_reason).hex()
        return {"information": {"override_reason_digest": reason_digest}}
    return {"information": {"informed_at": information.informed_at.isoformat()}}


async def _record(
    context: Context,
    connection: AsyncConnection,
    caller: Caller,
    subject_request_id: SubjectRequestId,
    information: Information,
) -> None:
    details: dict[str, JsonValue]
    if isinstance(information, InformationOverridden):
        details = {"is_overridden": True}
        texts = {AuditText.REASON: information.override_reason}
    else:
        details = {"informed_at": information.informed_at.isoformat()}
        texts = {AuditText.HOW: information.how}
    await trail.record(
        connection,
        context.keyring,
        caller,
        AuditAction.SUBJECT_INFORMED,
        subject_request_id=subject_request_id,
        details=details,
        texts=texts,
    )
