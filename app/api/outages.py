"""Tells an outage of Habeas's own database, which passes, from a fault of ours, which does not."""

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.requests import Request
from starlette.responses import Response

from app.api.refusals import problem_response
from schemas.problem_vocabulary import Problem

_PASSING_CLASSES = ("08", "25P03", "40", "53", "57P")
"""SQLSTATEs: connection, idle time-out, rollback, resources, shut-down and start-up."""

_DETAIL = "Habeas's own database does not answer. Try again shortly, with the same idempotency key."


async def outage(request: Request, error: Exception) -> Response:
    """Answer 503 to an outage, and let everything else go on as a fault of ours."""
    if not is_outage(error):
        raise error
    return problem_response(request, Problem.SERVICE_UNAVAILABLE, _DETAIL)


def is_outage(error: Exception) -> bool:
    """Say whether an error means that the database is away, or too busy, for the moment.

    Args:
        error: Of SQLAlchemy, asyncpg or the operating system.
    """
    match error:
        case DBAPIError():
            state = str(getattr(error.orig, "sqlstate", None) or "")
            return error.connection_invalidated or state.startswith(_PASSING_CLASSES)
        case asyncpg.PostgresError():
            return str(error.sqlstate or "").startswith(_PASSING_CLASSES)
        case PoolTimeout() | asyncpg.InterfaceError() | OSError():
            return True
        case _:
            return False


KINDS: tuple[type[Exception], ...] = (
    DBAPIError,
    PoolTimeout,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
)
"""What may be an outage."""
