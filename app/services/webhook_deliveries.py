"""What was sent to webhook endpoints: listed, read, tested, sent again."""

from app.domain.errors import Refused
from app.domain.ids import SubjectRequestId, WebhookDeliveryId, WebhookEndpointId
from app.services import cursors, trail
from app.services.authentication import Caller
from app.services.context import Context
from app.services.webhook_endpoints import require_active
from app.store import webhook_deliveries, webhook_log
from app.store.transaction import transaction
from app.store.webhook_log import Filter, StoredDelivery
from schemas.audit_vocabulary import AuditAction
from schemas.problem_vocabulary import Problem
from schemas.webhook_vocabulary import DeliveryState
from schemas.webhooks import (
    Replay,
    Replayed,
    WebhookDelivery,
    WebhookDeliveryFilter,
    WebhookDeliveryPage,
)


async def list_page(
    context: Context, caller: Caller, wanted: WebhookDeliveryFilter
) -> WebhookDeliveryPage:
    """List the controller's deliveries, newest first, a page at a time.

    Raises:
        Refused: The cursor is not one of this list.
    """
    cipher = context.keyring.cipher(cursors.PURPOSE)
    listing = (
        f"webhook-deliveries endpoint={wanted.endpoint_id or ''} state={wanted.state or ''} "
        f"subject_request={wanted.subject_request_id or ''}"
    )
    after = None
    if wanted.cursor is not None:
        last = cursors.unseal(cipher, caller.controller_id, listing, wanted.cursor)
        after = WebhookDeliveryId(last)
    asked = Filter(
        endpoint_id=_endpoint(wanted),
        state=wanted.state,
        subject_request_id=_subject_request(wanted),
        after=after,
        limit=wanted.limit + 1,  # one more than shown, to know whether there is a next page
    )
    async with transaction(context.database, caller.controller_id) as connection:
        found = await webhook_log.list_page(connection, asked)
    shown = found[: wanted.limit]
    next_cursor = None
    if len(found) > wanted.limit:
        next_cursor = cursors.seal(cipher, caller.controller_id, listing, shown[-1].id)
    return WebhookDeliveryPage(items=tuple(map(_shown, shown)), next_cursor=next_cursor)


async def read(context: Context, caller: Caller, delivery_id: WebhookDeliveryId) -> WebhookDelivery:
    """Show a delivery.

    Raises:
        Refused: The controller has no such delivery.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        found = await webhook_log.get(connection, delivery_id)
    if found is None:
        raise _no_such_delivery()
    return _shown(found)


async def send_again(
    context: Context, caller: Caller, delivery_id: WebhookDeliveryId
) -> WebhookDelivery:
    """Send an event again that was delivered or is a dead letter, under the same `webhook-id`.

    Raises:
        Refused: The controller has no such delivery, it is pending, or its endpoint is disabled.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        former = await webhook_log.get(connection, delivery_id)
        if former is None:
            raise _no_such_delivery()
        await require_active(connection, former.endpoint_id)
        if not await webhook_log.begin_anew(connection, delivery_id):
            raise Refused(
                Problem.DELIVERY_PENDING,
                "This delivery is pending: it is sent when its next attempt is due.",
            )
        found = await webhook_log.get(connection, delivery_id)
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.WEBHOOK_DELIVERIES_REPEATED,
            details={"endpoint_id": str(former.endpoint_id), "delivery_id": str(delivery_id)},
        )
    return _shown(found or former)


async def replay(
    context: Context, caller: Caller, endpoint_id: WebhookEndpointId, wanted: Replay
) -> Replayed:
    """Send the dead letters of an endpoint again.

    Raises:
        Refused: The controller has no such endpoint, or it is disabled.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        await require_active(connection, endpoint_id)
        count = await webhook_log.replay(connection, endpoint_id, wanted.since)
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.WEBHOOK_DELIVERIES_REPEATED,
            details={
                "endpoint_id": str(endpoint_id),
                "since": wanted.since.isoformat(),
                "count": count,
            },
        )
    return Replayed(count=count)


async def test(context: Context, caller: Caller, endpoint_id: WebhookEndpointId) -> WebhookDelivery:
    """Send an endpoint an event that tells of nothing.

    Raises:
        Refused: The controller has no such endpoint, or it is disabled.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        await require_active(connection, endpoint_id)
        delivery_id = await webhook_deliveries.insert_test(
            connection, caller.controller_id, endpoint_id
        )
        found = await webhook_log.get(connection, delivery_id)
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.WEBHOOK_ENDPOINT_TESTED,
            details={"endpoint_id": str(endpoint_id), "delivery_id": str(delivery_id)},
        )
    if found is None:
        raise _no_such_delivery()
    return _shown(found)


def _endpoint(wanted: WebhookDeliveryFilter) -> WebhookEndpointId | None:
    return None if wanted.endpoint_id is None else WebhookEndpointId(wanted.endpoint_id)


def _subject_request(wanted: WebhookDeliveryFilter) -> SubjectRequestId | None:
    asked = wanted.subject_request_id
    return None if asked is None else SubjectRequestId(asked)


def _no_such_delivery() -> Refused:
    return Refused(Problem.NOT_FOUND, "There is no such webhook delivery.")


def _shown(stored: StoredDelivery) -> WebhookDelivery:
    is_pending = stored.state is DeliveryState.PENDING
    return WebhookDelivery(
        id=stored.id,
        endpoint_id=stored.endpoint_id,
        event_type=stored.event_type,
        subject_request_id=stored.subject_request_id,
        data=stored.payload,
        occurred_at=stored.occurred_at,
        state=stored.state,
        attempts=stored.attempts,
        next_attempt_at=stored.next_attempt_at if is_pending else None,
        last_attempt_at=stored.last_attempt_at,
        last_failure=stored.last_failure,
        last_status=stored.last_status,
        delivered_at=stored.delivered_at,
    )
