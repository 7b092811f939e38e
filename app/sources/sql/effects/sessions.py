"""Transactions on an LMS's database in which one subject, its controller and who counts as living are set."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import asyncpg
from asyncpg.cursor import Cursor

from app.domain.errors import SourceFailure
from app.sources.hands import Standing
from app.sources.protocol import SubjectRef, Tenure
from app.sources.sql.bind import (
    CONTROLLER_SETTING,
    NAMED_BY_HELD_SETTING,
    NAMED_BY_KEPT_SETTING,
    REMNANTS_SETTING,
    STAND_IN_SETTING,
    SUBJECT_SETTING,
)
from app.sources.sql.database import Database, translated
from app.sources.sql.traffic import OWN_NAME

_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_LOCK_TIMEOUT = "5s"
_END = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND application_name = $1
"""


class SubjectSessions:
    """Opens transactions on one subject's records.

    Args:
        database: Where connections come from.
        subject: Whose records.
        tenure: Whose turn it is to change records.
    """

    def __init__(self, database: Database, subject: SubjectRef, tenure: Tenure) -> None:
        self.source = database.name
        self.subject = subject
        self.standing = Standing()
        self.is_named_by_kept = False
        self.is_named_by_held = False
        self._database = database
        self._name = f"{OWN_NAME} {tenure.job_id}"
        # Shorter than any lease: a worker that was stopped in a batch has lost it when it wakes.
        self._patience = {
            "application_name": self._name,
            "idle_in_transaction_session_timeout": f"{int(tenure.lease_seconds * 800)}ms",
            "lock_timeout": _LOCK_TIMEOUT,
        }

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[asyncpg.Connection]:
        """Open one moment."""
        async with self._transaction(_READ) as connection:
            await self._look_around(connection)
            yield connection

    @asynccontextmanager
    async def beside(self, connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
        """Open the moment of another connection once more.

        Args:
            connection: Reads already.
        """
        with translated(self.source):
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
        async with self._transaction(f"{_READ}; SET TRANSACTION SNAPSHOT '{snapshot}'") as second:
            yield second

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[asyncpg.Connection]:
        """Open a transaction that changes records; it is rolled back unless it was committed."""
        async with self._transaction(_WRITE, self._patience) as connection:
            await self._look_around(connection)
            yield connection

    async def end_former(self) -> None:
        """End the sessions in which somebody else changes records for the same job.

        A worker that was stopped between the two messages of a statement is idle without counting as it.
        """
        async with self.plain() as connection:
            with translated(self.source):
                await connection.execute(_END, self._name)

    async def _look_around(self, connection: asyncpg.Connection) -> None:
        with translated(self.source):
            await self._database.traffic.look(connection)

    @property
    def serves_others(self) -> bool | None:
        """Whether the database was at work for others when it was looked at last; None: not known yet."""
        return self._database.traffic.is_heavy

    @property
    def has_spare(self) -> bool:
        """Whether one more connection is free."""
        return self._database.has_spare

    @asynccontextmanager
    async def plain(self) -> AsyncIterator[asyncpg.Connection]:
        """Lend a connection outside of any transaction."""
        async with self._database.connection() as connection:
            yield connection

    async def rows(
        self, sql: str, arguments: Sequence[object], at_once: int
    ) -> AsyncIterator[list[asyncpg.Record]]:
        """Read rows through a cursor in one moment, always one fetch ahead.

        Args:
            sql: A statement of this package.
            arguments: Its parameters.
            at_once: How many at a time.
        """
        async with self.reading() as connection:
            async for found in self.rows_of(connection, sql, arguments, at_once):
                yield found

    async def rows_of(
        self, connection: asyncpg.Connection, sql: str, arguments: Sequence[object], at_once: int
    ) -> AsyncIterator[list[asyncpg.Record]]:
        """Read rows in a moment that is open already; else as ``rows``."""
        with translated(self.source):
            cursor = await connection.cursor(sql, *arguments)
        ahead = asyncio.ensure_future(self._fetch(cursor, at_once))
        try:
            while len(found := await ahead) == at_once:
                ahead = asyncio.ensure_future(self._fetch(cursor, at_once))
                yield found
            if found:
                yield found
        finally:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)

    async def _fetch(self, cursor: Cursor, at_once: int) -> list[asyncpg.Record]:
        with translated(self.source):
            found: list[asyncpg.Record] = await cursor.fetch(at_once)
        return found

    async def bind(self, connection: asyncpg.Connection) -> None:
        """Set anew what statements read, for the rest of the transaction.

        Args:
            connection: In a transaction.
        """
        with translated(self.source):
            await connection.execute(self._binding({}))

    def _binding(self, more: Mapping[str, str]) -> str:
        """Spell what binds a transaction, so that it can travel with what begins it.

        Such a message has no parameters: names are ours, and values are spelled in hexadecimal digits.
        """
        settings = {
            **more,
            SUBJECT_SETTING: self.subject.subject_key,
            CONTROLLER_SETTING: self.subject.controller_key,
            STAND_IN_SETTING: self.standing.stand_in,
            REMNANTS_SETTING: _array_text(self.standing.remnants),
            NAMED_BY_KEPT_SETTING: "true" if self.is_named_by_kept else "false",
            NAMED_BY_HELD_SETTING: "true" if self.is_named_by_held else "false",
        }
        parts = (
            f"set_config('{name}', convert_from('\\x{value.encode().hex()}', 'UTF8'), true)"
            for name, value in settings.items()
        )
        return f"SELECT {', '.join(parts)}"

    @asynccontextmanager
    async def _transaction(
        self, begin: str, more: Mapping[str, str] | None = None
    ) -> AsyncIterator[asyncpg.Connection]:
        async with self._database.connection() as connection:
            with translated(self.source):
                await connection.execute(f"{begin}; {self._binding(more or {})}")
            self._database.traffic.count()
            try:
                yield connection
            except SourceFailure as failure:
                if not failure.transient:
                    self._database.forget_catalogue()
                raise
            finally:
                with suppress(asyncpg.InterfaceError, asyncpg.PostgresError, OSError):
                    if connection.is_in_transaction():
                        await connection.execute("ROLLBACK")


def _array_text(keys: Sequence[str]) -> str:
    """Spell an array as PostgreSQL reads it."""
    escaped = (key.replace("\\", "\\\\").replace('"', '\\"') for key in keys)
    return "{" + ",".join(f'"{key}"' for key in escaped) + "}"
