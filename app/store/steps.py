"""The steps of a job, as far as they are shown."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import JobId
from app.domain.steps import Step
from schemas.vocabulary import StepState

# The share lock keeps the job from being claimed between the look at its fence and our commit.
_SAVE = text("""
    WITH held AS (
        SELECT controller_id, id, subject_request_id FROM job
        WHERE id = :job_id AND fence = :fence AND state = 'running'
        FOR SHARE
    ), saved AS (
        INSERT INTO step (controller_id, job_id, position, name, title, state, record_count,
            started_at, finished_at)
        SELECT held.controller_id, held.id, new.position, new.name, new.title, new.state,
            new.record_count, new.started_at, new.finished_at
        FROM held, unnest(CAST(:names AS text[]), CAST(:titles AS text[]),
            CAST(:states AS text[]), CAST(:counts AS bigint[]), CAST(:started AS timestamptz[]),
            CAST(:finished AS timestamptz[])) WITH ORDINALITY
            AS new (name, title, state, record_count, started_at, finished_at, position)
        ON CONFLICT (controller_id, job_id, position) DO UPDATE
        SET name = excluded.name, title = excluded.title, state = excluded.state,
            record_count = excluded.record_count, started_at = excluded.started_at,
            finished_at = excluded.finished_at
    ), dropped AS (
        DELETE FROM step USING held
        WHERE step.controller_id = held.controller_id AND step.job_id = held.id
          AND step.position > cardinality(CAST(:names AS text[]))
    )
    SELECT EXISTS (SELECT FROM held), (
        SELECT count(pg_notify('habeas_requests', subject_request_id::text))
        FROM held WHERE subject_request_id IS NOT NULL)
""")
_LIST = text("""
    SELECT name, title, state, record_count, started_at, finished_at
    FROM step WHERE job_id = :job_id ORDER BY position
""")


async def save(
    connection: AsyncConnection, job_id: JobId, fence: int, steps: Sequence[Step]
) -> bool:
    """Show how far a job has come, in place of what was shown before; who follows it is told.

    Args:
        connection: Bound to the controller.
        job_id: The job.
        fence: As its claim gave it.
        steps: All of the job's steps, in order.

    Returns:
        False where the job was lost to another worker: then nothing is written.
    """
    parameters: dict[str, Any] = {
        "job_id": job_id,
        "fence": fence,
        "names": [step.name for step in steps],
        "titles": [step.title for step in steps],
        "states": [step.state for step in steps],
        "counts": [step.record_count for step in steps],
        "started": [step.started_at for step in steps],
        "finished": [step.finished_at for step in steps],
    }
    return bool((await connection.execute(_SAVE, parameters)).scalar_one())


async def list_of_job(connection: AsyncConnection, job_id: JobId) -> list[Step]:
    """List the steps of a job in order."""
    rows = (await connection.execute(_LIST, {"job_id": job_id})).mappings()
    return [Step(**{**row, "state": StepState(row["state"])}) for row in rows]
