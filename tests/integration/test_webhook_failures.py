"""A receiver that often fails, at length: `HABEAS_WEBHOOK_EVENTS` says how many events there are."""

import os
import random
from datetime import timedelta

from schemas.vocabulary import EventType
from tests.fixtures.receivers import Receiver, answer
from tests.fixtures.store import AcceptRequest
from tests.fixtures.webhook_desk import WebhookDesk

READY = EventType.BUNDLE_READY
EVENTS = int(os.environ.get("HABEAS_WEBHOOK_EVENTS", "800"))


async def test_a_receiver_that_often_fails_gets_every_event_in_the_order_of_each_request(
    desk: WebhookDesk, receiver: Receiver, accept_request: AcceptRequest
) -> None:
    requests, each_request = max(1, EVENTS // 40), min(EVENTS, 40)
    chance = random.Random(30)  # noqa: S311 - failures, not secrets
    receiver.answer = lambda _: answer(503 if chance.random() < 0.3 else 200)
    await desk.register(receiver)
    ids = [(await accept_request(desk.controller, str(each))).id for each in range(requests)]
    for request_id in ids:
        await desk.execute(
            "INSERT INTO outbox (controller_id, event_type, subject_request_id, payload)"
            " SELECT $1, $2, $3, jsonb_build_object('number', number)"
            " FROM generate_series(1, $4::integer) AS number ORDER BY number",
            *(desk.controller.id, READY, request_id, each_request),
        )
    quick = (timedelta(milliseconds=20),) * 40
    async with desk.delivering(webhook_retry_schedule=quick, webhook_connections=50):
        assert await desk.until_ended(seconds=600) == {"delivered": requests * each_request}
    assert len(receiver.received) > 1.2 * EVENTS
    seen: dict[str, dict[int, None]] = {str(each): {} for each in ids}
    for got in receiver.received:
        seen[got.data["subject_request_id"]][got.data["number"]] = None
    assert {tuple(numbers) for numbers in seen.values()} == {tuple(range(1, each_request + 1))}
