"""An LMS that goes on while somebody's records are worked on: new rows, edits, and locks held for a while."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from tests.fault.scenes import Place
from tests.fixtures.patience import PATIENCE_SECONDS

_BLOCKED = """
    SELECT EXISTS (SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'habeas'
          AND wait_event_type = 'Lock')
"""
_PAUSE_SECONDS = 0.01

# What a person's own sessions and others still write about a person, $1; each may be refused.
_WRITES = (
    "INSERT INTO message (thread_id, sender_id, body) VALUES (1, $1, 'One more')",
    "UPDATE message SET body = body || '!', edited_at = now() WHERE sender_id = $1",
    """
    WITH begun AS (
        INSERT INTO thread (institution_id, created_by_id, subject)
        SELECT institution_id, id, 'New' FROM person WHERE id = $1 RETURNING id, created_by_id)
    INSERT INTO thread_member (thread_id, person_id) SELECT id, created_by_id FROM begun
    """,
    "INSERT INTO note (owner_id, body) VALUES ($1, 'Remember')",
    "UPDATE message SET body = body || '.' WHERE sender_id <> $1",
    "INSERT INTO activity_log (person_id, about_id, action) VALUES (1, $1, 'viewed')",
)


@asynccontextmanager
async def writing(place: Place, person: int, rounds: int) -> AsyncIterator[None]:
    """Write about a person while the block runs, so many times at most."""
    connection = await asyncpg.connect(place.lms_url)
    written = asyncio.create_task(_write(connection, person, rounds))
    try:
        yield
    finally:
        written.cancel()
        await asyncio.gather(written, return_exceptions=True)
        await connection.close()


async def _write(connection: asyncpg.Connection, person: int, rounds: int) -> None:
    for _ in range(rounds):
        for statement in _WRITES:
            try:
                await connection.execute(statement, person)
            except asyncpg.IntegrityConstraintViolationError:
                continue  # the person is gone, or a thread is
            except asyncpg.DeadlockDetectedError:
                continue
            await asyncio.sleep(_PAUSE_SECONDS)


@asynccontextmanager
async def locking(place: Place, lock: str) -> AsyncIterator[asyncpg.Connection]:
    """Keep what a statement locks until the block ends, in a transaction of the LMS's own."""
    connection = await asyncpg.connect(place.lms_url)
    try:
        async with connection.transaction():
            await connection.execute(lock)
            yield connection
    finally:
        await connection.close()


async def until_blocked(place: Place) -> None:
    """Wait until a job waits for a lock.

    Raises:
        TimeoutError: None does.
    """
    connection = await asyncpg.connect(place.lms_url)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await connection.fetchval(_BLOCKED):  # noqa: ASYNC110 - another's wait
                await asyncio.sleep(_PAUSE_SECONDS)
    finally:
        await connection.close()
