"""Not acting on a subject request: only before anything ran, and the person has to be told why.

Reference:
    GDPR Art. 12(4).
"""

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.deadlines import Period, due
from app.domain.errors import Fault, Refused
from app.domain.ids import JobId, SubjectRequestId
from app.domain.refusals import GROUNDS
from app.domain.subject_requests import FOR_A_SECOND_PERSON
from app.domain.subject_requests import SubjectRequest as StoredRequest
from app.services import progress, trail
from app.services.authentication import Caller, require_scope
from app.services.calendars import calendar_of
from app.services.context import Context
from app.services.published_maps import require_controller
from app.store import cancellations, intents, jobs, outbox, subject_requests
from app.store.controllers import Controller
from app.store.jobs import Job
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.problem_vocabulary import Problem
from schemas.second_approvals import OwedInformation, Refusal, RefusedRequest
from schemas.vocabulary import EventType, JobState, RefusalArticle, Scope

_COMPLAINT = "You may lodge a complaint with a supervisory authority (Art. 77)."
_REMEDY = "You may seek a judicial remedy (Art. 79)."


async def refuse(
    context: Context, caller: Caller, subject_request_id: SubjectRequestId, refusal: Refusal
) -> RefusedRequest:
    """Refuse to act on a subject request of which nothing has run.

    Args:
        context: What the use cases work with.
        caller: Who refuses, allowed to request its right, or to approve what waits for that.
        subject_request_id: One of the caller's controller.
        refusal: On what it rests, and why.

    Raises:
        Refused: The controller has no such subject request, the article does not apply to its
            right, or it is over or has begun.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        request = await progress.require(connection, subject_request_id)
        _require_leave(caller, request)
        _require_article(request, refusal.article)
        controller = await require_controller(connection, caller.controller_id)
        next_job_id = await _end(connection, request, refusal.article)
        payload = {"right": request.right, "article": refusal.article}
        await outbox.add(
            connection, request.controller_id, EventType.REQUEST_REFUSED, request.id, payload
        )
        shown = await progress.show(connection, subject_request_id)
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.REQUEST_REFUSED,
            subject_request_id=subject_request_id,
            details={"article": refusal.article},
            texts={AuditText.REASON: refusal.reason},
        )
    if next_job_id is not None:
        context.waker.ring_soon(caller.controller_id, next_job_id)
    return RefusedRequest(subject_request=shown, owed=_owed(controller, request, refusal.article))


def _require_leave(caller: Caller, request: StoredRequest) -> None:
    may_approve = Scope.ERASURE_APPROVE in caller.scopes
    if not (may_approve and request.state in FOR_A_SECOND_PERSON):
        require_scope(caller, request.right)


def _require_article(request: StoredRequest, article: RefusalArticle) -> None:
    if request.right not in GROUNDS[article].rights:
        raise Refused(
            Problem.INVALID_BODY,
            f"This article is no reason to refuse {request.right}.",
            (Fault("/article", "does not apply to the right of this request"),),
        )


async def _end(
    connection: AsyncConnection, request: StoredRequest, article: RefusalArticle
) -> JobId | None:
    """End what has not begun; give the subject's next job."""
    job = await jobs.get_of_request(connection, request.id)
    if job is not None:
        await cancellations.lock(connection, job.id)
        job = await jobs.get_of_request(connection, request.id)
    ended = None
    if job is None or not await _has_begun(connection, job):
        ended = await subject_requests.refuse(
            connection, request.id, article, is_waiting=job is None
        )
    if ended is None:
        raise Refused(
            Problem.CANNOT_REFUSE,
            "This subject request has begun, or is over. Read it to see where it stands.",
        )
    if job is None:
        return None
    await cancellations.cancel_job(connection, job.id)
    return await jobs.next_for_subject(connection, job.id)


async def _has_begun(connection: AsyncConnection, job: Job) -> bool:
    """Tell whether a locked job has been at work, also where it was given back since."""
    if job.state is not JobState.QUEUED or job.attempts > 0:
        return True
    return await intents.exists_for_job(connection, job.id)


def _owed(
    controller: Controller, request: StoredRequest, article: RefusalArticle
) -> OwedInformation:
    settings = controller.settings
    period = Period(request.received_at, paused_days=request.paused_days)
    return OwedInformation(
        until=due(period, calendar_of(settings)),
        reasons=f"{GROUNDS[article].words} (Art. {article})",
        complaint=_COMPLAINT,
        supervisory_authority=settings.supervisory_authority,
        judicial_remedy=_REMEDY,
    )
