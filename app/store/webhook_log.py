"""The log of webhook deliveries: read, begun anew, forgotten after a while."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import SubjectRequestId, WebhookDeliveryId, WebhookEndpointId
from app.store import webhook_delivery_statements as statements
from schemas.webhook_vocabulary import DeliveryFailure, DeliveryState


@dataclass(frozen=True, slots=True)
class StoredDelivery:
    """A delivery as it stands.

    Attributes:
        id: The delivery; what receivers know it by.
        endpoint_id: Whom it is for.
        event_type: What happened; a later version may have put it on its way.
        subject_request_id: The subject request that it happened to, if to one.
        payload: Ids, states and counts.
        occurred_at: Aware UTC moment at which it happened.
        state: Where it stands.
        attempts: How many were begun.
        next_attempt_at: Aware UTC moment; counts while it is pending. None: when what is before it
            in the line of its subject request has ended.
        last_attempt_at: Aware UTC moment of the last attempt's end.
        last_failure: Why the last attempt failed, if it did.
        last_status: The status code of the last answer.
        delivered_at: Aware UTC moment at which it was last delivered.
        created_at: Aware UTC moment.
    """

    id: WebhookDeliveryId
    endpoint_id: WebhookEndpointId
    event_type: str
    subject_request_id: SubjectRequestId | None
    payload: dict[str, Any]
    occurred_at: datetime
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None
    last_attempt_at: datetime | None
    last_failure: DeliveryFailure | None
    last_status: int | None
    delivered_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Filter:
    """Which deliveries to list.

    Attributes:
        endpoint_id: Only those for this endpoint.
        state: Only those that stand there.
        subject_request_id: Only those of this subject request.
        after: The last one of the page before.
        limit: At most so many, 1 ≤ x ≤ 1,001.
    """

    endpoint_id: WebhookEndpointId | None = None
    state: DeliveryState | None = None
    subject_request_id: SubjectRequestId | None = None
    after: WebhookDeliveryId | None = None
    limit: int = 50


async def get(connection: AsyncConnection, delivery_id: WebhookDeliveryId) -> StoredDelivery | None:
    """Read a delivery; None where the controller has no such one."""
    row = (await connection.execute(statements.GET, {"id": delivery_id})).mappings().one_or_none()
    return None if row is None else _read(row)


async def list_page(connection: AsyncConnection, wanted: Filter) -> list[StoredDelivery]:
    """List deliveries, newest first, from one after another on.

    Args:
        connection: Bound to the controller.
        wanted: Which ones, and how many.
    """
    parameters = {
        "endpoint_id": wanted.endpoint_id,
        "state": wanted.state,
        "subject_request_id": wanted.subject_request_id,
        "after": wanted.after,
        "limit": wanted.limit,
    }
    return [
        _read(row) for row in (await connection.execute(statements.LIST, parameters)).mappings()
    ]


async def begin_anew(connection: AsyncConnection, delivery_id: WebhookDeliveryId) -> bool:
    """Have an ended delivery sent again; false where it is pending.

    Args:
        connection: Bound to the controller; the endpoint is locked.
        delivery_id: The delivery.
    """
    return await _anew(connection, statements.BEGIN_ANEW, {"id": delivery_id}) == 1


async def replay(
    connection: AsyncConnection, endpoint_id: WebhookEndpointId, since: datetime
) -> int:
    """Have the dead letters of an endpoint sent again; say how many.

    Args:
        connection: Bound to the controller; the endpoint is locked.
        endpoint_id: The endpoint.
        since: Only of what happened from this aware moment on.
    """
    return await _anew(connection, statements.REPLAY, {"endpoint_id": endpoint_id, "since": since})


async def _anew(
    connection: AsyncConnection, statement: TextClause, parameters: dict[str, Any]
) -> int:
    ids = (await connection.execute(statement, parameters)).scalars().all()
    await connection.execute(statements.SCHEDULE_FIRST, {"ids": ids})
    return len(ids)


async def forget_older(connection: AsyncConnection, seconds: float) -> int:
    """Delete deliveries that have ended and are of some age; say how many.

    Args:
        connection: Bound to the controller.
        seconds: Their least age.
    """
    return (await connection.execute(statements.FORGET, {"seconds": seconds})).rowcount


def _read(row: RowMapping) -> StoredDelivery:
    failure = row["last_failure"]
    columns: dict[str, Any] = dict(row) | {
        "state": DeliveryState(row["state"]),
        "last_failure": None if failure is None else DeliveryFailure(failure),
    }
    return StoredDelivery(**columns)
