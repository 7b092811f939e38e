"""The database session by which a worker is known to live.

Its leases name the session's process id and start. When the worker dies, the operating system
closes the session's socket and PostgreSQL ends it, so that the lease counts as lost at once, not
only when it runs out.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from app.domain.sessions import SessionIdentity

_KEEPALIVE = {"application_name": "habeas worker"}


@asynccontextmanager
async def owner_session(url: str) -> AsyncIterator[tuple[SessionIdentity, asyncio.Event]]:
    """Open the session and keep it idle.

    Args:
        url: Habeas's own database; the way there must not pool sessions.

    Yields:
        Who the session is, and an event that is set when it has ended.
    """
    connection = await asyncpg.connect(url, server_settings=_KEEPALIVE, timeout=10)
    ended = asyncio.Event()
    connection.add_termination_listener(lambda _: ended.set())
    try:
        row = await connection.fetchrow(
            "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
        )
        yield SessionIdentity(row["pid"], row["backend_start"]), ended
    finally:
        await connection.close(timeout=2)
