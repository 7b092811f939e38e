"""Transactions on an LMS's database in which one subject, its controller and who counts as living are set."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import asyncpg

from app.sources.hands import Standing
from app.sources.protocol import SubjectRef
from app.sources.sql.bind import (
    CONTROLLER_SETTING,
    NAMED_BY_KEPT_SETTING,
    REMNANTS_SETTING,
    STAND_IN_SETTING,
    SUBJECT_SETTING,
)
from app.sources.sql.database import Database, translated

_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_BIND = """
    SELECT set_config(name, value, true)
    FROM unnest($1::text[], $2::text[]) AS setting (name, value)
"""
# Shorter than any lease: a worker that was stopped in a batch has lost it when it wakes.
_PATIENCE = """
    SELECT set_config('idle_in_transaction_session_timeout', $1, true),
        set_config('lock_timeout', '5s', true)
"""


class SubjectSessions:
    """Opens transactions on one subject's records.

    Args:
        database: Where connections come from.
        subject: Whose records.
        lease_seconds: How long the worker owns the job without renewing.
    """

    def __init__(self, database: Database, subject: SubjectRef, lease_seconds: float) -> None:
        self.source = database.name
        self.subject = subject
        self.standing = Standing()
        self.is_named_by_kept = False
        self._database = database
        self._idle = f"{int(lease_seconds * 800)}ms"

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[asyncpg.Connection]:
        """Open one moment."""
        async with self._transaction(_READ) as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[asyncpg.Connection]:
        """Open a transaction that changes records; it is rolled back unless it was committed."""
        async with self._transaction(_WRITE) as connection:
            with translated(self.source):
                await connection.execute(_PATIENCE, self._idle)
            yield connection

    @asynccontextmanager
    async def plain(self) -> AsyncIterator[asyncpg.Connection]:
        """Lend a connection outside of any transaction."""
        async with self._database.connection() as connection:
            yield connection

    async def rows(
        self, sql: str, arguments: Sequence[object], at_once: int
    ) -> AsyncIterator[list[asyncpg.Record]]:
        """Read rows through a cursor in one moment.

        Args:
            sql: A statement of this package.
            arguments: Its parameters.
            at_once: How many at a time.
        """
        async with self.reading() as connection:
            with translated(self.source):
                cursor = await connection.cursor(sql, *arguments)
            while True:
                with translated(self.source):
                    found = await cursor.fetch(at_once)
                if found:
                    yield found
                if len(found) < at_once:
                    return

    async def bind(self, connection: asyncpg.Connection) -> None:
        """Set what statements read, for the rest of the transaction."""
        settings = {
            SUBJECT_SETTING: self.subject.subject_key,
            CONTROLLER_SETTING: self.subject.controller_key,
            STAND_IN_SETTING: self.standing.stand_in,
            REMNANTS_SETTING: _array_text(self.standing.remnants),
            NAMED_BY_KEPT_SETTING: "true" if self.is_named_by_kept else "false",
        }
        with translated(self.source):
            await connection.execute(_BIND, list(settings), list(settings.values()))

    @asynccontextmanager
    async def _transaction(self, begin: str) -> AsyncIterator[asyncpg.Connection]:
        async with self._database.connection() as connection:
            with translated(self.source):
                await connection.execute(begin)
            await self.bind(connection)
            try:
                yield connection
            finally:
                with suppress(asyncpg.InterfaceError, asyncpg.PostgresError, OSError):
                    if connection.is_in_transaction():
                        await connection.execute("ROLLBACK")


def _array_text(keys: Sequence[str]) -> str:
    """Spell an array as PostgreSQL reads it."""
    escaped = (key.replace("\\", "\\\\").replace('"', '\\"') for key in keys)
    return "{" + ",".join(f'"{key}"' for key in escaped) + "}"
