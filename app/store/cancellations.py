"""Ends jobs that are called off before they have changed anything."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import JobId
from app.store import job_statements

_LOCK = text("SELECT id FROM job WHERE id = :job_id FOR UPDATE")
# The fence rises, so that a worker that is at it is shut out.
_CANCEL = text("""
    WITH ended AS (
        UPDATE job
        SET state = 'cancelled', fence = fence + 1, finished_at = clock_timestamp(),
            owner_pid = NULL, owner_started_at = NULL, lease_until = NULL,
            attention_reason = NULL, attention_detail = NULL
        WHERE id = :job_id AND state IN ('queued', 'running', 'needs_attention')
        RETURNING controller_id, id
    ), asleep AS (
        DELETE FROM wakeable_job USING ended
        WHERE wakeable_job.controller_id = ended.controller_id AND job_id = ended.id
    )
    SELECT id FROM ended
""")


async def lock(connection: AsyncConnection, job_id: JobId) -> None:
    """Keep a job, and its subject's other unfinished ones, as they are until the transaction ends.

    A worker stores no intent meanwhile. The order of the locks is that of a claim.
    """
    await connection.execute(job_statements.LOCK_QUEUE, {"job_id": job_id})
    await connection.execute(_LOCK, {"job_id": job_id})


async def cancel_job(connection: AsyncConnection, job_id: JobId) -> bool:
    """End a locked job; false where it is over."""
    return (await connection.execute(_CANCEL, {"job_id": job_id})).one_or_none() is not None
