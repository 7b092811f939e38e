"""What is sent to webhook endpoints: made, claimed, and recorded as it went.

PostgreSQL is the truth: when an attempt is due stands in the row. Claiming puts that off for longer
than any attempt takes, so that what a dead worker held comes due again by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import (
    ControllerId,
    SubjectRequestId,
    WebhookDeliveryId,
    WebhookEndpointId,
    new_id,
)
from app.store import webhook_delivery_statements as statements
from schemas.vocabulary import EventType
from schemas.webhook_vocabulary import DeliveryFailure, DeliveryState


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """An event for an endpoint.

    Attributes:
        endpoint_id: Whom it is for.
        outbox_id: The event.
        is_dead: Whether the endpoint is disabled, so that it waits for a replay.
    """

    endpoint_id: WebhookEndpointId
    outbox_id: int
    is_dead: bool


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that is ours for one attempt.

    Attributes:
        id: The delivery; what receivers know it by.
        event_type: What happened; a later version may have put it on its way.
        subject_request_id: The subject request that it happened to, if to one.
        payload: Ids, states and counts.
        occurred_at: Aware UTC moment at which it happened.
        attempts: How many were begun, this one included; its outcome names it.
        failures: How many have failed since it was begun anew.
    """

    id: WebhookDeliveryId
    event_type: str
    subject_request_id: SubjectRequestId | None
    payload: dict[str, Any]
    occurred_at: datetime
    attempts: int
    failures: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt went.

    Attributes:
        id: The delivery.
        attempts: As it was claimed.
        state: Where it stands now.
        failure: Why it failed, if it did.
        status: The status code of the answer, if there was one.
        wait: Until the next attempt; zero where there is none.
    """

    id: WebhookDeliveryId
    attempts: int
    state: DeliveryState
    failure: DeliveryFailure | None = None
    status: int | None = None
    wait: timedelta = timedelta(0)


async def insert_many(connection: AsyncConnection, deliveries: Sequence[NewDelivery]) -> None:
    """Make deliveries of events that were taken from the outbox in this transaction.

    Args:
        connection: Bound to the controller; the endpoints are locked.
        deliveries: At most one an event and endpoint.
    """
    if not deliveries:
        return
    ids = [new_id() for _ in deliveries]
    dead, disabled = DeliveryState.DEAD_LETTER, DeliveryFailure.ENDPOINT_DISABLED
    parameters = {
        "ids": ids,
        "endpoint_ids": [each.endpoint_id for each in deliveries],
        "outbox_ids": [each.outbox_id for each in deliveries],
        "states": [dead if each.is_dead else DeliveryState.PENDING for each in deliveries],
        "failures": [disabled if each.is_dead else None for each in deliveries],
    }
    await connection.execute(statements.INSERT, parameters)
    await connection.execute(statements.SCHEDULE_FIRST, {"ids": ids})


async def insert_test(
    connection: AsyncConnection, controller_id: ControllerId, endpoint_id: WebhookEndpointId
) -> WebhookDeliveryId:
    """Make a delivery that tells of nothing, due at once."""
    id_ = WebhookDeliveryId(new_id())
    parameters = {
        "controller_id": controller_id,
        "id": id_,
        "endpoint_id": endpoint_id,
        "event_type": EventType.WEBHOOK_ENDPOINT_TEST,
    }
    await connection.execute(statements.INSERT_TEST, parameters)
    return id_


async def due(connection: AsyncConnection) -> list[tuple[ControllerId, WebhookEndpointId]]:
    """List the endpoints for which something may be due.

    Args:
        connection: Not bound to a controller.
    """
    rows = await connection.execute(statements.DUE)
    return [(ControllerId(row.controller_id), WebhookEndpointId(row.endpoint_id)) for row in rows]


async def claim(
    connection: AsyncConnection, endpoint_id: WebhookEndpointId, limit: int, lease_seconds: float
) -> list[ClaimedDelivery]:
    """Take what is due: of each subject request, the first event that has not ended, at most.

    Args:
        connection: Bound to the controller; the endpoint is locked. The claim counts from its
            commit on.
        endpoint_id: The endpoint.
        limit: At most so many.
        lease_seconds: After how long it is due again, if nothing is recorded.
    """
    parameters = {"endpoint_id": endpoint_id, "limit": limit, "lease_seconds": lease_seconds}
    rows = (await connection.execute(statements.CLAIM, parameters)).all()
    return [
        ClaimedDelivery(
            id=WebhookDeliveryId(row.id),
            event_type=row.event_type,
            subject_request_id=row.subject_request_id,
            payload=row.payload,
            occurred_at=row.occurred_at,
            attempts=row.attempts,
            failures=row.failures,
        )
        for row in sorted(rows, key=lambda row: row.outbox_id or 0)
    ]


async def record(connection: AsyncConnection, outcomes: Sequence[Outcome]) -> None:
    """Record how attempts went; one that was claimed by somebody else since counts nothing.

    Args:
        connection: Bound to the controller; the endpoint is locked.
        outcomes: At most one a delivery.
    """
    if not outcomes:
        return
    parameters = {
        "ids": [each.id for each in outcomes],
        "attempts": [each.attempts for each in outcomes],
        "states": [each.state for each in outcomes],
        "failures": [each.failure for each in outcomes],
        "statuses": [each.status for each in outcomes],
        "waits": [each.wait.total_seconds() for each in outcomes],
    }
    await connection.execute(statements.RECORD, parameters)
    ended = [each.id for each in outcomes if each.state is not DeliveryState.PENDING]
    await connection.execute(statements.SCHEDULE_FIRST, {"ids": ended})


async def give_back(connection: AsyncConnection, ids: Sequence[WebhookDeliveryId]) -> None:
    """Let another worker have at once what was claimed and is not going to be sent."""
    await connection.execute(statements.GIVE_BACK, {"ids": list(ids)})


async def has_delivered_since(
    connection: AsyncConnection, endpoint_id: WebhookEndpointId, delivery_id: WebhookDeliveryId
) -> bool:
    """Say whether anything has come through to an endpoint since a delivery was made."""
    parameters = {"endpoint_id": endpoint_id, "id": delivery_id}
    found = await connection.execute(statements.HAS_DELIVERED_SINCE, parameters)
    return bool(found.scalar_one())
