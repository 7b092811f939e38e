"""A restriction that is called off while it runs is read back through its vault, and ends as cancelled."""

from app.domain.errors import ExecutionStopped
from app.engine.lift import read_back
from app.engine.upload_removal import remove_uploads
from app.engine.vault_remains import require_read_back
from app.engine.work import Work
from app.store import audit, jobs, outbox, restrictions, subject_requests, upload_removals
from app.store.restrictions import Restriction
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from schemas.vocabulary import EventType, RestrictionState


async def roll_back(work: Work, restriction: Restriction) -> None:
    """Read back what has been done, and end job, request and restriction.

    Args:
        work: A restriction's; every intent of it is settled.
        restriction: What was begun.

    Raises:
        AttentionNeeded: Some of it cannot come back yet.
        ExecutionStopped: The job is another worker's.
        SourceFailure: The LMS did not answer.
    """
    await read_back(work, restriction)
    await remove_uploads(work)
    work.progress.finish()
    job, request_id = work.job, work.request.id
    async with transaction(work.context.database, job.controller_id) as connection:
        await jobs.save_progress(connection, job.id, job.fence, work.progress.steps)
        if not await jobs.complete(connection, job.id, job.fence):
            raise ExecutionStopped("the job is another worker's")
        await require_read_back(connection, restriction)
        await restrictions.end(connection, restriction.id, RestrictionState.CANCELLED)
        await upload_removals.delete_of_job(connection, job.id)
        await subject_requests.cancel(connection, request_id)
        await outbox.add(connection, job.controller_id, EventType.REQUEST_CANCELLED, request_id, {})
        await audit.append(
            connection,
            job.controller_id,
            AuditAction.REQUEST_CANCELLED,
            subject_request_id=request_id,
            details={"restriction_id": str(restriction.id), "is_rolled_back": True},
        )
        next_job_id = await jobs.next_for_subject(connection, job.id)
    if next_job_id is not None:
        await work.context.ring(job.controller_id, next_job_id)
