"""Subject requests: submit, list, resume."""

from datetime import UTC, datetime

from app.domain.deadlines import WARNING
from app.domain.errors import Refused
from app.domain.ids import SubjectRequestId
from app.domain.subject_requests import Filter
from app.services import cursors, progress, trail
from app.services.authentication import Caller, require_scope
from app.services.context import Context
from app.store import jobs, subject_requests
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from schemas.problem_vocabulary import Problem
from schemas.subject_requests import SubjectRequest, SubjectRequestFilter, SubjectRequestPage


async def list_page(
    context: Context, caller: Caller, wanted: SubjectRequestFilter
) -> SubjectRequestPage:
    """List the controller's subject requests, newest first, a page at a time.

    Raises:
        Refused: The cursor is not one of this list.
    """
    cipher = context.keyring.cipher(cursors.PURPOSE)
    listing = f"subject-requests {wanted.model_dump_json(exclude={'limit', 'cursor'})}"
    after = None
    if wanted.cursor is not None:
        last = cursors.unseal(cipher, caller.controller_id, listing, wanted.cursor)
        after = SubjectRequestId(last)
    # One more than shown, to know whether there is a next page.
    now = datetime.now(UTC)
    asked = Filter(
        state=wanted.state,
        right=wanted.right,
        due_before=now if wanted.overdue else now + WARNING if wanted.due_soon else None,
        due_from=now if wanted.due_soon else None,
        batch_id=wanted.batch_id,
        after=after,
        limit=wanted.limit + 1,
    )
    async with transaction(context.database, caller.controller_id) as connection:
        found = await subject_requests.list_newest(connection, asked)
    shown = found[: wanted.limit]
    next_cursor = None
    if len(found) > wanted.limit:
        next_cursor = cursors.seal(cipher, caller.controller_id, listing, shown[-1].id)
    return SubjectRequestPage(
        items=tuple(progress.summary(request) for request in shown), next_cursor=next_cursor
    )


async def resume(
    context: Context, caller: Caller, subject_request_id: SubjectRequestId
) -> SubjectRequest:
    """Put a subject request that waits for a person back into the queue.

    Raises:
        Refused: The controller has no such subject request, it does not wait for a person, it is in
            doubt who sent it, or the caller may not request its right.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        request = await progress.require(connection, subject_request_id)
        require_scope(caller, request.right)
        if request.doubted_at is not None:
            raise Refused(Problem.IDENTITY_IN_DOUBT, "It is in doubt who sent this request.")
        job = await jobs.get_of_request(connection, subject_request_id)
        if job is None or not await jobs.resume(connection, job.id):
            raise Refused(
                Problem.NOT_RESUMABLE,
                "This subject request does not wait for a person. Read it to see where it stands.",
            )
        await subject_requests.requeue(connection, subject_request_id)
        shown = await progress.show(connection, subject_request_id)
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.JOB_RESUMED,
            subject_request_id=subject_request_id,
        )
    context.waker.ring_soon(caller.controller_id, job.id)
    return shown
