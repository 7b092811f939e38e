"""What is sent again keeps its place: what happened later to the same request waits for it."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.ids import SubjectRequestId, WebhookDeliveryId, WebhookEndpointId
from app.store import webhook_deliveries, webhook_endpoints, webhook_log
from app.store.transaction import transaction
from app.store.webhook_deliveries import ClaimedDelivery
from schemas.vocabulary import EventType
from schemas.webhook_vocabulary import DeliveryState
from tests.fixtures.patience import until
from tests.fixtures.receivers import Receiver, answer
from tests.fixtures.webhook_desk import WebhookDesk

ACCEPTED, READY, COMPLETED = LINE = (
    EventType.REQUEST_ACCEPTED,
    EventType.BUNDLE_READY,
    EventType.REQUEST_COMPLETED,
)
LONG = (timedelta(hours=1),)
ALL_OF_IT = datetime(2020, 1, 1, tzinfo=UTC)
LEASE_SECONDS = 30.0


@pytest.fixture
async def endpoint_id(
    desk: WebhookDesk, receiver: Receiver, request_id: SubjectRequestId
) -> WebhookEndpointId:
    """An endpoint that took the first event and fails at the second, while the third waits."""
    id_, _ = await desk.register(receiver)
    receiver.answer = lambda got: answer(200 if got.message["type"] == ACCEPTED else 500)
    await desk.announce(request_id, *LINE)

    async def has_failed() -> bool:
        failed = "SELECT FROM webhook_delivery WHERE endpoint_id = $1 AND failures > 0"
        return bool(await desk.execute(failed, id_))

    async with desk.delivering(webhook_retry_schedule=LONG):
        await until(has_failed)
    receiver.received.clear()
    receiver.says(200)
    return id_


async def claim(desk: WebhookDesk, endpoint_id: WebhookEndpointId) -> list[ClaimedDelivery]:
    async with transaction(desk.context.database, desk.controller.id) as connection:
        await webhook_endpoints.lock(connection, endpoint_id)
        return await webhook_deliveries.claim(connection, endpoint_id, 10, LEASE_SECONDS)


async def come_due(desk: WebhookDesk, endpoint_id: WebhookEndpointId) -> None:
    await desk.execute(
        "UPDATE webhook_delivery SET next_attempt_at = now() WHERE endpoint_id = $1 AND failures > 0",
        endpoint_id,
    )


async def again(desk: WebhookDesk, endpoint_id: WebhookEndpointId, state: DeliveryState) -> None:
    """Have the first event, which ended so, sent again: by itself, or with all dead letters."""
    (row,) = await desk.execute(
        "UPDATE webhook_delivery SET state = $3 WHERE endpoint_id = $1 AND event_type = $2"
        " RETURNING id",
        *(endpoint_id, ACCEPTED, state),
    )
    async with transaction(desk.database, desk.controller.id) as connection:
        await webhook_endpoints.lock(connection, endpoint_id)
        if state is DeliveryState.DEAD_LETTER:
            assert await webhook_log.replay(connection, endpoint_id, ALL_OF_IT) == 1
        else:
            assert await webhook_log.begin_anew(connection, WebhookDeliveryId(row["id"]))


@pytest.mark.parametrize("state", [DeliveryState.DELIVERED, DeliveryState.DEAD_LETTER])
async def test_what_is_pending_waits_for_what_happened_before_it_and_is_sent_again(
    desk: WebhookDesk, receiver: Receiver, endpoint_id: WebhookEndpointId, state: DeliveryState
) -> None:
    await again(desk, endpoint_id, state)
    await come_due(desk, endpoint_id)
    (first,) = await claim(desk, endpoint_id)
    assert first.event_type == ACCEPTED
    assert await claim(desk, endpoint_id) == []
    async with transaction(desk.context.database, desk.controller.id) as connection:
        assert (desk.controller.id, endpoint_id) not in await webhook_deliveries.due(connection)
        await webhook_endpoints.lock(connection, endpoint_id)
        await webhook_deliveries.give_back(connection, [first.id])
    async with desk.delivering(webhook_retry_schedule=LONG):
        assert await desk.until_ended() == {"delivered": 3}
    assert [each.message["type"] for each in receiver.received] == list(LINE)


async def test_what_is_being_sent_is_sent_once_though_an_earlier_one_is_sent_again(
    desk: WebhookDesk, endpoint_id: WebhookEndpointId
) -> None:
    await come_due(desk, endpoint_id)
    (under_way,) = await claim(desk, endpoint_id)
    assert under_way.event_type == READY
    await again(desk, endpoint_id, DeliveryState.DELIVERED)
    (first,) = await claim(desk, endpoint_id)
    assert first.event_type == ACCEPTED
    assert await claim(desk, endpoint_id) == []
    (row,) = await desk.execute(
        "SELECT next_attempt_at FROM webhook_delivery WHERE id = $1", under_way.id
    )
    assert row["next_attempt_at"] > datetime.now(UTC)
