"""Connections to Habeas's own PostgreSQL."""

from collections.abc import Awaitable, Callable

import asyncpg
from sqlalchemy import AdaptedConnection, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

SESSION = {
    "application_name": "habeas",
    "jit": "off",
    # A frozen process must not hold a job's row lock for ever.
    "idle_in_transaction_session_timeout": "30s",
}


async def _take_any(_: asyncpg.Connection) -> None:
    """Take every connection."""


def create_engine(
    url: str,
    *,
    pool_size: int = 10,
    on_connect: Callable[[asyncpg.Connection], Awaitable[None]] = _take_any,
) -> AsyncEngine:
    """Make a pool of connections; nothing is opened before the first use.

    Args:
        url: ``postgresql://…`` as asyncpg reads it, also with ``?host=/socket/directory``.
        pool_size: How many connections stay open; half as many more may be opened for a while.
        on_connect: Looks at every new connection; what it raises closes the connection.

    Returns:
        An engine whose errors do not show the values of statements.
    """

    async def connect() -> asyncpg.Connection:
        connection = await asyncpg.connect(url, server_settings=SESSION)
        try:
            await on_connect(connection)
        except BaseException:
            connection.terminate()
            raise
        return connection

    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        hide_parameters=True,
        pool_pre_ping=False,
        pool_size=pool_size,
        max_overflow=max(1, pool_size // 2),
    )
    event.listen(engine.sync_engine, "checkout", _replace_closed)
    return engine


def _replace_closed(connection: AdaptedConnection, _record: object, _lent: object) -> None:
    """Have the pool open another connection in the place of one that was closed while it lay there."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError
