"""One subject's records in a PostgreSQL database that can be changed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from app.rules import Branch
from app.sources.hands import (
    Counted,
    Deferred,
    Fate,
    Key,
    Order,
    SetCells,
    SourceTransaction,
    Standing,
)
from app.sources.protocol import SubjectRef
from app.sources.sql.bind import (
    CONTROLLER_SETTING,
    NAMED_BY_KEPT_SETTING,
    REMNANTS_SETTING,
    STAND_IN_SETTING,
    SUBJECT_SETTING,
)
from app.sources.sql.database import Database, translated
from app.sources.sql.effects import answers, fates, persons, verification
from app.sources.sql.effects.batch import SqlBatch, branch_of
from app.sources.sql.effects.keys import by_column
from app.sources.sql.effects.statements import Statements
from app.sources.sql.effects.uploads import still_named

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


class SqlHands:
    """Looks at one subject's records and changes them.

    Args:
        database: Where connections come from.
        subject: Whose records.
        statements: Compiled for the right.
        lease_seconds: How long the worker owns the job without renewing.
        batch_records: At most so many keys at once.
    """

    def __init__(
        self,
        database: Database,
        subject: SubjectRef,
        statements: Statements,
        lease_seconds: float,
        batch_records: int = 5_000,
    ) -> None:
        self._database = database
        self._subject = subject
        self._statements = statements
        self._idle = f"{int(lease_seconds * 800)}ms"
        self._batch_records = batch_records
        self._standing = Standing()
        self._is_named = False

    @property
    def order(self) -> Order:
        """The order of effects."""
        return self._statements.order()

    def stand(self, standing: Standing) -> None:
        """Say who does not count as living, from now on."""
        self._standing = standing

    async def is_there(self) -> bool:
        """Tell whether the controller has such a person."""
        sql = persons.is_there(self._statements.data_map, self._statements.catalogue)
        async with self._reading() as connection:
            with translated(self._database.name):
                return await connection.fetchval(sql) is not None

    async def stand_in(self) -> str:
        """Give the key of the controller's stand-in, made if there is none; empty without one in the map."""
        data_map, catalogue = self._statements.data_map, self._statements.catalogue
        change = data_map.subject.stand_in
        if change is None:
            return ""
        find = persons.find_stand_in(data_map, catalogue, change)
        async with self._transaction(_WRITE) as connection:
            with translated(self._database.name):
                lock = f"{catalogue.schema}.{data_map.subject.table}/{self._subject.controller_key}"
                await connection.execute(persons.STAND_IN_LOCK, lock)
                key: str | None = await connection.fetchval(find)
                if key is None:
                    made = persons.make_stand_in(data_map, catalogue, change)
                    key = await connection.fetchval(made)
                await connection.execute("COMMIT")
        return str(key)

    async def counts(
        self, record_types: Sequence[str], *, is_forecast: bool, is_bound: bool = True
    ) -> list[Counted]:
        """Count the subject's records by branch, in one moment.

        Args:
            record_types: In which order they are looked at; the subject's own row's last.
            is_forecast: Whether nothing has been done yet.
            is_bound: Whether the subject's row has to be there.
        """
        found: list[Counted] = []
        async with self._reading() as connection:
            for name in record_types:
                with translated(self._database.name):
                    if is_forecast and self._is_person(name):
                        self._is_named = any(self._names(each) for each in found)
                        await self._bind(connection)
                    sql = self._statements.counts(name, is_forecast=is_forecast, is_bound=is_bound)
                    rows = await connection.fetch(sql)
                by_code = self._statements.decisions(name).by_code
                found += answers.counted(name, self._statements.spec(name), by_code, rows)
        return found

    async def candidates(self, record_type: str) -> AsyncIterator[list[Key]]:
        """Give the keys of records to be changed, in batches, as one moment shows them."""
        sql = self._statements.candidates(record_type)
        async for rows in self._rows(sql, ()):
            yield [row[:-1] for row in rows]

    async def notes(self, record_type: str) -> list[tuple[Key, int]]:
        """Give the keys and roles of all the subject's records of one type."""
        sql = self._statements.notes(record_type)
        return [(row[:-1], row[-1]) async for rows in self._rows(sql, ()) for row in rows]

    async def kept_containers(
        self, record_type: str
    ) -> AsyncIterator[tuple[Branch, list[tuple[str | None, ...]]]]:
        """Name the containers of what is kept until later, branch by branch, in batches."""
        by_code = self._statements.decisions(record_type).by_code
        for code, sql in self._statements.kept_containers(record_type).items():
            async for rows in self._rows(sql, ()):
                yield by_code[code], rows

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[SqlBatch]:
        """Open a transaction; it is rolled back unless it was committed."""
        async with self._transaction(_WRITE) as connection:
            with translated(self._database.name):
                await connection.execute(_PATIENCE, self._idle)
            yield SqlBatch(self._database.name, connection, self._statements)

    async def became_of(self, transaction: SourceTransaction) -> Fate:
        """End the session of a transaction and ask what became of it."""
        async with self._database.connection() as connection:
            with translated(self._database.name):
                return await fates.became_of(connection, transaction)

    async def unaffected(self, done: SetCells) -> int:
        """Count records that do not look as they were left; those that are gone do."""
        spec = self._statements.spec(done.record_type)
        sql = verification.unaffected(self._statements.catalogue, spec, done.change)
        async with self._reading() as connection:
            with translated(self._database.name):
                count: int = await connection.fetchval(sql, *by_column(done.keys))
        return count

    async def released(self, deferred: Deferred) -> tuple[int, ...]:
        """Give the indexes of the containers of which ``until`` holds."""
        release = self._statements.release(
            deferred.record_type, branch_of(self._statements, deferred)
        )
        async with self._reading() as connection:
            with translated(self._database.name):
                rows = await connection.fetch(release.released(), *_containers(deferred))
        return tuple(row[0] for row in rows)

    async def release_candidates(self, deferred: Deferred) -> AsyncIterator[list[Key]]:
        """Give the keys of the records that lie in released containers, in batches."""
        release = self._statements.release(
            deferred.record_type, branch_of(self._statements, deferred)
        )
        async for keys in self._rows(release.candidates(), _containers(deferred)):
            yield keys

    async def still_named(self, record_type: str, field: str, values: Sequence[str]) -> set[str]:
        """Tell which values a column that names uploads still holds, anywhere in the table."""
        spec = self._statements.spec(record_type)
        column = spec.fields[field].column or field
        sql = still_named(self._statements.catalogue, spec.table, column)
        async with self._reading() as connection:
            with translated(self._database.name):
                return {row[0] for row in await connection.fetch(sql, list(values))}

    async def _rows(
        self, sql: str, arguments: Sequence[object]
    ) -> AsyncIterator[list[tuple[Any, ...]]]:
        async with self._reading() as connection:
            with translated(self._database.name):
                cursor = await connection.cursor(sql, *arguments)
            while True:
                with translated(self._database.name):
                    rows = await cursor.fetch(self._batch_records)
                if not rows:
                    return
                yield [tuple(row) for row in rows]

    def _is_person(self, name: str) -> bool:
        return self._statements.spec(name).table == self._statements.data_map.subject.table

    def _names(self, counted: Counted) -> bool:
        """Whether kept records name the subject by a column."""
        roles = self._statements.spec(counted.record_type).roles
        is_kept = counted.branch.rule.effect == "keep"
        return is_kept and any(roles[name].column is not None for name in counted.roles)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[asyncpg.Connection]:
        async with self._transaction(_READ) as connection:
            yield connection

    @asynccontextmanager
    async def _transaction(self, begin: str) -> AsyncIterator[asyncpg.Connection]:
        async with self._database.connection() as connection:
            with translated(self._database.name):
                await connection.execute(begin)
                await self._bind(connection)
            try:
                yield connection
            finally:
                with suppress(asyncpg.InterfaceError, asyncpg.PostgresError, OSError):
                    if connection.is_in_transaction():
                        await connection.execute("ROLLBACK")

    async def _bind(self, connection: asyncpg.Connection) -> None:
        settings = {
            SUBJECT_SETTING: self._subject.subject_key,
            CONTROLLER_SETTING: self._subject.controller_key,
            STAND_IN_SETTING: self._standing.stand_in,
            REMNANTS_SETTING: _array_text(self._standing.remnants),
            NAMED_BY_KEPT_SETTING: "true" if self._is_named else "false",
        }
        await connection.execute(_BIND, list(settings), list(settings.values()))


def _containers(deferred: Deferred) -> list[list[object]]:
    numbers: list[object] = list(range(len(deferred.containers)))
    columns: list[list[object]] = [
        list(values) for values in zip(*deferred.containers, strict=True)
    ]
    return [numbers, *columns]


def _array_text(keys: Sequence[str]) -> str:
    """Spell an array as PostgreSQL reads it."""
    escaped = (key.replace("\\", "\\\\").replace('"', '\\"') for key in keys)
    return "{" + ",".join(f'"{key}"' for key in escaped) + "}"
