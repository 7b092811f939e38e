"""Intents: what a batch is about to commit in a source, stored before it does."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import IntentId, JobId
from app.domain.sessions import SessionIdentity
from app.domain.tallies import Tally
from app.store import tallies
from app.store.jobs import ClaimedJob
from schemas.vocabulary import IntentState


@dataclass(frozen=True, slots=True)
class NewIntent:
    """What one batch is about to commit.

    Attributes:
        id: Its id.
        number: Its place among the job's intents, from 1 on.
        source: The source that is about to change.
        transaction_id: The source's own name of the transaction.
        backend: The source's session, so that a successor can end it.
        tallies: What counts from the commit on.
        sealed: Keys of records, containers and uploads, which only the engine opens.
    """

    id: IntentId
    number: int
    source: str
    transaction_id: str
    backend: SessionIdentity
    tallies: tuple[Tally, ...]
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Intent(NewIntent):
    """An intent as it stands.

    Attributes:
        job_id: The job.
        state: Whether it is known that it was committed.
    """

    job_id: JobId
    state: IntentState


# The share lock keeps the job from being claimed between the look at its fence and our commit.
_ADD = text("""
    INSERT INTO intent (controller_id, id, job_id, number, source, state, transaction_id,
        backend_pid, backend_started_at, tallies, sealed)
    SELECT controller_id, :id, id, :number, :source, 'open', :transaction_id,
        :pid, :started_at, :tallies, :sealed
    FROM job
    WHERE id = :job_id AND fence = :fence AND state = 'running'
    FOR SHARE
""")
# State and counts change together, so that an intent that is settled twice counts once.
_SETTLE = text("""
    WITH settled AS (
        UPDATE intent SET state = 'settled', settled_at = clock_timestamp()
        WHERE id = :id AND state = 'open'
        RETURNING controller_id, job_id, tallies
    ), counted AS (
        INSERT INTO tally (controller_id, job_id, phase, record_type, roles, role, position,
            outcome, record_count)
        SELECT controller_id, job_id, 'done', record_type, roles, role, position, outcome,
            sum(record_count)
        FROM settled, jsonb_to_recordset(tallies) AS line (record_type text, roles text,
            role text, position integer, outcome text, record_count bigint)
        GROUP BY controller_id, job_id, record_type, roles, role, position, outcome
        ON CONFLICT (controller_id, job_id, phase, record_type, roles, role, position, outcome)
        DO UPDATE SET record_count = tally.record_count + excluded.record_count
    )
    SELECT EXISTS (SELECT FROM settled)
""")
_FORGET = text("DELETE FROM intent WHERE id = :id AND state = 'open'")
_COLUMNS = """id, job_id, number, source, state, transaction_id, backend_pid, backend_started_at,
    tallies, sealed"""
_LIST_OPEN = text(f"""
    SELECT {_COLUMNS} FROM intent WHERE job_id = :job_id AND state = 'open' ORDER BY number
""")  # noqa: S608 - constants
_LIST_SETTLED = text(f"""
    SELECT {_COLUMNS} FROM intent
    WHERE job_id = :job_id AND state = 'settled' AND number > :after_number
    ORDER BY number LIMIT :limit
""")  # noqa: S608 - constants
_NEXT_NUMBER = text("SELECT COALESCE(max(number), 0) + 1 FROM intent WHERE job_id = :job_id")
_EXISTS = text("SELECT EXISTS (SELECT FROM intent WHERE job_id = :job_id)")
_DELETE_OF_JOB = text("DELETE FROM intent WHERE job_id = :job_id")
_DELETE_SETTLED = text("DELETE FROM intent WHERE job_id = :job_id AND state = 'settled'")


async def add(connection: AsyncConnection, job: ClaimedJob, intent: NewIntent) -> bool:
    """Store an intent, if the job is still ours.

    Args:
        connection: Bound to the controller, in the last transaction before the source's commit.
        job: As claimed.
        intent: What is about to be committed.

    Returns:
        False where the job is lost to another worker: then nothing is stored.
    """
    parameters = {
        "id": intent.id,
        "job_id": job.id,
        "fence": job.fence,
        "number": intent.number,
        "source": intent.source,
        "transaction_id": intent.transaction_id,
        "pid": intent.backend.pid,
        "started_at": intent.backend.started_at,
        "tallies": json.dumps([tallies.written(line) for line in intent.tallies]),
        "sealed": intent.sealed,
    }
    return (await connection.execute(_ADD, parameters)).rowcount == 1


async def settle(connection: AsyncConnection, intent_id: IntentId) -> bool:
    """Let an intent count: its transaction was committed.

    Returns:
        False where it was settled or forgotten before: it counts once.
    """
    return bool((await connection.execute(_SETTLE, {"id": intent_id})).scalar_one())


async def forget(connection: AsyncConnection, intent_id: IntentId) -> bool:
    """Delete an open intent: its transaction was not committed; false where there is none."""
    return (await connection.execute(_FORGET, {"id": intent_id})).rowcount == 1


async def list_open(connection: AsyncConnection, job_id: JobId) -> list[Intent]:
    """List a job's intents of which it is not known whether they were committed, in order."""
    rows = (await connection.execute(_LIST_OPEN, {"job_id": job_id})).mappings()
    return [_read(row) for row in rows]


async def list_settled(
    connection: AsyncConnection, job_id: JobId, after_number: int, limit: int
) -> list[Intent]:
    """List a job's settled intents in order, a page at a time.

    Args:
        connection: Bound to the controller.
        job_id: The job.
        after_number: The last number of the page before; 0 for the first page.
        limit: At most so many.
    """
    parameters = {"job_id": job_id, "after_number": after_number, "limit": limit}
    rows = (await connection.execute(_LIST_SETTLED, parameters)).mappings()
    return [_read(row) for row in rows]


async def next_number(connection: AsyncConnection, job_id: JobId) -> int:
    """Give the number that a job's next intent bears."""
    return int((await connection.execute(_NEXT_NUMBER, {"job_id": job_id})).scalar_one())


async def exists_for_job(connection: AsyncConnection, job_id: JobId) -> bool:
    """Say whether a job has changed anything, or was about to."""
    return bool((await connection.execute(_EXISTS, {"job_id": job_id})).scalar_one())


async def delete_settled_of_job(connection: AsyncConnection, job_id: JobId) -> int:
    """Delete those of a job's intents that count already; give their number."""
    return (await connection.execute(_DELETE_SETTLED, {"job_id": job_id})).rowcount


async def delete_of_job(connection: AsyncConnection, job_id: JobId) -> int:
    """Delete all of a job's intents; give their number. Its tallies stay."""
    return (await connection.execute(_DELETE_OF_JOB, {"job_id": job_id})).rowcount


def _read(row: RowMapping) -> Intent:
    columns: dict[str, Any] = dict(row)
    started_at = columns.pop("backend_started_at")
    columns |= {
        "state": IntentState(row["state"]),
        "backend": SessionIdentity(columns.pop("backend_pid"), started_at),
        "tallies": tuple(tallies.read(line) for line in row["tallies"]),
    }
    return Intent(**columns)
