"""asyncpg itself, for what runs in every request: SQLAlchemy's share of such a statement is the larger one.

What fails here is raised as SQLAlchemy raises it, so that nobody has to know who sent a statement.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.ext.asyncio import AsyncConnection

_FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""Of an internal kind is what asyncpg says of a session that ended while nobody asked anything."""
_DIALECT = dialect()  # type: ignore[no-untyped-call]


class Record(asyncpg.Record):  # type: ignore[misc] # asyncpg has no types
    """A row whose columns are read as attributes."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - of whatever type the column is
        """Give a column."""
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


class Statement:
    """A statement that is run many times.

    Args:
        written: With parameters as ``:name``.
    """

    def __init__(self, written: str) -> None:
        compiled = text(written).compile(dialect=_DIALECT)
        self._sql = str(compiled)
        self._names = tuple(compiled.positiontup or ())

    async def one_or_none(
        self, connection: AsyncConnection, parameters: Mapping[str, object]
    ) -> Record | None:
        """Run it, and give the row that it gives, if any.

        Args:
            connection: As ``transaction`` or ``single_reads`` gave it.
            parameters: All that it names, and perhaps more.

        Raises:
            DBAPIError: The database refused it, or is away.
        """
        arguments = [parameters[name] for name in self._names]
        driver = of(connection)
        with _as_of_sqlalchemy(driver):
            rows = await driver.fetch(self._sql, *arguments, record_class=Record)
        return rows[0] if rows else None

    async def one(self, connection: AsyncConnection, parameters: Mapping[str, object]) -> Record:
        """Run it, and give the row that it always gives; arguments as ``one_or_none`` has them."""
        row = await self.one_or_none(connection, parameters)
        if row is None:
            raise NoResultFound
        return row

    async def run(self, connection: AsyncConnection, parameters: Mapping[str, object]) -> None:
        """Run it for what it does; arguments and errors as ``one_or_none`` has them."""
        await self.one_or_none(connection, parameters)


async def command(driver: asyncpg.Connection, sql: str) -> None:
    """Send commands without parameters, several in one message if need be.

    Args:
        driver: As ``of`` gave it.
        sql: Nothing that anybody has written.

    Raises:
        DBAPIError: The database refused one, or is away.
    """
    with _as_of_sqlalchemy(driver):
        await driver.execute(sql)


def of(connection: AsyncConnection) -> asyncpg.Connection:
    """Give asyncpg's own connection, which SQLAlchemy lends and may give up, when it is broken off."""
    borrowed = connection.sync_connection
    if borrowed is None:
        raise RuntimeError("the connection was given back")
    driver: asyncpg.Connection = borrowed.connection.driver_connection
    return driver


@contextmanager
def _as_of_sqlalchemy(driver: asyncpg.Connection) -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        raise DBAPIError(
            None,
            None,
            error,
            hide_parameters=True,
            connection_invalidated=driver.is_closed(),
        ) from error
