"""One transaction on the LMS's database: acts, restores and releases; it stands or falls whole."""

from collections.abc import Sequence

import asyncpg

from app.ordering import within
from app.rules import Branch, branches_of
from app.sources.hands import NOTHING, Acted, Deferred, FormerRecord, Restored, SourceTransaction
from app.sources.keys import Keys
from app.sources.sql.database import translated
from app.sources.sql.effects import answers, persons
from app.sources.sql.effects.former import columns_kept
from app.sources.sql.effects.statements import Statements
from schemas.vocabulary import Right

_TRANSACTION = """
    SELECT pg_current_xact_id()::text AS id, pg_backend_pid() AS pid, session.backend_start
    FROM pg_stat_get_activity(pg_backend_pid()) AS session
"""
# Where we may, triggers stay out of the way of restoring what they changed.
_WITHOUT_TRIGGERS = """
    SELECT set_config('session_replication_role', $1, true)
    WHERE has_parameter_privilege('session_replication_role', 'SET')
"""


class SqlBatch:
    """Acts on one subject's records in one transaction.

    Args:
        source: The source's name, for errors.
        connection: In a transaction, with the settings of the subject.
        statements: Compiled for the right.
    """

    def __init__(self, source: str, connection: asyncpg.Connection, statements: Statements) -> None:
        self._source = source
        self._connection = connection
        self._statements = statements
        self.is_committed = False

    async def block_login(self) -> FormerRecord | None:
        """Block the subject's log-in; None where the map says nothing of it, or it is blocked."""
        data_map = self._statements.data_map
        if data_map.subject.login is None:
            return None
        sql = persons.block_login(data_map, self._statements.catalogue, data_map.subject.login)
        with translated(self._source):
            row = await self._connection.fetchrow(sql)
        return (
            None if row is None else FormerRecord((row["key_0"],), 1, row["former"], row["after"])
        )

    async def act(self, record_type: str, keys: Keys, masks: Sequence[int] | None = None) -> Acted:
        """Decide a batch's records under their locks and carry the effects out."""
        if not self._statements.decisions(record_type).acting:
            return Acted(record_type)
        sql = self._statements.act(record_type, is_noted=masks is not None)
        arguments: tuple[object, ...]
        if masks is not None:
            arguments = (*keys.columns, list(masks))
        elif self._statements.travels_joined(record_type):
            arguments = (keys.joined,)
        else:
            arguments = keys.columns
        with translated(self._source):
            rows = await self._connection.fetch(sql, *arguments)
        return answers.acted(
            record_type,
            self._statements.spec(record_type),
            self._statements.decisions(record_type).by_code,
            self._statements.touched(record_type),
            rows,
        )

    async def lock(self, record_type: str, keys: Keys) -> None:
        """Wait until nobody else changes records, and let nobody until the transaction ends."""
        sql = self._statements.lock(record_type)
        with translated(self._source):
            await self._connection.execute(sql, *keys.columns)

    async def restore(self, record_type: str, formers: Sequence[FormerRecord]) -> Restored:
        """Read former values back, where what was set still stands."""
        statements = self._statements
        has_triggers = bool(self._statements.table(record_type).triggers)
        found = Restored()
        with translated(self._source):
            if has_triggers:
                await self._connection.execute(_WITHOUT_TRIGGERS, "replica")
            if stayed := [each for each in formers if not each.is_removed]:
                put_back = statements.put_back(record_type, columns_kept(stayed))
                found = _sum(found, await self._restore(put_back, stayed))
            if removed := [each for each in formers if each.is_removed]:
                found = _sum(found, await self._insert_again(record_type, removed))
            if has_triggers:
                await self._connection.execute(_WITHOUT_TRIGGERS, "origin")
        return found

    async def release(self, deferred: Deferred, keys: Keys) -> Acted:
        """Carry out what a branch's deferrals waited for."""
        spec = self._statements.spec(deferred.record_type)
        branch = branch_of(self._statements, deferred)
        release = self._statements.release(deferred.record_type, branch)
        with translated(self._source):
            rows = await self._connection.fetch(release.act, *keys.columns)
        return answers.released(deferred.record_type, spec, branch, rows)

    async def transaction(self) -> SourceTransaction:
        """Name the transaction; asked once, before it is committed."""
        with translated(self._source):
            row = await self._connection.fetchrow(_TRANSACTION)
        return SourceTransaction(row["id"], row["pid"], row["backend_start"])

    async def commit(self) -> None:
        """Make everything stand."""
        with translated(self._source):
            await self._connection.execute("COMMIT")
        self.is_committed = True

    async def _insert_again(self, record_type: str, formers: Sequence[FormerRecord]) -> Restored:
        """Insert rows, where the table refers to itself from the roots up."""
        sql = self._statements.insert_again(record_type)
        found = await self._restore(sql, formers)
        table, more = self._statements.table(record_type), found
        while more.whole and more.gone and within(table):
            more = await self._restore(sql, [each for each in formers if each.key in {*more.gone}])
            found = Restored(found.whole + more.whole, gone=more.gone)
        return found

    async def _restore(self, sql: str, formers: Sequence[FormerRecord]) -> Restored:
        keys = [each.key for each in formers]
        cells = [each.former for each in formers], [each.after or NOTHING for each in formers]
        rows = await self._connection.fetch(sql, *Keys.of(keys).columns, *cells)
        return answers.restored(keys, rows)


def branch_of(statements: Statements, deferred: Deferred) -> Branch:
    """Find the branch that deferrals name.

    Args:
        statements: Of the map that the deferrals were made under.
        deferred: Deferrals of one branch.
    """
    spec = statements.spec(deferred.record_type)
    return next(
        each
        for each in branches_of(spec, Right.ERASURE)
        if (each.role, each.position) == (deferred.role, deferred.position)
    )


def _sum(one: Restored, other: Restored) -> Restored:
    return Restored(one.whole + other.whole, one.partial + other.partial, one.gone + other.gone)
