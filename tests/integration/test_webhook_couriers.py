"""Whatever one controller's webhooks meet, those of others go out, and the worker goes on."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from app.domain.ids import ControllerId
from app.engine.webhooks import courier as couriers
from app.engine.webhooks.courier import Courier
from app.engine.webhooks.dispatch import dispatch
from app.engine.webhooks.rounds import Round
from app.store import webhook_endpoints
from app.store.controllers import Controller
from app.store.transaction import transaction
from app.store.webhook_endpoints import Wanted
from schemas.vocabulary import EventType
from schemas.webhook_vocabulary import EndpointState
from tests.fixtures.name_servers import NameServers
from tests.fixtures.patience import until
from tests.fixtures.receivers import Receiver, answer
from tests.fixtures.store import AcceptRequest
from tests.fixtures.webhook_desk import WebhookDesk

ACCEPTED, READY = EventType.REQUEST_ACCEPTED, EventType.BUNDLE_READY
LATER = "something.later"
SECRET = "whoever asked"


@pytest.fixture
def other(desk: WebhookDesk, other_controller: Controller) -> WebhookDesk:
    """Another controller's desk."""
    return replace(desk, controller=other_controller)


@dataclass(slots=True)
class Silent(Receiver):
    """A receiver that listens, and answers only when it may.

    Attributes:
        called: Set when somebody has connected.
        may_answer: Set when the test wants the answer.
    """

    called: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def hear_out(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.called.set()
        await self.may_answer.wait()
        writer.write(answer(410))
        writer.close()


@asynccontextmanager
async def silent() -> AsyncIterator[Silent]:
    """Listen on a free port until the block ends."""
    deaf = Silent()
    server = await asyncio.start_server(deaf.hear_out, "127.0.0.1", 0)
    deaf.port = server.sockets[0].getsockname()[1]
    try:
        yield deaf
    finally:
        deaf.may_answer.set()
        server.close()


async def announce_later(desk: WebhookDesk, request_id: Any) -> None:
    await desk.execute(
        "INSERT INTO outbox (controller_id, event_type, subject_request_id, payload)"
        " VALUES ($1, $2, $3, '{}')",
        *(desk.controller.id, LATER, request_id),
    )


async def test_an_event_of_a_later_version_is_left_to_it_with_what_follows_in_its_request(
    desk: WebhookDesk,
    other: WebhookDesk,
    receiver: Receiver,
    accept_request: AcceptRequest,
    caplog: pytest.LogCaptureFixture,
) -> None:
    waiting, free = [(await accept_request(desk.controller, key)).id for key in "12"]
    await desk.register(receiver)
    await other.register(receiver)
    await desk.announce(waiting, ACCEPTED)
    await announce_later(desk, waiting)
    await desk.announce(waiting, READY)
    await desk.announce(free, READY)
    await other.announce(None, READY)
    with caplog.at_level(logging.ERROR):
        async with desk.delivering():
            assert await other.until_ended() == {"delivered": 1}
            await until(lambda: _are(desk, {"delivered": 2}))
            await asyncio.sleep(0.5)
            assert await desk.states() == {"delivered": 2}
            await desk.execute(
                "UPDATE outbox SET event_type = $1 WHERE event_type = $2", ACCEPTED, LATER
            )  # as a worker that knows it would take it
            assert await desk.until_ended() == {"delivered": 4}
    types = [
        each.message["type"]
        for each in receiver.received
        if each.data.get("subject_request_id") == str(waiting)
    ]
    assert types == [ACCEPTED, ACCEPTED, READY]
    told = [each for each in caplog.records if each.message == "courier.unknown_event"]
    assert [each.event_type for each in told] == [LATER]  # type: ignore[attr-defined]


async def test_what_a_later_version_has_put_on_its_way_is_sent_as_it_is(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    endpoint_id, _ = await desk.register(receiver, READY)
    await desk.execute(
        "UPDATE webhook_endpoint SET event_types = event_types || $1::text WHERE id = $2",
        *(LATER, endpoint_id),
    )
    await desk.announce(None, READY)
    async with desk.delivering():
        assert await desk.until_ended() == {"delivered": 1}
        await desk.execute(
            "UPDATE webhook_delivery SET state = 'pending', next_attempt_at = now(),"
            " event_type = $1",
            LATER,
        )
        assert await desk.until_ended() == {"delivered": 1}
    assert [each.message["type"] for each in receiver.received] == [READY, LATER]


async def test_what_nobody_expected_of_one_controller_is_told_and_tried_again_later(
    desk: WebhookDesk,
    other: WebhookDesk,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tripped: list[ControllerId] = []

    async def tripping(database: Any, controller_id: ControllerId) -> None:
        if controller_id == desk.controller.id:
            tripped.append(controller_id)
            if len(tripped) == 1:
                raise ValueError(SECRET)
        await dispatch(database, controller_id)

    monkeypatch.setattr(couriers, "dispatch", tripping)
    monkeypatch.setattr(couriers, "_REST_SECONDS", 1.0)
    for each in (desk, other):
        await each.register(receiver)
        await each.announce(None, READY)
    running = asyncio.create_task(Courier(desk.context).run())
    assert await other.until_ended() == {"delivered": 1}
    await asyncio.sleep(0.5)
    assert len(tripped) == 1
    assert await desk.until_ended() == {"delivered": 1}
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    (told,) = [each for each in caplog.records if each.message == "courier.crashed"]
    assert told.controller_id == str(desk.controller.id)  # type: ignore[attr-defined]
    assert told.exc_info is not None
    assert told.exc_info[0] is ValueError


async def test_an_endpoint_that_nobody_can_serve_is_tried_again_later(
    desk: WebhookDesk,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tripped: list[float] = []
    genuine = Round.run

    async def run(served: Round) -> None:
        tripped.append(asyncio.get_running_loop().time())
        if len(tripped) == 1:
            raise ValueError(SECRET)
        await genuine(served)

    monkeypatch.setattr(Round, "run", run)
    monkeypatch.setattr(couriers, "_REST_SECONDS", 1.0)
    await desk.register(receiver)
    await desk.announce(None, READY)
    async with desk.delivering():
        assert await desk.until_ended() == {"delivered": 1}
    assert tripped[1] - tripped[0] >= 1


async def test_controllers_whose_receivers_are_silent_hold_up_no_other(
    desk: WebhookDesk, other: WebhookDesk, receiver: Receiver
) -> None:
    await other.register(receiver)
    async with silent() as deaf, desk.delivering(webhook_seconds=60):
        for number in range(25):
            await desk.register(deaf, path=f"/{number}")
        await desk.announce(None, READY)
        await until(lambda: _have_begun(desk, 10))
        await asyncio.sleep(0.5)
        assert await _have_begun(desk, 10)
        await other.announce(None, READY)
        assert await other.until_ended(seconds=20) == {"delivered": 1}


async def test_a_controller_whose_names_are_slow_holds_up_no_other(
    desk: WebhookDesk, other: WebhookDesk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = NameServers(monkeypatch)
    for number in range(8):
        endpoint_id, _ = await desk.register(receiver)
        await desk.execute(
            "UPDATE webhook_endpoint SET url = $1 WHERE id = $2",
            *(f"https://tarpit{number}.example/", endpoint_id),
        )
    await other.register(receiver)
    await desk.announce(None, READY)
    async with desk.delivering():
        await until(lambda: _have_begun(desk, 8))
        await other.announce(None, READY)
        assert await other.until_ended(seconds=4) == {"delivered": 1}
        names.end.set()
    assert names.most_at_once == 4


async def test_what_a_former_address_answers_disables_nothing(
    desk: WebhookDesk, receiver: Receiver
) -> None:
    async with silent() as former:
        endpoint_id, _ = await desk.register(former)
        await desk.announce(None, READY)
        async with desk.delivering():
            await former.called.wait()
            async with transaction(desk.database, desk.controller.id) as connection:
                await webhook_endpoints.change(connection, endpoint_id, Wanted(receiver.url, None))
            former.may_answer.set()  # 410, from where nobody wants to send any more
            assert await desk.until_ended() == {"delivered": 1}
    async with transaction(desk.database, desk.controller.id) as connection:
        found = await webhook_endpoints.get(connection, endpoint_id)
    assert found is not None
    assert found.state is EndpointState.ACTIVE


async def _are(desk: WebhookDesk, states: dict[str, int]) -> bool:
    return await desk.states() == states


async def _have_begun(desk: WebhookDesk, count: int) -> bool:
    (row,) = await desk.execute(
        "SELECT count(*) FILTER (WHERE attempts > 0) AS begun FROM webhook_delivery"
        " WHERE controller_id = $1",
        desk.controller.id,
    )
    begun: int = row["begun"]
    return begun == count
