"""Events, written with the change that they tell of, until they are on their way to every endpoint."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId, SubjectRequestId
from schemas.vocabulary import EventType

_ADD = text("""
    INSERT INTO outbox (controller_id, event_type, subject_request_id, payload)
    VALUES (:controller_id, :event_type, :subject_request_id, :payload)
""")
ADD_OF_REQUEST = """
    INSERT INTO outbox (controller_id, event_type, subject_request_id, payload)
    SELECT request.controller_id, event.type, request.id, event.payload
    FROM request, unnest(CAST(:event_types AS text[]), CAST(:payloads AS jsonb[]))
        WITH ORDINALITY AS event (type, payload, place)
    ORDER BY event.place
"""
"""Announces what happened to the one row of ``request``, with the parameters of ``announced``."""
_KNOWN = {"known": list(EventType)}
_WAITING = text("SELECT DISTINCT controller_id, event_type FROM outbox WHERE dispatched_at IS NULL")
# One dispatcher of a controller at a time: an event that one has taken and not yet committed must
# not be overtaken by a later event of the same subject request in another's hands.
_ONE_AT_A_TIME = text("""
    SELECT pg_advisory_xact_lock(
        hashtextextended(concat_ws(' ', 'outbox', CAST(:controller_id AS uuid)), 0))
""")
# What a later version has announced is left to it, with what follows in the same subject request.
_TAKE = text("""
    UPDATE outbox SET dispatched_at = clock_timestamp()
    WHERE controller_id = :controller_id AND id = ANY (ARRAY(
        SELECT id FROM outbox AS event
        WHERE controller_id = :controller_id AND dispatched_at IS NULL
          AND event_type = ANY (CAST(:known AS text[]))
          AND NOT EXISTS (
              SELECT FROM outbox AS former
              WHERE former.controller_id = :controller_id AND former.dispatched_at IS NULL
                AND former.subject_request_id = event.subject_request_id
                AND former.id < event.id
                AND former.event_type <> ALL (CAST(:known AS text[])))
        ORDER BY id LIMIT :limit))
    RETURNING id, event_type
""")
_FORGET = text("""
    DELETE FROM outbox
    WHERE dispatched_at < clock_timestamp() - make_interval(secs => :seconds)
""")


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """An event on its way.

    Attributes:
        id: Its place in the order of events.
        event_type: What happened.
    """

    id: int
    event_type: EventType


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is not yet on its way.

    Attributes:
        controllers: Whose events.
        unknown: Types of events that only a later version can put on their way.
    """

    controllers: frozenset[ControllerId]
    unknown: frozenset[str]


@dataclass(frozen=True, slots=True)
class Announcement:
    """An event that a statement writes along with what it tells of.

    Attributes:
        event_type: What happened.
        payload: Ids, states and counts; no personal data.
    """

    event_type: EventType
    payload: Mapping[str, JsonValue]


def announced(announcements: Sequence[Announcement]) -> dict[str, object]:
    """Give the parameters of ``ADD_OF_REQUEST``."""
    return {
        "event_types": [each.event_type for each in announcements],
        "payloads": [json.dumps(dict(each.payload)) for each in announcements],
    }


async def add(
    connection: AsyncConnection,
    controller_id: ControllerId,
    event_type: EventType,
    subject_request_id: SubjectRequestId | None,
    payload: Mapping[str, JsonValue],
) -> None:
    """Announce an event, if and when the transaction commits.

    Args:
        connection: Bound to the controller.
        controller_id: Whom it is announced to.
        event_type: What happened.
        subject_request_id: The subject request that it happened to, if to one.
        payload: Ids, states and counts; no personal data.
    """
    parameters = {
        "controller_id": controller_id,
        "event_type": event_type,
        "subject_request_id": subject_request_id,
        "payload": json.dumps(dict(payload)),
    }
    await connection.execute(_ADD, parameters)


async def waiting(connection: AsyncConnection) -> Waiting:
    """Say which controllers have events that are not yet on their way.

    Args:
        connection: Not bound to a controller.
    """
    rows = (await connection.execute(_WAITING)).all()
    known = frozenset(EventType)
    return Waiting(
        frozenset(ControllerId(row.controller_id) for row in rows if row.event_type in known),
        frozenset(row.event_type for row in rows) - known,
    )


async def take(connection: AsyncConnection, controller_id: ControllerId, limit: int) -> list[Event]:
    """Take the next events that this version knows, to become deliveries in the same transaction.

    Args:
        connection: Bound to the controller; nobody else takes before it commits.
        controller_id: Whose events.
        limit: At most so many.

    Returns:
        The events, in their order.
    """
    await connection.execute(_ONE_AT_A_TIME, {"controller_id": controller_id})
    parameters = {"controller_id": controller_id, "limit": limit} | _KNOWN
    rows = await connection.execute(_TAKE, parameters)
    return sorted(Event(row.id, EventType(row.event_type)) for row in rows)


async def forget_older(connection: AsyncConnection, seconds: float) -> int:
    """Delete events that have been on their way for some time; say how many.

    Args:
        connection: Bound to the controller.
        seconds: Their least age.
    """
    return (await connection.execute(_FORGET, {"seconds": seconds})).rowcount
