"""Connections to one PostgreSQL database of an LMS, and what its catalogue says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg

from app.domain.catalogue import Catalogue
from app.domain.errors import SourceBusy, SourceFailure
from app.sources.sql.catalogue import read_catalogue
from app.sources.sql.traffic import OWN_NAME, Traffic

_SESSION = {
    "application_name": OWN_NAME,
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "iso_8601",
    "search_path": "pg_catalog",  # every table is named with its schema
    "default_transaction_read_only": "on",
    "standard_conforming_strings": "on",
    "max_parallel_workers_per_gather": "0",  # large tables are split over connections instead
    "jit": "off",  # compiling costs more than it saves in statements this wide
    "idle_in_transaction_session_timeout": "300s",  # a stopped worker must not hold a snapshot
}
_STATEMENTS, _STATEMENT_BYTES = 500, 65_536
"""A map of forty record types takes some 300 statements, and planning one costs more than running it on a
small subject. What was not used for five minutes is dropped."""
_TRANSIENT_CLASSES = ("08", "40", "53", "55", "57", "58")
_BUSY = {"40001", "40P01", "55P03", "23503"}
"""Serialization failure, deadlock, lock time-out; a row that somebody just let refer to another."""

_NAMING = {
    "_bt_check_unique",
    "check_exclusion_or_unique_constraint",
    "ri_ReportViolation",
    "ExecConstraints",
}
"""Where PostgreSQL itself names what refused. A trigger may raise the same with any text as the name."""


class Database:
    """A lazily opened pool of connections to one database.

    Args:
        name: The source's name in the data map, for errors.
        url: ``postgresql://…``, without variables.
        schema: The schema that holds the tables.
        connections: At most so many at once.
    """

    def __init__(self, name: str, url: str, schema: str, connections: int) -> None:
        self.name = name
        self.schema = schema
        self.traffic = Traffic()
        self._url = url
        self._size = connections
        self._opening = asyncio.Lock()
        self._pool: asyncpg.Pool | None = None
        self._catalogue: Catalogue | None = None
        self._forgotten = 0

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """Lend a connection whose session settings make text portable.

        What goes wrong while it is lent is told apart by the borrower: not every error there is
        the database's.

        Raises:
            SourceFailure: The database or the way to it refused the connection.
        """
        with translated(self.name):
            pool = await self._opened()
            try:
                connection = await pool.acquire()
            except (ValueError, OverflowError) as error:  # whose text may hold parts of the address
                detail = "its address cannot be read"
                raise SourceFailure(self.name, detail, transient=False) from error
        try:
            yield connection
        finally:
            with translated(self.name):
                await pool.release(connection)

    @property
    def has_spare(self) -> bool:
        """Whether one more could be lent at once: who has one must not wait for a second."""
        pool = self._pool
        return pool is not None and pool.get_size() - pool.get_idle_size() < pool.get_max_size()

    async def catalogue(self) -> Catalogue:
        """Read the live catalogue, once until it is forgotten.

        Raises:
            SourceFailure: The database did not answer.
        """
        known, forgotten = self._catalogue, self._forgotten
        if known is None:
            async with self.connection() as connection:
                with translated(self.name):
                    known = await read_catalogue(connection, self.schema)
            if forgotten == self._forgotten:  # else it may be older than what made one forget
                self._catalogue = known
        return known

    def forget_catalogue(self) -> None:
        """Read the catalogue anew the next time: a statement did not fit the database."""
        self._catalogue = None
        self._forgotten += 1

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            with suppress(TimeoutError):
                await asyncio.wait_for(pool.close(), timeout=5)

    async def _opened(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=0,
                    max_size=self._size,
                    max_inactive_connection_lifetime=300,
                    timeout=10,
                    server_settings=_SESSION,
                    reset=_left_clean,
                    statement_cache_size=_STATEMENTS,
                    max_cacheable_statement_size=_STATEMENT_BYTES,
                )
            return self._pool


async def _left_clean(connection: asyncpg.Connection) -> None:
    """Pass a connection on: every setting, lock and cursor here ends with its transaction."""
    if connection.is_in_transaction():
        await connection.reset()


class translated:  # noqa: N801 - reads as a word in a with statement
    """Turn what the driver raises into ``SourceFailure``, without the driver's text.

    The text may hold values of the LMS; the name of the condition never does.
    """

    def __init__(self, source: str) -> None:
        self._source = source

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        """Translate."""
        match error:
            case asyncpg.PostgresError():
                state = str(error.sqlstate or "")
                raise (SourceBusy if state in _BUSY else SourceFailure)(
                    self._source,
                    f"PostgreSQL refused: {type(error).__name__} ({state}){_constraint(error)}",
                    transient=state.startswith(_TRANSIENT_CLASSES),
                ) from error
            case OSError() | asyncpg.InterfaceError() | TimeoutError():
                raise SourceFailure(
                    self._source,
                    f"no connection: {type(error).__name__}",
                    transient=True,
                ) from error
            case _:
                return


def _constraint(error: asyncpg.PostgresError) -> str:
    """Name the table and constraint that refused; names only, no values."""
    if error.constraint_name is None or error.server_source_function not in _NAMING:
        return ""
    return f", constraint {error.constraint_name} of {error.table_name}"
