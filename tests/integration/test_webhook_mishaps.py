"""Whatever comes back, an attempt ends as one that failed, and holds up no other."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest

from app.domain.ids import WebhookEndpointId
from app.engine.webhooks.dispatch import dispatch
from app.engine.webhooks.rounds import Round
from schemas.vocabulary import EventType
from tests.fixtures.certificates import certified
from tests.fixtures.patience import PATIENCE_SECONDS
from tests.fixtures.receivers import Receiver
from tests.fixtures.store import AcceptRequest
from tests.fixtures.webhook_desk import WebhookDesk

READY = EventType.BUNDLE_READY
LONG = (timedelta(hours=1),)
SECRET = "whoever asked"
_SOME_BYTES = 65_536


class Tripping(httpx.AsyncBaseTransport):
    """Answers 204, but trips over what is about one subject request."""

    def __init__(self, over: str) -> None:
        self._over = over
        self.sent: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = (await request.aread()).decode()
        self.sent.append(body)
        if self._over in body:
            raise RuntimeError(SECRET)
        await asyncio.sleep(0.1)
        return httpx.Response(204, stream=httpx.ByteStream(b""))


@contextmanager
def unkind(context: ssl.SSLContext, said: bytes = b"") -> Iterator[int]:
    """Shake hands as far as it goes, say something past TLS, hear the sender out; give the port."""

    def serve(listening: socket.socket) -> None:
        while True:
            try:
                accepted, _ = listening.accept()
            except OSError:
                return
            wrapped = context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)
            with suppress(ssl.SSLError):
                wrapped.do_handshake()
                wrapped.recv(_SOME_BYTES)
            with suppress(OSError), socket.socket(fileno=wrapped.detach()) as bare:
                bare.sendall(said)
                while bare.recv(_SOME_BYTES):
                    pass

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(PATIENCE_SECONDS)


async def ended(desk: WebhookDesk, port: int, ca_file: Path) -> dict[str, Any]:
    """Deliver to a receiver that speaks TLS, until it ends; give how."""
    receiver = Receiver(port)
    endpoint_id, _ = await desk.register(receiver)
    url = receiver.url.replace("http", "https", 1).replace("127.0.0.1", "localhost")
    await desk.execute("UPDATE webhook_endpoint SET url = $1 WHERE id = $2", url, endpoint_id)
    await desk.announce(None, READY)
    async with desk.delivering(webhook_ca_file=ca_file):
        assert await desk.until_ended() == {"dead_letter": 1}
    return await row(desk, endpoint_id)


async def row(desk: WebhookDesk, endpoint_id: WebhookEndpointId) -> dict[str, Any]:
    (found,) = await desk.execute(
        "SELECT attempts, failures, last_failure, last_status FROM webhook_delivery"
        " WHERE endpoint_id = $1 AND state <> 'delivered'",
        endpoint_id,
    )
    return dict(found)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("Thu, 01 Jan 99999999999999 00:00:00 GMT", id="a year of fourteen digits"),
        pytest.param("Thu, 01 Jan 2030 00:00:00 +99999999999999999", id="an endless offset"),
    ],
)
async def test_a_receiver_that_asks_for_a_time_that_is_none_gets_a_dead_letter(
    desk: WebhookDesk, receiver: Receiver, header: str
) -> None:
    endpoint_id, _ = await desk.register(receiver)
    receiver.says(503, f"retry-after: {header}\r\n")
    await desk.announce(None, READY)
    async with desk.delivering():
        assert await desk.until_ended() == {"dead_letter": 1}
    assert await row(desk, endpoint_id) == {
        "attempts": 4,
        "failures": 4,
        "last_failure": "status",
        "last_status": 503,
    }


async def test_a_receiver_that_demands_a_certificate_of_ours_gets_a_dead_letter(
    desk: WebhookDesk, tmp_path: Path
) -> None:
    ca_file, context = certified(tmp_path, "localhost")
    context.minimum_version = ssl.TLSVersion.TLSv1_3  # refuses only after the handshake
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(ca_file)
    with unkind(context) as port:
        found = await ended(desk, port, ca_file)
    assert (found["failures"], found["last_failure"]) == (4, "unreachable")


async def test_a_receiver_that_talks_past_tls_gets_a_dead_letter(
    desk: WebhookDesk, tmp_path: Path
) -> None:
    ca_file, context = certified(tmp_path, "localhost")
    with unkind(context, b"HTTP/1.1 200 Said\r\n\r\n") as port:
        found = await ended(desk, port, ca_file)
    assert (found["failures"], found["last_failure"]) == (4, "unreachable")


async def test_what_nobody_expected_of_one_delivery_is_its_own_failure_and_holds_up_no_other(
    desk: WebhookDesk,
    receiver: Receiver,
    accept_request: AcceptRequest,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tripped, *others = [(await accept_request(desk.controller, key)).id for key in "1234"]
    endpoint_id, _ = await desk.register(receiver)
    for request_id in (tripped, *others):
        await desk.announce(request_id, READY)
    await dispatch(desk.context.database, desk.controller.id)
    transport = Tripping(str(tripped))
    settings = desk.context.settings.model_copy(update={"webhook_retry_schedule": LONG})
    context = replace(desk.context, settings=settings)
    async with httpx.AsyncClient(transport=transport) as client:
        turns = asyncio.Semaphore(1)
        around = Round(context, client, turns, desk.controller.id, endpoint_id)
        with caplog.at_level(logging.WARNING):
            await around.run()
    assert len([each for each in transport.sent if str(tripped) not in each]) == len(others)
    found = await row(desk, endpoint_id)
    assert await desk.states() == {"delivered": 3, "pending": 1}
    assert (found["failures"], found["last_failure"]) == (1, "not_understood")
    (told,) = [each for each in caplog.records if each.message == "delivery.tripped"]
    assert told.error == "RuntimeError"  # type: ignore[attr-defined]
    assert SECRET not in caplog.text
