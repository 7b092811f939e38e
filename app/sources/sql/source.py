"""A PostgreSQL database as a source of records."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from app.domain.catalogue import Catalogue
from app.domain.errors import AttentionNeeded, SourceFailure
from app.sources.hands import HeldRecords
from app.sources.protocol import Candidate, Person, SubjectRef, Tenure
from app.sources.sql.compiled import Compiled, compiled
from app.sources.sql.database import Database, translated
from app.sources.sql.effects.hands import SqlHands
from app.sources.sql.people import count_sql, describe_sql, fits, keys_sql, read_key_sql, search_sql
from app.sources.sql.snapshot import SqlSnapshot
from schemas.data_map import DataMap, SubjectIdentifier
from schemas.vocabulary import AttentionReason, Right

_PERSONS_AT_ONCE = 5_000


class SqlSource:
    """One SQL source of one version of a data map.

    Args:
        name: The source's name in the map.
        data_map: The map.
        database: The connections.
        connections: How many read one large table together.
    """

    def __init__(self, name: str, data_map: DataMap, database: Database, connections: int) -> None:
        self._name = name
        self._map = data_map
        self._database = database
        self._connections = connections
        self._compiled: Compiled | None = None
        self._compiled_for: Catalogue | None = None

    async def describe(self) -> Catalogue:
        """Say what its tables are now; what is compiled from here on fits them.

        Raises:
            SourceFailure: The database did not answer.
        """
        self._database.forget_catalogue()
        return await self._database.catalogue()

    async def search(
        self, controller_key: str, identifier: str, value: str, limit: int
    ) -> list[Candidate]:
        """Find persons of one controller by an identifier of the data map.

        A value that cannot be the identifier's (letters for a number) finds nobody.
        """
        return await self._find(
            self._map.subject.identifiers[identifier], controller_key, value, limit
        )

    async def find(self, subject: SubjectRef) -> Candidate | None:
        """Find the person of a key; None where the controller has no such person."""
        by_key = SubjectIdentifier(column=self._map.subject.key)
        found = await self._find(by_key, subject.controller_key, subject.subject_key, 1)
        return found[0] if found else None

    async def read_controller_key(self, key: str, table: str, column: str) -> str | None:
        """Say how a controller's key reads where it is compared; None where it cannot be compared.

        Args:
            key: The controller's key in the LMS, as somebody writes it.
            table: A table of the source.
            column: Its column that holds controllers' keys.

        Raises:
            SourceFailure: The database did not answer.
        """
        sql = read_key_sql(await self._database.catalogue(), table, column)
        async with self._database.connection() as connection:
            with translated(self._database.name):
                try:
                    return str(await connection.fetchval(sql, key))
                except asyncpg.DataError:
                    return None

    async def count_persons(self, controller_key: str) -> int:
        """Count the persons of a controller.

        Args:
            controller_key: The controller's key in the LMS.

        Raises:
            SourceFailure: The database did not answer.
        """
        sql = count_sql(self._map, await self._database.catalogue())
        async with self._database.connection() as connection:
            with translated(self._database.name):
                return int(await connection.fetchval(sql, controller_key))

    async def persons(self, controller_key: str) -> AsyncIterator[list[Person]]:
        """Name every person of a controller, some thousands at a time, as one moment shows them."""
        sql = keys_sql(self._map, await self._database.catalogue())
        async with (
            self._database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            with translated(self._database.name):
                cursor = await connection.cursor(sql, controller_key)
            while True:
                with translated(self._database.name):
                    rows = await cursor.fetch(_PERSONS_AT_ONCE)
                if not rows:
                    return
                yield [Person(row["subject_key"], row["created_at"]) for row in rows]

    async def _find(
        self, spec: SubjectIdentifier, controller_key: str, value: str, limit: int
    ) -> list[Candidate]:
        catalogue = await self._database.catalogue()
        if not fits(self._map, catalogue, spec, value):
            return []
        sql = search_sql(self._map, catalogue, spec)
        async with self._database.connection() as connection:
            with translated(self._database.name):
                rows = await connection.fetch(sql, value, controller_key, limit)
        return [Candidate(row["subject_key"], _display(row)) for row in rows]

    @asynccontextmanager
    async def snapshot(
        self, subject: SubjectRef, right: Right, held: HeldRecords | None = None
    ) -> AsyncIterator[SqlSnapshot]:
        """Open one moment of the database for one subject.

        Args:
            subject: Whose records.
            right: ``access`` or ``portability``.
            held: What restrictions of the subject hold: exported as it was before.

        Raises:
            AttentionNeeded: The controller has no such person any more.
            SourceFailure: The database did not answer, or not as the data map says.
        """
        try:
            exports = (await self._compile()).exports(right)
            async with SqlSnapshot(self._database, subject, exports, held).opened() as snapshot:
                if self._name == self._map.subject.source:
                    await self._identify(snapshot)
                yield snapshot
        except SourceFailure as failure:
            if not failure.transient:
                self._database.forget_catalogue()
            raise

    async def hands(self, subject: SubjectRef, right: Right, tenure: Tenure) -> SqlHands:
        """Lay hands on one subject's records.

        Args:
            subject: Whose records.
            right: ``restriction`` or ``erasure``: whose rules hold.
            tenure: Whose turn it is to change records.

        Raises:
            SourceFailure: The database did not answer.
        """
        statements = (await self._compile()).statements(right)
        return SqlHands(self._database, subject, statements, tenure)

    async def _identify(self, snapshot: SqlSnapshot) -> None:
        row = await snapshot.fetchrow(describe_sql(self._map, await self._database.catalogue()))
        if row is None:
            raise AttentionNeeded(
                AttentionReason.SUBJECT_NOT_FOUND,
                "The controller has no such person in the LMS any more. Search again and submit anew.",
            )
        snapshot.display = _display(row)

    async def _compile(self) -> Compiled:
        if self._compiled is not None and self._compiled.is_unfit:
            self._database.forget_catalogue()
        catalogue = await self._database.catalogue()
        if self._compiled is None or catalogue is not self._compiled_for:
            self._compiled = compiled(self._map, catalogue, self._name, self._connections)
            self._compiled_for = catalogue
        return self._compiled


def _display(row: asyncpg.Record) -> dict[str, str | None]:
    return {name: value for name, value in row.items() if name != "subject_key"}
