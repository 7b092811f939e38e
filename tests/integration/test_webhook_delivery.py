"""How events come to endpoints: signed, in order, again when they failed, and not for ever."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from app.domain.ids import SubjectRequestId
from app.engine import housekeeping
from app.engine.webhooks.courier import Courier
from app.engine.webhooks.signatures import Secret
from app.services import webhook_urls
from app.store import webhook_endpoints, webhook_log, webhook_secrets
from app.store.controllers import Controller
from app.store.transaction import transaction
from schemas.vocabulary import EventType
from schemas.webhook_vocabulary import DisabledBecause
from tests.fixtures.patience import until
from tests.fixtures.receivers import Received, Receiver, answer
from tests.fixtures.store import AcceptRequest, NewController
from tests.fixtures.webhook_desk import WebhookDesk

ACCEPTED, READY, COMPLETED = (
    EventType.REQUEST_ACCEPTED,
    EventType.BUNDLE_READY,
    EventType.REQUEST_COMPLETED,
)
LONG = (timedelta(hours=1),)


async def test_an_event_is_sent_once_to_every_endpoint_that_wants_to_hear_of_it(
    desk: WebhookDesk, receiver: Receiver, request_id: SubjectRequestId
) -> None:
    _, secret = await desk.register(receiver, path="/all")
    await desk.register(receiver, READY, path="/some")
    await desk.announce(request_id, ACCEPTED, READY, bundle_id="b")
    async with desk.delivering():
        assert await desk.until_ended() == {"delivered": 3}
    by_path: dict[str, list[Received]] = {"/habeas/all": [], "/habeas/some": []}
    for each in receiver.received:
        by_path[each.target].append(each)
    assert [each.message["type"] for each in by_path["/habeas/all"]] == [ACCEPTED, READY]
    assert [each.message["type"] for each in by_path["/habeas/some"]] == [READY]
    for each in by_path["/habeas/all"]:
        Webhook(secret.text).verify(each.body, each.headers)
        assert each.data == {"subject_request_id": str(request_id), "bundle_id": "b"}


async def test_what_failed_is_sent_again_under_one_id_and_a_new_time(
    desk: WebhookDesk, receiver: Receiver, request_id: SubjectRequestId
) -> None:
    _, secret = await desk.register(receiver)
    codes = iter((500, 302, 200))
    receiver.answer = lambda _: answer(next(codes))
    await desk.announce(request_id, READY)
    async with desk.delivering():
        assert await desk.until_ended() == {"delivered": 1}
    assert len(receiver.received) == 3
    assert len({each.id for each in receiver.received}) == 1
    assert len({each.body for each in receiver.received}) == 1
    for each in receiver.received:
        Webhook(secret.text).verify(each.body, each.headers)
    (row,) = await desk.execute(
        "SELECT attempts, last_failure, last_status FROM webhook_delivery WHERE controller_id = $1",
        desk.controller.id,
    )
    assert tuple(row) == (3, None, 200)


async def test_the_next_event_of_a_request_waits_and_those_of_others_do_not(
    desk: WebhookDesk, receiver: Receiver, accept_request: AcceptRequest
) -> None:
    stuck, other = [(await accept_request(desk.controller, key)).id for key in "12"]
    await desk.register(receiver)
    receiver.answer = lambda got: answer(
        500 if got.data["subject_request_id"] == str(stuck) else 200
    )
    for request_id in (stuck, other):
        await desk.announce(request_id, ACCEPTED, READY, COMPLETED)
    async with desk.delivering(webhook_retry_schedule=LONG):
        await until(lambda: _are(desk, {"delivered": 3, "pending": 3}))
    seen = [
        each.message["type"]
        for each in receiver.received
        if each.data["subject_request_id"] == str(stuck)
    ]
    assert seen == [ACCEPTED]
    receiver.says(200)
    await desk.execute("UPDATE webhook_delivery SET next_attempt_at = now() WHERE attempts = 1")
    async with desk.delivering(webhook_retry_schedule=LONG):  # the line follows its first at once
        assert await desk.until_ended() == {"delivered": 6}
    types = [each.message["type"] for each in receiver.received[-3:]]
    assert types == [ACCEPTED, READY, COMPLETED]


async def test_a_dead_letter_lets_the_next_go_on_and_can_be_replayed(
    desk: WebhookDesk, receiver: Receiver, request_id: SubjectRequestId
) -> None:
    endpoint_id, _ = await desk.register(receiver)
    receiver.answer = lambda got: answer(500 if got.message["type"] == READY else 200)
    await desk.announce(request_id, ACCEPTED, READY, COMPLETED)
    async with desk.delivering():
        assert await desk.until_ended() == {"delivered": 2, "dead_letter": 1}
        assert [each.message["type"] for each in receiver.received] == [
            ACCEPTED,
            *[READY] * 4,
            COMPLETED,
        ]
        dead_id = receiver.received[1].id
        receiver.says(200)
        (row,) = await desk.execute(
            "SELECT min(occurred_at) AS since FROM webhook_delivery"
            " WHERE state = 'dead_letter' AND endpoint_id = $1",
            endpoint_id,
        )
        for since, count in ((row["since"] + timedelta(seconds=1), 0), (row["since"], 1)):
            async with transaction(desk.database, desk.controller.id) as connection:
                assert await webhook_log.replay(connection, endpoint_id, since) == count
        assert await desk.until_ended() == {"delivered": 3}
    assert receiver.received[-1].id == dead_id


async def test_an_endpoint_that_answers_gone_is_told_nothing_more(
    desk: WebhookDesk, receiver: Receiver, accept_request: AcceptRequest
) -> None:
    endpoint_id, _ = await desk.register(receiver)
    receiver.says(410)
    first = (await accept_request(desk.controller, "1")).id
    await desk.announce(first, ACCEPTED, READY)
    async with desk.delivering():
        assert await desk.until_ended() == {"dead_letter": 2}
        await desk.announce(first, COMPLETED)
        assert await desk.until_ended() == {"dead_letter": 3}
    assert len(receiver.received) == 1
    assert await _disabled_because(desk, endpoint_id) is DisabledBecause.GONE
    rows = await desk.execute(
        "SELECT details FROM audit_entry WHERE controller_id = $1"
        " AND action = 'webhook_endpoint.disabled'",
        desk.controller.id,
    )
    assert len(rows) == 1


async def test_an_endpoint_that_fails_for_a_whole_schedule_is_disabled(
    desk: WebhookDesk, receiver: Receiver, request_id: SubjectRequestId
) -> None:
    endpoint_id, _ = await desk.register(receiver)
    receiver.says(503)
    await desk.announce(request_id, ACCEPTED, READY)
    async with desk.delivering():
        assert await desk.until_ended() == {"dead_letter": 2}
    assert await _disabled_because(desk, endpoint_id) is DisabledBecause.FAILING
    receiver.says(200)
    async with transaction(desk.database, desk.controller.id) as connection:
        assert await webhook_endpoints.enable(connection, endpoint_id)
    await desk.announce(request_id, COMPLETED)
    async with desk.delivering():
        assert await desk.until_ended() == {"dead_letter": 2, "delivered": 1}


async def test_a_receiver_that_asks_to_be_left_alone_is_left_alone(
    desk: WebhookDesk, receiver: Receiver, request_id: SubjectRequestId
) -> None:
    await desk.register(receiver)
    receiver.says(429, "retry-after: 600\r\n")
    await desk.announce(request_id, ACCEPTED)
    async with desk.delivering():
        await until(lambda: _are(desk, {"pending": 1}, failures=1))
    (row,) = await desk.execute(
        "SELECT next_attempt_at - last_attempt_at AS wait FROM webhook_delivery"
        " WHERE controller_id = $1",
        desk.controller.id,
    )
    assert timedelta(minutes=9) < row["wait"] <= timedelta(minutes=10, seconds=1)


async def test_both_secrets_sign_while_one_follows_the_other(
    desk: WebhookDesk, receiver: Receiver, request_id: SubjectRequestId
) -> None:
    endpoint_id, former = await desk.register(receiver)
    new = Secret.generate()
    for overlap_seconds, verifiers in ((3600.0, (new, former)), (0.0, (new,))):
        async with transaction(desk.database, desk.controller.id) as connection:
            wrapped = new.wrap(desk.context.keyring)
            args = (connection, desk.controller.id, endpoint_id, wrapped, overlap_seconds)
            await webhook_secrets.replace(*args)
        await desk.announce(request_id, READY)
        async with desk.delivering():
            await desk.until_ended()
        got = receiver.received[-1]
        for secret in verifiers:
            Webhook(secret.text).verify(got.body, got.headers)
        assert len(got.headers["webhook-signature"].split()) == 2 * len(verifiers)


async def test_a_courier_that_ends_gives_back_what_it_was_sending(
    desk: WebhookDesk, receiver: Receiver, request_id: SubjectRequestId
) -> None:
    await desk.register(receiver)
    receiver.answer = lambda _: b""
    await desk.announce(request_id, READY)
    async with desk.delivering():
        await until(lambda: _is_received(receiver, 1))
    receiver.says(200)
    async with desk.delivering():  # long before the claim would have run out
        async with asyncio.timeout(desk.context.settings.webhook_seconds + 15):
            assert await desk.until_ended() == {"delivered": 1}


async def test_what_a_dead_courier_held_comes_due_again(
    desk: WebhookDesk, receiver: Receiver, request_id: SubjectRequestId
) -> None:
    await desk.register(receiver)
    await desk.announce(request_id, READY)
    async with desk.delivering():
        await desk.until_ended()
    await desk.execute(  # as if it had died between sending and recording
        "UPDATE webhook_delivery SET state = 'pending', attempts = 7, next_attempt_at = now()"
        " WHERE controller_id = $1",
        desk.controller.id,
    )
    async with desk.delivering():
        assert await desk.until_ended() == {"delivered": 1}
    assert len({each.id for each in receiver.received}) == 1


async def test_many_couriers_send_each_event_once_and_in_order(
    desk: WebhookDesk, receiver: Receiver, accept_request: AcceptRequest
) -> None:
    await desk.register(receiver)
    ids = [(await accept_request(desk.controller, str(each))).id for each in range(5)]
    async with desk.delivering(), desk.delivering(), desk.delivering():
        for number in range(20):
            for request_id in ids:
                await desk.announce(request_id, READY, number=number)
        assert await desk.until_ended() == {"delivered": 100}
    for request_id in ids:
        numbers = [
            each.data["number"]
            for each in receiver.received
            if each.data["subject_request_id"] == str(request_id)
        ]
        assert numbers == list(range(20))


async def test_what_ended_long_ago_is_forgotten_and_what_is_on_its_way_is_not(
    desk: WebhookDesk, receiver: Receiver, request_id: SubjectRequestId
) -> None:
    await desk.register(receiver)
    receiver.answer = lambda got: answer(500 if got.message["type"] == READY else 200)
    await desk.announce(None, ACCEPTED)
    await desk.announce(request_id, READY)
    async with desk.delivering(webhook_retry_schedule=LONG):
        await until(lambda: _are(desk, {"delivered": 1, "pending": 1}))
    await desk.announce(request_id, COMPLETED)
    for table in ("webhook_delivery", "outbox"):
        await desk.execute(f"UPDATE {table} SET created_at = created_at - interval '40 days'")
    await desk.execute("UPDATE outbox SET dispatched_at = dispatched_at - interval '40 days'")
    await housekeeping.forget_webhooks(desk.context)
    assert await desk.states() == {"pending": 1}
    left = await desk.execute(
        "SELECT event_type FROM outbox WHERE controller_id = $1", desk.controller.id
    )
    assert [row["event_type"] for row in left] == [COMPLETED]


async def test_an_endpoint_hears_nothing_of_another_controller(
    desk: WebhookDesk, receiver: Receiver, new_controller: NewController
) -> None:
    await desk.register(receiver)
    other: Controller = await new_controller("Other")
    theirs = replace(desk, controller=other)
    await theirs.announce(None, READY)
    async with desk.delivering():
        assert await theirs.until_ended() == {}
        await desk.announce(None, ACCEPTED)
        assert await desk.until_ended() == {"delivered": 1}
    assert [each.message["type"] for each in receiver.received] == [ACCEPTED]


async def test_a_name_that_leads_inside_is_refused_when_it_is_connected_to(
    desk: WebhookDesk, receiver: Receiver, request_id: SubjectRequestId
) -> None:
    await desk.register(receiver)
    await desk.announce(request_id, READY)
    async with desk.delivering(webhook_allowed_networks=()):
        assert await desk.until_ended() == {"dead_letter": 1}
    (row,) = await desk.execute(
        "SELECT DISTINCT last_failure FROM webhook_delivery WHERE controller_id = $1",
        desk.controller.id,
    )
    assert row["last_failure"] == "address_refused"
    assert receiver.byte_count == 0
    assert webhook_urls.checked("https://localhost/", ())  # a name is not looked at before


async def _are(desk: WebhookDesk, states: dict[str, int], failures: int = 0) -> bool:
    rows = await desk.execute(
        "SELECT coalesce(sum(failures), 0) AS failures FROM webhook_delivery"
        " WHERE controller_id = $1",
        desk.controller.id,
    )
    return await desk.states() == states and rows[0]["failures"] >= failures


async def _is_received(receiver: Receiver, count: int) -> bool:
    return len(receiver.received) >= count


async def _disabled_because(desk: WebhookDesk, endpoint_id: object) -> DisabledBecause | None:
    async with transaction(desk.database, desk.controller.id) as connection:
        found = await webhook_endpoints.get(connection, endpoint_id)  # type: ignore[arg-type]
    assert found is not None
    return found.disabled_because


async def test_authorities_that_cannot_be_read_are_told_of_before_anything_is_sent(
    desk: WebhookDesk, tmp_path: Path
) -> None:
    settings = desk.context.settings.model_copy(update={"webhook_ca_file": tmp_path / "none.pem"})
    with pytest.raises(FileNotFoundError):
        Courier(replace(desk.context, settings=settings))
