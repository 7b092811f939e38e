"""Tallies: what a job planned, did and left, as exact counts."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import JobId
from app.domain.tallies import Tally
from schemas.vocabulary import Outcome, TallyPhase

# Lines of one rule are added up here: a row is touched once a statement.
_NEW = """
    SELECT job.controller_id, job.id, :phase, line.record_type, line.roles, line.role,
        line.position, line.outcome, sum(line.record_count)
    FROM job, unnest(CAST(:record_types AS text[]), CAST(:roles AS text[]),
        CAST(:deciding AS text[]), CAST(:positions AS integer[]), CAST(:outcomes AS text[]),
        CAST(:counts AS bigint[]))
        AS line (record_type, roles, role, position, outcome, record_count)
    WHERE job.id = :job_id"""
_GROUP = """
    GROUP BY job.controller_id, job.id, line.record_type, line.roles, line.role, line.position,
        line.outcome"""
_INTO = """
    INSERT INTO tally (controller_id, job_id, phase, record_type, roles, role, position, outcome,
        record_count)"""
_SET_PLANNED = text(f"""{_INTO}{_NEW}
      AND NOT EXISTS (SELECT FROM tally WHERE job_id = :job_id AND phase = :phase)
    {_GROUP}
""")
_ADD = text(f"""{_INTO}{_NEW}{_GROUP}
    ON CONFLICT (controller_id, job_id, phase, record_type, roles, role, position, outcome)
    DO UPDATE SET record_count = tally.record_count + excluded.record_count
""")
_DELETE = text("DELETE FROM tally WHERE job_id = :job_id AND phase = :phase")
_LIST = text("""
    SELECT record_type, roles, role, position, outcome, record_count FROM tally
    WHERE job_id = :job_id AND phase = :phase
    ORDER BY record_type, role, position, roles, outcome
""")


async def set_planned(connection: AsyncConnection, job_id: JobId, lines: Sequence[Tally]) -> bool:
    """Store what a job is about to do, unless that is stored already.

    Args:
        connection: Bound to the controller.
        job_id: The job.
        lines: What was counted before anything was done.

    Returns:
        Whether anything was stored.
    """
    result = await connection.execute(_SET_PLANNED, _parameters(job_id, TallyPhase.PLANNED, lines))
    return result.rowcount > 0


async def add(
    connection: AsyncConnection, job_id: JobId, phase: TallyPhase, lines: Sequence[Tally]
) -> None:
    """Add counts to those that a job has."""
    await connection.execute(_ADD, _parameters(job_id, phase, lines))


async def replace(
    connection: AsyncConnection, job_id: JobId, phase: TallyPhase, lines: Sequence[Tally]
) -> None:
    """Put counts in the place of those that a job has."""
    await connection.execute(_DELETE, {"job_id": job_id, "phase": phase})
    await add(connection, job_id, phase, lines)


async def list_of_job(connection: AsyncConnection, job_id: JobId, phase: TallyPhase) -> list[Tally]:
    """List a job's counts of a phase, by record type, role and rule."""
    rows = (await connection.execute(_LIST, {"job_id": job_id, "phase": phase})).mappings()
    return [read(dict(row)) for row in rows]


def written(line: Tally) -> dict[str, str | int]:
    """Write a line as an intent keeps it until it counts."""
    return {
        "record_type": line.record_type,
        "roles": " ".join(line.roles),
        "role": line.role,
        "position": line.position,
        "outcome": line.outcome,
        "record_count": line.record_count,
    }


def read(line: Mapping[str, Any]) -> Tally:
    """Read a line that ``written`` wrote, or a row of the table."""
    return Tally(
        **{
            **line,
            "roles": tuple(line["roles"].split()),
            "outcome": Outcome(line["outcome"]),
        }
    )


def _parameters(job_id: JobId, phase: TallyPhase, lines: Sequence[Tally]) -> dict[str, Any]:
    return {
        "job_id": job_id,
        "phase": phase,
        "record_types": [line.record_type for line in lines],
        "roles": [" ".join(line.roles) for line in lines],
        "deciding": [line.role for line in lines],
        "positions": [line.position for line in lines],
        "outcomes": [line.outcome for line in lines],
        "counts": [line.record_count for line in lines],
    }
