"""An LMS that goes on while somebody's records are worked on: new rows, edits, and locks held for a while."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from tests.fault.scenes import Place
from tests.fixtures.patience import PATIENCE_SECONDS

_BLOCKED = """
    SELECT EXISTS (SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'habeas%'
          AND wait_event_type = 'Lock')
"""
_PAUSE_SECONDS = 0.01

# What a person's own sessions and others still write about a person, $1: refused once the person, or a
# thread, is gone, and by nothing else.
_WRITES = (
    "INSERT INTO message (thread_id, sender_id, body, sent_at) VALUES (1, $1, 'One more', now())",
    "UPDATE message SET body = body || '!', edited_at = now() WHERE sender_id = $1",
    """
    WITH begun AS (
        INSERT INTO thread (institution_id, created_by_id, subject, created_at)
        SELECT institution_id, id, 'New', now() FROM person WHERE id = $1
        RETURNING id, created_by_id)
    INSERT INTO thread_member (thread_id, person_id, joined_at)
    SELECT id, created_by_id, now() FROM begun
    """,
    "INSERT INTO note (owner_id, body, created_at) VALUES ($1, 'Remember', now())",
    "UPDATE message SET body = body || '.' WHERE sender_id <> $1",
    """
    INSERT INTO activity_log (person_id, about_id, action, object, happened_at)
    VALUES (1, $1, 'viewed', 'profile', now())
    """,
)
_ABOVE_THE_ROWS_OF_A_SCENE = """
    ALTER SEQUENCE message_id_seq RESTART 1000; ALTER SEQUENCE thread_id_seq RESTART 1000;
    ALTER SEQUENCE note_id_seq RESTART 1000; ALTER SEQUENCE activity_log_id_seq RESTART 1000;
"""


@asynccontextmanager
async def writing(place: Place, person: int, rounds: int) -> AsyncIterator[list[int]]:
    """Write about a person while the block runs, so many times at most; give how many were written.

    Of each kind one is written before the block begins.
    """
    await place.lms_does(_ABOVE_THE_ROWS_OF_A_SCENE)
    connection = await asyncpg.connect(place.lms_url)
    written = [0] * len(_WRITES)
    async with _at_work(connection, _write(connection, person, rounds, written)):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not all(written):  # noqa: ASYNC110 - a list tells nobody that it has grown
                await asyncio.sleep(_PAUSE_SECONDS)
        yield written


async def _write(
    connection: asyncpg.Connection, person: int, rounds: int, written: list[int]
) -> None:
    for _ in range(rounds):
        for number, statement in enumerate(_WRITES):
            try:
                await connection.execute(statement, person)
            except asyncpg.ForeignKeyViolationError:
                continue  # the person is gone, or a thread is
            except asyncpg.DeadlockDetectedError:
                continue
            written[number] += 1
            await asyncio.sleep(_PAUSE_SECONDS)


@asynccontextmanager
async def editing(place: Place, person: int) -> AsyncIterator[list[str]]:
    """Let a person add to each of their texts while the block runs; give what was added, as it grows."""
    connection = await asyncpg.connect(place.lms_url)
    added: list[str] = []

    async def edit() -> None:
        while True:
            more = f"{len(added)}, "
            async with connection.transaction():
                for table, column in (("message", "sender_id"), ("note", "owner_id")):
                    statement = f"UPDATE {table} SET body = body || $2 WHERE {column} = $1"
                    await connection.execute(statement, person, more)
            added.append(more)
            await asyncio.sleep(_PAUSE_SECONDS)

    async with _at_work(connection, edit()):
        yield added


@asynccontextmanager
async def _at_work(
    connection: asyncpg.Connection, work: Coroutine[Any, Any, None]
) -> AsyncIterator[None]:
    """Work on a connection until the block ends; what the work failed at fails the test."""
    working = asyncio.create_task(work)
    try:
        yield
    finally:
        working.cancel()
        (ended,) = await asyncio.gather(working, return_exceptions=True)
        await connection.close()
        if isinstance(ended, Exception):
            raise ended


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
