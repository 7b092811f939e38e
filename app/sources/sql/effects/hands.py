"""One subject's records in a PostgreSQL database that can be changed."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

from app.ordering import Order
from app.rules import Branch
from app.sources.hands import (
    NOTHING,
    Counted,
    Deferred,
    Fate,
    FormerRecord,
    HeldRecords,
    SetCells,
    SourceTransaction,
    Standing,
)
from app.sources.keys import Key, Keys
from app.sources.protocol import SubjectRef, Tenure
from app.sources.sql.database import Database, translated
from app.sources.sql.effects import answers, fates, persons
from app.sources.sql.effects.answers import merged
from app.sources.sql.effects.bases import bases
from app.sources.sql.effects.batch import SqlBatch, branch_of
from app.sources.sql.effects.former import (
    VAULT_SETTING,
    VAULTED_SETTING,
    chunk_text,
    columns_kept,
    keys_text,
)
from app.sources.sql.effects.looks import Part
from app.sources.sql.effects.releases import ReleaseSql
from app.sources.sql.effects.sessions import SubjectSessions
from app.sources.sql.effects.statements import Statements
from app.sources.together import together

_AT_ONCE = 4_000
_TOGETHER = 8
"""Small tables that are counted by one statement: on a small subject the way there and back costs most."""


@dataclass(slots=True)
class _Look:
    """One look at a subject's records.

    Attributes:
        is_forecast: Whether nothing has been done yet.
        held: What restrictions of the subject hold.
        found: What was counted, by record type.
    """

    is_forecast: bool
    held: HeldRecords | None
    found: dict[str, list[Counted]] = field(default_factory=dict)


class SqlHands:
    """Looks at one subject's records and changes them.

    Args:
        database: Where connections come from.
        subject: Whose records.
        statements: Compiled for the right.
        tenure: Whose turn it is to change records.
    """

    def __init__(
        self, database: Database, subject: SubjectRef, statements: Statements, tenure: Tenure
    ) -> None:
        self._statements = statements
        self._sessions = SubjectSessions(database, subject, tenure)
        self._source = database.name

    @property
    def order(self) -> Order:
        """The order of effects."""
        return self._statements.order()

    def is_independent(self, record_type: str) -> bool:
        """Tell whether nothing but a record itself decides what becomes of it."""
        return self._statements.is_direct(record_type)

    def leaves_traces(self, record_type: str) -> bool:
        """Tell whether a record that was not changed as it should would be located again."""
        return self._statements.leaves_traces(record_type)

    @property
    def serves_others(self) -> bool | None:
        """Whether the source was at work for others when it was looked at last; None: not known yet."""
        return self._sessions.serves_others

    def stand(self, standing: Standing) -> None:
        """Say who does not count as living, from now on."""
        self._sessions.standing = standing

    async def is_there(self) -> bool:
        """Tell whether the controller has such a person."""
        sql = self._statements.is_there()
        async with self._sessions.reading() as connection:
            with translated(self._source):
                return await connection.fetchval(sql) is not None

    async def stand_in(self) -> str:
        """Give the key of the controller's stand-in, made if there is none; empty without one in the map."""
        data_map, catalogue = self._statements.data_map, self._statements.catalogue
        change = data_map.subject.stand_in
        if change is None:
            return ""
        find = self._statements.find_stand_in(change)
        async with self._sessions.writing() as connection:
            with translated(self._source):
                lock = f"{catalogue.schema}.{data_map.subject.table}/{self._sessions.subject.controller_key}"
                await connection.execute(persons.STAND_IN_LOCK, lock)
                key: str | None = await connection.fetchval(find)
                if key is None:
                    made = persons.make_stand_in(data_map, catalogue, change)
                    key = await connection.fetchval(made)
                await connection.execute("COMMIT")
        return str(key)

    async def known_stand_in(self) -> str:
        """Give the key of the controller's stand-in; empty while there is none. Makes nothing."""
        change = self._statements.data_map.subject.stand_in
        if change is None:
            return ""
        sql = self._statements.find_stand_in(change)
        async with self._sessions.reading() as connection:
            with translated(self._source):
                return str(await connection.fetchval(sql) or "")

    async def counts(
        self,
        record_types: Sequence[str],
        *,
        is_forecast: bool,
        held: HeldRecords | None = None,
    ) -> list[Counted]:
        """Count the subject's records by branch, in one moment."""
        look = _Look(is_forecast=is_forecast, held=held)
        persons = [name for name in record_types if is_forecast and self._is_person(name)]
        others = [name for name in record_types if name not in persons]
        async with self._sessions.reading() as connection:
            await self._count_side_by_side(connection, others, look)
            found = [each for name in others for each in look.found[name]]
            for name in persons:
                self._sessions.is_named_by_kept = any(self._names(each) for each in found)
                await self._sessions.bind(connection)
                found += await self._count_type(connection, name, look)
        return merged(found)

    async def look_for_name(self, record_types: Sequence[str], held: HeldRecords) -> None:
        """Find out whether what restrictions hold is kept and names the subject: so would the lifted records."""
        found = await self.counts(record_types, is_forecast=False, held=held)
        self._sessions.is_named_by_held = any(self._names(each) for each in found)

    async def _count_side_by_side(
        self, connection: asyncpg.Connection, names: Sequence[str], look: "_Look"
    ) -> None:
        """Count over a second connection as well, where that helps; the moment is the same."""
        waiting = self._portions(names, look.held)
        has_large = not all(self._statements.is_small(name) for name in names)

        async def work(over: asyncpg.Connection) -> None:
            for portion in waiting:
                await self._count_portion(over, portion, look)

        if has_large and len(names) > 1 and self._sessions.has_spare:
            async with self._sessions.beside(connection) as second, together() as group:
                group.create_task(work(connection))
                group.create_task(work(second))
        else:
            await work(connection)

    def _portions(
        self, names: Sequence[str], held: HeldRecords | None
    ) -> Iterator[tuple[str, ...]]:
        """Put small tables together, of whose records none is held; large ones go first, alone."""
        small = [name for name in names if self._statements.is_small(name)]
        yield from ((name,) for name in names if name not in small)
        for start in range(0, len(small), _TOGETHER):
            portion = tuple(small[start : start + _TOGETHER])
            if held is not None and any(held.holds(name) for name in portion):
                yield from ((name,) for name in portion)
            else:
                yield portion

    async def _count_portion(
        self, connection: asyncpg.Connection, portion: tuple[str, ...], look: "_Look"
    ) -> None:
        if len(portion) == 1:
            look.found[portion[0]] = await self._count_type(connection, portion[0], look)
            return
        sql = self._statements.counts_together(
            portion, is_forecast=look.is_forecast, is_bound=look.is_forecast
        )
        with translated(self._source):
            rows = await connection.fetch(sql)
        for number, name in enumerate(portion):
            own = [row for row in rows if row["number"] == number]
            look.found[name] = self._counted(name, own)

    def _counted(self, name: str, rows: Sequence[asyncpg.Record]) -> list[Counted]:
        by_code = self._statements.decisions(name).by_code
        return answers.counted(name, self._statements.spec(name), by_code, rows)

    async def _count_type(
        self, connection: asyncpg.Connection, name: str, look: "_Look"
    ) -> list[Counted]:
        found: list[Counted] = []
        async for part in self._parts(connection, name, look.held):
            found += await self._count(connection, name, part, is_forecast=look.is_forecast)
        return found

    async def _parts(
        self, connection: asyncpg.Connection, name: str, held: HeldRecords | None
    ) -> AsyncIterator[Part]:
        if held is None or not held.holds(name):
            yield Part.ALL
            return
        await self._set(connection, VAULTED_SETTING, keys_text(await held.keys(name)))
        yield Part.FREE
        async for chunk in held.chunks(name):
            await self._set(connection, VAULT_SETTING, chunk_text(chunk))
            yield Part.HELD

    async def _set(self, connection: asyncpg.Connection, name: str, value: str) -> None:
        with translated(self._source):
            await connection.execute("SELECT set_config($1, $2, true)", name, value)

    async def _count(
        self, connection: asyncpg.Connection, name: str, part: Part, *, is_forecast: bool
    ) -> list[Counted]:
        """Count; a look back is not bound to the subject's row, which may be gone."""
        sql = self._statements.counts(
            name, is_forecast=is_forecast, is_bound=is_forecast, part=part
        )
        with translated(self._source):
            rows = await connection.fetch(sql)
        return self._counted(name, rows)

    async def candidates(self, record_type: str) -> AsyncIterator[Keys]:
        """Give the keys of records to be changed, in batches, as one moment shows them."""
        sql = self._statements.candidates(record_type)
        async for rows in self._sessions.rows(sql, (), _AT_ONCE):
            yield _keys(rows, len(self._statements.key(record_type)))

    async def notes(self, record_type: str) -> list[tuple[Key, int]]:
        """Give the keys and roles of all the subject's records of one type."""
        sql = self._statements.notes(record_type)
        return [
            (tuple(row)[:-1], row[-1])
            async for rows in self._sessions.rows(sql, (), _AT_ONCE)
            for row in rows
        ]

    async def kept_containers(
        self, record_type: str, held: HeldRecords | None = None
    ) -> AsyncIterator[tuple[Branch, list[tuple[str | None, ...]]]]:
        """Name the containers of what is kept until later, branch by branch, in batches."""
        by_code = self._statements.decisions(record_type).by_code
        if not self._statements.kept_containers(record_type, Part.ALL):
            return
        async with self._sessions.reading() as connection:
            async for part in self._parts(connection, record_type, held):
                for code, sql in self._statements.kept_containers(record_type, part).items():
                    async for rows in self._sessions.rows_of(connection, sql, (), _AT_ONCE):
                        yield by_code[code], [tuple(row) for row in rows]

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[SqlBatch]:
        """Open a transaction; it is rolled back unless it was committed."""
        async with self._sessions.writing() as connection:
            yield SqlBatch(self._source, connection, self._statements)

    async def end_former(self) -> None:
        """End the sessions in which somebody else changes records for the same job."""
        await self._sessions.end_former()

    async def became_of(self, transaction: SourceTransaction) -> Fate:
        """End the session of a transaction and ask what became of it."""
        async with self._sessions.plain() as connection:
            with translated(self._source):
                return await fates.became_of(connection, transaction)

    async def unaffected(self, done: Sequence[SetCells]) -> int:
        """Count records that do not look as they were left; those that are gone do."""
        count = 0
        async with self._sessions.reading() as connection:
            for each in done:
                sql = self._statements.unaffected(each.record_type, each.change)
                with translated(self._source):
                    count += await connection.fetchval(sql, *each.keys.columns)
        return count

    async def unrestored(self, record_type: str, formers: Sequence[FormerRecord]) -> int:
        """Count records that reading former values back would change."""
        sql = self._statements.unrestored(record_type, columns_kept(formers))
        keys = Keys.of([each.key for each in formers]).columns
        cells = [each.former for each in formers], [each.after or NOTHING for each in formers]
        async with self._sessions.reading() as connection:
            with translated(self._source):
                count: int = await connection.fetchval(sql, *keys, *cells) if formers else 0
        return count

    def bases(self, record_type: str, former: FormerRecord) -> Iterator[tuple[str, Key]]:
        """Name the records that a removed row referred to: their type, perhaps one of several, and key."""
        return bases(self._statements.data_map, self._statements.catalogue, record_type, former)

    async def released(self, deferred: Deferred) -> tuple[int, ...]:
        """Give the indexes of the containers of which ``until`` holds."""
        return await self._numbers(self._release(deferred).released, deferred)

    async def waiting(self, deferred: Deferred) -> tuple[int, ...]:
        """Give the indexes of the containers that still hold what their rule left."""
        return await self._numbers(self._release(deferred).waiting, deferred)

    def _release(self, deferred: Deferred) -> ReleaseSql:
        branch = branch_of(self._statements, deferred)
        return self._statements.release(deferred.record_type, branch)

    async def _numbers(self, sql: str, deferred: Deferred) -> tuple[int, ...]:
        async with self._sessions.reading() as connection:
            with translated(self._source):
                rows = await connection.fetch(sql, *_containers(deferred))
        return tuple(row[0] for row in rows)

    async def release_candidates(self, deferred: Deferred) -> AsyncIterator[Keys]:
        """Give the keys of the records that lie in released containers, in batches."""
        sql = self._release(deferred).candidates
        width = len(self._statements.key(deferred.record_type))
        async for rows in self._sessions.rows(sql, _containers(deferred), _AT_ONCE):
            yield _keys(rows, width)

    async def still_named(self, record_type: str, field: str, values: Sequence[str]) -> set[str]:
        """Tell which values a column that names uploads still holds, anywhere in the table."""
        sql = self._statements.still_named(record_type, field)
        async with self._sessions.reading() as connection:
            with translated(self._source):
                return {row[0] for row in await connection.fetch(sql, list(values))}

    def _is_person(self, name: str) -> bool:
        return self._statements.spec(name).table == self._statements.data_map.subject.table

    def _names(self, counted: Counted) -> bool:
        """Whether kept records name the subject by a column."""
        roles = self._statements.spec(counted.record_type).roles
        is_kept = counted.branch.rule.effect == "keep"
        return is_kept and any(roles[name].column is not None for name in counted.roles)


def _keys(rows: Sequence[asyncpg.Record], width: int) -> Keys:
    return Keys([row[n] for row in rows] for n in range(width))


def _containers(deferred: Deferred) -> list[list[object]]:
    numbers: list[object] = list(range(len(deferred.containers)))
    columns: list[list[object]] = [
        list(values) for values in zip(*deferred.containers, strict=True)
    ]
    return [numbers, *columns]
