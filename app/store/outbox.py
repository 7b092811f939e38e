"""Events, written with the change that they tell of."""

import json
from collections.abc import Mapping

from pydantic import JsonValue
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId, SubjectRequestId
from schemas.vocabulary import EventType

_ADD = text("""
    INSERT INTO outbox (controller_id, event_type, subject_request_id, payload)
    VALUES (:controller_id, :event_type, :subject_request_id, :payload)
""")


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
