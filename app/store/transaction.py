"""The transaction of a use case, bound to one controller."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.domain.ids import ControllerId
from app.store import driver

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
    async with single_reads(engine) as connection:
        lent = driver.of(connection)
        try:
            await driver.command(lent, _begin(controller_id))
            yield connection
            await driver.command(lent, "COMMIT")
        except BaseException:
            await _roll_back(lent)
            raise


def _begin(controller_id: ControllerId | None) -> str:
    """Begin and bind in one message, which cannot have parameters: an id is digits and dashes."""
    if controller_id is None:
        return "BEGIN"
    return f"BEGIN; SET LOCAL habeas.controller = '{UUID(str(controller_id))}'"


async def _roll_back(lent: asyncpg.Connection) -> None:
    """Undo what was done; where nobody can say whether it is undone, hang up: that undoes it, too."""
    if lent.is_closed():
        return
    try:
        await driver.command(lent, "ROLLBACK")
    except DBAPIError:
        lent.terminate()  # what has failed before is raised
    except BaseException:
        lent.terminate()
        raise


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
