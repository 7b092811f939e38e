"""Deadlines of subject requests: moved, and announced once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import SubjectRequestId
from schemas.vocabulary import EventType

_OPEN = "state NOT IN ('completed', 'cancelled', 'refused')"
_EXTEND = text(f"""
    UPDATE subject_request SET extended_months = :months, due_at = :due_at, deadline_told = NULL
    WHERE id = :id AND {_OPEN} AND extended_months = 0 AND doubted_at IS NULL RETURNING id
""")  # noqa: S608 - constants
# What was let begin rests with its job, or not at all.
_DOUBT = text(f"""
    UPDATE subject_request
    SET doubted_at = :at, due_at = NULL,
        state = CASE state WHEN 'running' THEN 'accepted' ELSE state END
    WHERE id = :id AND doubted_at IS NULL AND {_OPEN}
      AND (NOT :is_waiting OR state IN ('awaiting_information', 'awaiting_approval', 'held'))
    RETURNING id
""")  # noqa: S608 - constants
_CLEAR = text(f"""
    UPDATE subject_request
    SET doubted_at = NULL, paused_days = :paused_days, due_at = :due_at, deadline_told = NULL
    WHERE id = :id AND {_OPEN} AND doubted_at IS NOT NULL RETURNING id
""")  # noqa: S608 - constants
# Of two who announce at once, the later one waits for the row and finds that it was told.
_ANNOUNCE = text(f"""
    UPDATE subject_request
    SET deadline_told = CASE WHEN due_at <= now() THEN 'overdue' ELSE 'due_soon' END
    WHERE {_OPEN} AND due_at <= now() + CAST(:warning AS interval)
      AND (deadline_told IS NULL OR (deadline_told = 'due_soon' AND due_at <= now()))
    RETURNING id, deadline_told, due_at
""")  # noqa: S608 - constants
_EVENTS = {"due_soon": EventType.REQUEST_DUE_SOON, "overdue": EventType.REQUEST_OVERDUE}

Announced = tuple[SubjectRequestId, EventType, datetime]
"""A subject request, what is to be told of its deadline, and when that is."""


async def extend(
    connection: AsyncConnection, subject_request_id: SubjectRequestId, months: int, due_at: datetime
) -> bool:
    """Give a subject request further months; false where it has some, is over or in doubt."""
    parameters = {"id": subject_request_id, "months": months, "due_at": due_at}
    return (await connection.execute(_EXTEND, parameters)).one_or_none() is not None


async def doubt(
    connection: AsyncConnection,
    subject_request_id: SubjectRequestId,
    at: datetime,
    *,
    is_waiting: bool,
) -> bool:
    """Let a deadline rest.

    Args:
        connection: Bound to the controller.
        subject_request_id: The subject request.
        at: Aware moment from which on it rests.
        is_waiting: Whether only if nobody has let it begin; else its job has to rest, too.

    Returns:
        False where it rests already, the request is over, or has begun.
    """
    parameters = {"id": subject_request_id, "at": at, "is_waiting": is_waiting}
    return (await connection.execute(_DOUBT, parameters)).one_or_none() is not None


async def clear(
    connection: AsyncConnection,
    subject_request_id: SubjectRequestId,
    paused_days: int,
    due_at: datetime,
) -> bool:
    """Let a deadline go on; false where it does not rest."""
    parameters = {"id": subject_request_id, "paused_days": paused_days, "due_at": due_at}
    return (await connection.execute(_CLEAR, parameters)).one_or_none() is not None


async def announce(connection: AsyncConnection, warning: timedelta) -> Sequence[Announced]:
    """Mark deadlines that have come close or passed; each is given once.

    Args:
        connection: Bound to the controller.
        warning: How long before its end a deadline is close.
    """
    rows = await connection.execute(_ANNOUNCE, {"warning": warning})
    return [(SubjectRequestId(row.id), _EVENTS[row.deadline_told], row.due_at) for row in rows]
