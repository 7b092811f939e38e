"""One subject's records in one read-only, repeatable-read moment of a database."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import asyncpg

from app.domain.upload_paths import upload_path
from app.sources.hands import HeldRecords
from app.sources.protocol import (
    ExportedRecords,
    FieldShape,
    Sink,
    SubjectRef,
    UploadReference,
)
from app.sources.sql.bind import CONTROLLER_SETTING, SUBJECT_SETTING
from app.sources.sql.compile import Export, UploadQuery
from app.sources.sql.copied import records_of
from app.sources.sql.database import Database, translated
from app.sources.sql.effects.former import (
    VAULT_SETTING,
    VAULTED_SETTING,
    chunk_text,
    keys_text,
)
from app.sources.together import together

_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_UPLOADS_AT_ONCE = 1_000


class SqlSnapshot:
    """Exports record types over one or more connections that see the same moment.

    Args:
        database: Where further connections come from.
        subject: Whose records.
        exports: The compiled record types.
        held: What restrictions of the subject hold.
    """

    def __init__(
        self,
        database: Database,
        subject: SubjectRef,
        exports: Mapping[str, Export],
        held: HeldRecords | None = None,
    ) -> None:
        self._database = database
        self._subject = subject
        self._exports = exports
        self._held = held
        self._connections: list[asyncpg.Connection] = []
        self._stack = AsyncExitStack()
        self._snapshot_id = ""
        self.display: Mapping[str, str | None] = {}

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["SqlSnapshot"]:
        """Take the moment; every connection goes back on leaving."""
        async with self._stack:
            await self._join()
            yield self

    async def fetchrow(self, sql: str) -> asyncpg.Record | None:
        """Read one row in the snapshot.

        Args:
            sql: A statement of this package.
        """
        with translated(self._database.name):
            return await self._connections[0].fetchrow(sql)

    def fields(self, record_type: str) -> tuple[FieldShape, ...]:
        """Name the fields that an export of the record type holds, in order."""
        return self._exports[record_type].fields

    async def export(self, record_type: str, sink: Sink) -> ExportedRecords:
        """Write every record of a record type to a sink, from as many connections as it has parts.

        Raises:
            SourceFailure: The database did not answer, or not as the data map says.
        """
        export = self._exports[record_type]
        total = ExportedRecords(0, 0, dict.fromkeys(export.redactable, 0))
        async for part in self._parts(record_type, export):
            total = _sum(total, await self._export(part, sink))
        return total

    async def count(self, record_type: str) -> int:
        """Count the records that an export of a record type would write.

        Raises:
            SourceFailure: The database did not answer, or not as the data map says.
        """
        total = 0
        async for part in self._parts(record_type, self._exports[record_type]):
            with translated(self._database.name):
                total += await self._connections[0].fetchval(part.count())
        return total

    async def _parts(self, record_type: str, export: Export) -> AsyncIterator[Export]:
        """Give the export; or that of the records no restriction holds, then the held ones by chunk."""
        if self._held is None or not self._held.holds(record_type):
            yield export
            return
        if export.free is None or export.held is None:
            yield export
            return
        await self._set(VAULTED_SETTING, keys_text(await self._held.keys(record_type)))
        yield export.free()
        async for chunk in self._held.chunks(record_type):
            await self._set(VAULT_SETTING, chunk_text(chunk))
            yield export.held()

    async def _set(self, name: str, value: str) -> None:
        with translated(self._database.name):
            await self._connections[0].execute("SELECT set_config($1, $2, true)", name, value)

    async def _export(self, export: Export, sink: Sink) -> ExportedRecords:
        while len(self._connections) < len(export.parts):
            await self._join()
        copies = [
            _Copy(connection, export.redactable, sink)
            for connection, _ in zip(self._connections, export.parts, strict=False)
        ]
        try:
            with translated(self._database.name):
                async with together() as group:
                    for copy, sql in zip(copies, export.parts, strict=True):
                        group.create_task(copy.run(sql))
        except _SinkFailed as failure:
            raise failure.reason from failure
        return ExportedRecords(
            count=sum(copy.count for copy in copies),
            replaced_characters=sum(copy.replaced for copy in copies),
            redactions={
                field: sum(copy.redactions[field] for copy in copies) for field in export.redactable
            },
        )

    async def uploads(self, record_type: str) -> AsyncIterator[UploadReference]:
        """Name every stored upload of a record type's exported records."""
        async for part in self._parts(record_type, self._exports[record_type]):
            for query in part.uploads:
                async for upload in self._uploads(query):
                    yield upload

    async def _uploads(self, query: UploadQuery) -> AsyncIterator[UploadReference]:
        with translated(self._database.name):
            rows = self._connections[0].cursor(query.sql, prefetch=_UPLOADS_AT_ONCE)
            async for row in rows:
                yield UploadReference(
                    record_key=row["record_key"],
                    field=query.field,
                    source=query.file.source,
                    path=upload_path(query.file.path, row["value"]),
                    original_name=row["original_name"],
                )

    async def _join(self) -> None:
        """Add a connection to the snapshot; the first one takes it."""
        connection = await self._stack.enter_async_context(self._database.connection())
        with translated(self._database.name):
            await connection.execute(_BEGIN)
            if self._connections:
                await connection.execute(f"SET TRANSACTION SNAPSHOT '{self._snapshot_id}'")
            self._snapshot_id = await connection.fetchval(
                "SELECT coalesce($5::text, pg_export_snapshot())"
                " FROM set_config($1, $2, true) AS subject, set_config($3, $4, true) AS controller",
                SUBJECT_SETTING,
                self._subject.subject_key,
                CONTROLLER_SETTING,
                self._subject.controller_key,
                self._snapshot_id or None,
            )
        self._stack.push_async_callback(_end, connection)
        self._connections.append(connection)


async def _end(connection: asyncpg.Connection) -> None:
    with suppress(asyncpg.InterfaceError, asyncpg.PostgresError, OSError):  # gone already
        await connection.execute("ROLLBACK")


class _Copy:
    """One ``COPY`` of records to a sink, with its tallies."""

    def __init__(
        self, connection: asyncpg.Connection, redactable: tuple[str, ...], sink: Sink
    ) -> None:
        self._connection = connection
        self._marks = {name: f'<field name="{name}" redacted='.encode() for name in redactable}
        self._sink = sink
        self.count = 0
        self.replaced = 0
        self.redactions = dict.fromkeys(redactable, 0)

    async def run(self, sql: str) -> None:
        try:
            status = await self._connection.copy_from_query(
                sql,
                output=self._take,
                format="binary",  # PostgreSQL then looks at no character of the text
            )
        except BaseException:
            self._connection.terminate()  # a COPY left half-way cannot be ended any other way
            raise
        self.count = int(status.rpartition(" ")[2])

    async def _take(self, chunk: bytes) -> None:
        text, replaced = records_of(chunk)
        self.replaced += replaced
        for name, mark in self._marks.items():
            self.redactions[name] += text.count(mark)  # content cannot hold "<"
        try:
            await self._sink(text)
        except Exception as error:
            raise _SinkFailed(error) from error


def _sum(one: ExportedRecords, other: ExportedRecords) -> ExportedRecords:
    return ExportedRecords(
        one.count + other.count,
        one.replaced_characters + other.replaced_characters,
        {name: one.redactions[name] + other.redactions[name] for name in one.redactions},
    )


class _SinkFailed(Exception):
    """What the sink raised, carried past the translation of what the database raises."""

    def __init__(self, reason: Exception) -> None:
        super().__init__()
        self.reason = reason
