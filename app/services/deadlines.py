"""Moving a deadline: further months that the person was told of, and doubt about who that is.

Reference:
    GDPR Art. 12(3), 12(6).
"""

from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.deadlines import Period, due
from app.domain.errors import Fault, Refused
from app.domain.ids import JobId, SubjectRequestId
from app.domain.subject_requests import OVER
from app.services import progress, trail
from app.services.authentication import Caller, require_scope
from app.services.calendars import calendar_of
from app.services.context import Context
from app.services.dates import refuse_future
from app.services.published_maps import require_controller
from app.store import cancellations, deadlines, intents, jobs, outbox
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.problem_vocabulary import Problem
from schemas.second_approvals import Extension, IdentityDoubt
from schemas.subject_requests import SubjectRequest
from schemas.vocabulary import EventType


async def extend(
    context: Context, caller: Caller, subject_request_id: SubjectRequestId, extension: Extension
) -> SubjectRequest:
    """Give a subject request further months.

    Args:
        context: What the use cases work with.
        caller: Who says so, allowed to request its right.
        subject_request_id: One of the caller's controller.
        extension: How many, why, and that the person was told.

    Raises:
        Refused: The controller has no such subject request, it is over, was extended before, its
            first month has ended, it is in doubt who sent it, or the person was told too late, before
            the request came, or in the future.
    """
    refuse_future({"/informed_at": extension.informed_at})
    async with transaction(context.database, caller.controller_id) as connection:
        request = await progress.require(connection, subject_request_id)
        require_scope(caller, request.right)
        if request.doubted_at is not None:
            raise _in_doubt()
        controller = await require_controller(connection, caller.controller_id)
        calendar = calendar_of(controller.settings)
        first = due(Period(request.received_at, 0, request.paused_days), calendar)
        now = datetime.now(UTC)
        if now >= first:
            raise _cannot_extend()
        informed_at = extension.informed_at or now
        if informed_at < request.received_at:
            raise Refused(
                Problem.INVALID_BODY,
                "The person cannot have been told before the request came.",
                (Fault("/informed_at", "lies before the receipt of the request"),),
            )
        period = Period(request.received_at, extension.months, request.paused_days)
        due_at = due(period, calendar)
        if not await deadlines.extend(connection, request.id, extension.months, due_at):
            raise _cannot_extend()
        payload: dict[str, JsonValue] = {
            "months": extension.months,
            "due_at": due_at.isoformat(),
        }
        await outbox.add(
            connection, request.controller_id, EventType.REQUEST_EXTENDED, request.id, payload
        )
        shown = await progress.show(connection, subject_request_id)
        details = payload | {"informed_at": informed_at.isoformat()}
        texts = {AuditText.HOW: extension.how, AuditText.REASON: extension.reason}
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.REQUEST_EXTENDED,
            subject_request_id=subject_request_id,
            details=details,
            texts=texts,
        )
    return shown


async def doubt(
    context: Context, caller: Caller, subject_request_id: SubjectRequestId, doubted: IdentityDoubt
) -> SubjectRequest:
    """Let a deadline rest while it is in doubt who sent a request; nothing of it begins meanwhile.

    An export that runs stops, and begins anew when the doubt ends.

    Args:
        context: What the use cases work with.
        caller: Who doubts, allowed to request its right.
        subject_request_id: One of the caller's controller, which has changed nothing yet.
        doubted: Why.

    Raises:
        Refused: The controller has no such subject request, it is in doubt already, it has begun to
            change records, or is over.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        request = await progress.require(connection, subject_request_id)
        require_scope(caller, request.right)
        if request.doubted_at is not None:
            raise _in_doubt()
        next_job_id = await _rest(connection, request.id)
        shown = await progress.show(connection, subject_request_id)
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.IDENTITY_DOUBTED,
            subject_request_id=subject_request_id,
            texts={AuditText.REASON: doubted.reason},
        )
    if next_job_id is not None:
        context.waker.ring_soon(caller.controller_id, next_job_id)
    return shown


async def clear(
    context: Context, caller: Caller, subject_request_id: SubjectRequestId, cleared: IdentityDoubt
) -> SubjectRequest:
    """Let a deadline go on once it is known who sent the request; the days of doubt are added.

    Args:
        context: What the use cases work with.
        caller: Who knows, allowed to request its right.
        subject_request_id: One of the caller's controller.
        cleared: Why it is known.

    Raises:
        Refused: The controller has no such subject request, or it is not in doubt.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        request = await progress.require(connection, subject_request_id)
        require_scope(caller, request.right)
        if request.doubted_at is None or request.state in OVER:
            raise _not_in_doubt()
        controller = await require_controller(connection, caller.controller_id)
        calendar = calendar_of(controller.settings)
        passed = calendar.day_of(datetime.now(UTC)) - calendar.day_of(request.doubted_at)
        paused_days = request.paused_days + passed.days
        due_at = due(Period(request.received_at, request.extended_months, paused_days), calendar)
        if not await deadlines.clear(connection, request.id, paused_days, due_at):
            raise _not_in_doubt()
        job = await jobs.get_of_request(connection, request.id)
        is_roused = job is not None and await jobs.rouse(connection, job.id)
        shown = await progress.show(connection, subject_request_id)
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.IDENTITY_CLEARED,
            subject_request_id=subject_request_id,
            details={"paused_days": paused_days},
            texts={AuditText.REASON: cleared.reason},
        )
    if job is not None and is_roused:
        context.waker.ring_soon(caller.controller_id, job.id)
    return shown


async def _rest(connection: AsyncConnection, subject_request_id: SubjectRequestId) -> JobId | None:
    """Let a request rest with its job, if it has one; give the subject's next job."""
    job = await jobs.get_of_request(connection, subject_request_id)
    if job is not None:
        await cancellations.lock(connection, job.id)
        if await intents.exists_for_job(connection, job.id):
            raise _cannot_doubt()
    now, is_waiting = datetime.now(UTC), job is None
    if not await deadlines.doubt(connection, subject_request_id, now, is_waiting=is_waiting):
        raise _cannot_doubt()
    if job is None or not await jobs.rest(connection, job.id):
        return None
    return await jobs.next_for_subject(connection, job.id)


def _cannot_extend() -> Refused:
    return Refused(
        Problem.CANNOT_EXTEND,
        "Its first month has ended, it was extended before, or it is over.",
    )


def _in_doubt() -> Refused:
    return Refused(Problem.IDENTITY_IN_DOUBT, "It is in doubt already who sent this request.")


def _cannot_doubt() -> Refused:
    return Refused(
        Problem.CANNOT_DOUBT,
        "It has begun to change records, or is over. Read it to see where it stands.",
    )


def _not_in_doubt() -> Refused:
    return Refused(Problem.IDENTITY_NOT_IN_DOUBT, "It is not in doubt who sent this request.")
