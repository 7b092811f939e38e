"""Ten thousand events for a receiver that fails three times in ten."""

from collections import defaultdict
from datetime import timedelta
from random import Random

from app.engine.webhooks.dispatch import dispatch
from tests.fixtures.receivers import Received, answer, receiving
from tests.fixtures.store import AcceptRequest
from tests.fixtures.webhook_desk import WebhookDesk

EVENTS = 10_000
REQUESTS = 500
SCHEDULE = (timedelta(milliseconds=20),) * 30  # 0.3 ** 31: none becomes a dead letter

COPY_REQUESTS = """
    INSERT INTO subject_request (controller_id, id, "right", state, subject_key, subject_digest,
        subject_display, data_map_version_id, client_id, approval, received_at)
    SELECT controller_id, gen_random_uuid(), "right", state, subject_key, subject_digest,
        subject_display, data_map_version_id, client_id, approval, received_at
    FROM subject_request, generate_series(2, $2) WHERE controller_id = $1
"""
ANNOUNCE = """
    WITH numbered AS (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS place
        FROM subject_request WHERE controller_id = $1
    )
    INSERT INTO outbox (controller_id, event_type, subject_request_id, payload)
    SELECT $1, 'bundle.ready', numbered.id, jsonb_build_object('number', number)
    FROM generate_series(0, $2 - 1) AS number JOIN numbered ON numbered.place = number % $3
    ORDER BY number
"""


async def test_a_receiver_that_fails_three_times_in_ten_gets_all_events_in_order(
    desk: WebhookDesk, accept_request: AcceptRequest
) -> None:
    await accept_request(desk.controller)
    await desk.execute(COPY_REQUESTS, desk.controller.id, REQUESTS)
    chance = Random(20261122)  # noqa: S311 - a test that fails fails again
    first_seen: dict[str, list[int]] = defaultdict(list)
    taken: dict[str, int] = {}
    seen: set[str] = set()

    def taking(got: Received) -> bytes:
        if got.id not in seen:
            seen.add(got.id)
            first_seen[got.data["subject_request_id"]].append(got.data["number"])
        if chance.random() < 0.3:
            return answer(500)
        taken[got.id] = got.data["number"]
        return answer(200)

    async with receiving() as receiver:
        receiver.answer = taking
        await desk.register(receiver)
        await desk.execute(ANNOUNCE, desk.controller.id, EVENTS, REQUESTS)
        await dispatch(desk.context.database, desk.controller.id)
        await desk.execute("ANALYZE webhook_delivery")  # as autovacuum does within a minute
        async with desk.delivering(webhook_retry_schedule=SCHEDULE, webhook_connections=64):
            # Looking counts ten thousand rows: seldom enough not to be what takes the time.
            assert await desk.until_ended(look_seconds=1) == {"delivered": EVENTS}
    assert len(receiver.received) > EVENTS * 1.3
    assert sorted(taken.values()) == list(range(EVENTS))
    assert len(first_seen) == REQUESTS
    for numbers in first_seen.values():
        assert numbers == sorted(numbers)
        assert len(numbers) == EVENTS // REQUESTS
