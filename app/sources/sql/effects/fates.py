"""What became of a transaction whose owner is gone.

Reference:
    PostgreSQL, "Transaction ID and Snapshot Information Functions": ``pg_xact_status``.
"""

import asyncio

import asyncpg

from app.sources.hands import Fate, SourceTransaction

# The session of a stranger that took over the same process id has begun later.
_END = """
    SELECT pg_terminate_backend($1) FROM pg_stat_get_activity($1) AS session
    WHERE session.backend_start = $2
"""
_STATUS = "SELECT pg_xact_status($1::text::xid8)"
_LOOKS = 400
_PAUSE_SECONDS = 0.025


async def became_of(connection: asyncpg.Connection, transaction: SourceTransaction) -> Fate:
    """Ask what became of a transaction; one that is open is ended with its session first.

    Args:
        connection: Not in a transaction, as the role that ran it.
        transaction: As it was named before its COMMIT.

    Returns:
        ``unknown`` where the server remembers it no more, or its session does not end.
    """
    status = await _status(connection, transaction)
    if status == "in progress":
        # Only then: a session whose transaction is over may be at somebody else's job by now.
        await connection.execute(_END, transaction.backend_pid, transaction.backend_started_at)
    for _ in range(_LOOKS):
        if status != "in progress":
            break
        await asyncio.sleep(_PAUSE_SECONDS)
        status = await _status(connection, transaction)
    match status:
        case "committed":
            return Fate.COMMITTED
        case "aborted":
            return Fate.ABORTED
        case _:
            return Fate.UNKNOWN


async def _status(connection: asyncpg.Connection, transaction: SourceTransaction) -> str | None:
    """Ask the server; an id that it has not come to yet was lost in its crash, with the transaction."""
    try:
        status: str | None = await connection.fetchval(_STATUS, transaction.id)
    except asyncpg.InvalidParameterValueError:
        return "aborted"
    return status
