"""The transaction of a use case, bound to one controller."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.domain.ids import ControllerId

_BIND = text("SELECT set_config('habeas.controller', :controller, true)")


@asynccontextmanager
async def transaction(
    engine: AsyncEngine, controller_id: ControllerId | None
) -> AsyncIterator[AsyncConnection]:
    """Open a transaction in which only one controller's rows exist.

    Commits when the block ends, rolls back when it raises.

    Args:
        engine: The pool to take a connection from.
        controller_id: Whose rows are seen and written. None: only the rows that may be read
            before a controller is known (API clients, wakeable jobs, heads of audit chains).
    """
    async with engine.begin() as connection:
        if controller_id is not None:
            await connection.execute(_BIND, {"controller": str(controller_id)})
        yield connection


async def go_on_for(connection: AsyncConnection, controller_id: ControllerId) -> None:
    """See and write another controller's rows from now on, in the same transaction.

    Args:
        connection: In a transaction.
        controller_id: Whose rows.
    """
    await connection.execute(_BIND, {"controller": str(controller_id)})


@asynccontextmanager
async def single_reads(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Lend a connection on which each statement stands alone, before a controller is known.

    One round trip a statement, where a transaction costs three.

    Args:
        engine: The pool to take a connection from.
    """
    async with engine.connect() as connection:
        yield await connection.execution_options(isolation_level="AUTOCOMMIT")
