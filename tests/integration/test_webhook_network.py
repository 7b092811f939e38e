"""No webhook reaches an address that is not public, however it is written; the rest is as it should be."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from ipaddress import ip_network
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest

from app.domain.ids import WebhookDeliveryId, new_id
from app.engine.webhooks.attempts import Answer, Destination, send
from app.engine.webhooks.client import open_client
from app.engine.webhooks.network import Resolve
from app.engine.webhooks.resolver import Resolver
from app.engine.webhooks.signatures import Secret
from app.settings import Settings
from app.store.webhook_deliveries import ClaimedDelivery
from schemas.vocabulary import EventType
from schemas.webhook_vocabulary import DeliveryFailure
from tests.fixtures.certificates import certified
from tests.fixtures.patience import PATIENCE_SECONDS
from tests.fixtures.receivers import Receiver, answer, receiving

PUBLIC = "93.184.216.34"
NAMES = {
    "private.example": ["10.0.0.5"],
    "loopback.example": ["127.0.0.1"],
    "loopback.six.example": ["::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "mixed.example": [PUBLIC, "127.0.0.1"],
    "mixed.six.example": ["2606:4700::1111", "::1"],
    "clouds.example": ["169.254.169.254"],
    "zone.example": ["fe80::1%1"],
}
HOSTS = {
    "loopback": "127.0.0.1",
    "loopback, another": "127.0.0.2",
    "loopback, short": "127.1",
    "loopback, decimal": "2130706433",
    "loopback, octal": "0177.0.0.1",
    "loopback, octal whole": "017700000001",
    "loopback, hexadecimal": "0x7f000001",
    "loopback, hexadecimal parts": "0x7f.0x0.0x0.0x1",
    "loopback by name": "localhost",
    "loopback by name, large": "LOCALHOST",
    "loopback by name, with a dot": "localhost.",
    "loopback, wide digits": "\uff11\uff12\uff17.\uff10.\uff10.\uff11",
    "this network": "0.0.0.0",  # noqa: S104 - nobody listens there
    "zero": "0",
    "loopback, six": "[::1]",
    "loopback, six, long": "[0:0:0:0:0:0:0:1]",
    "unspecified, six": "[::]",
    "mapped": "[::ffff:127.0.0.1]",
    "mapped, hexadecimal": "[::ffff:7f00:1]",
    "compatible": "[::127.0.0.1]",
    "NAT64": "[64:ff9b::7f00:1]",
    "NAT64, local": "[64:ff9b:1::7f00:1]",
    "6to4": "[2002:7f00:1::1]",
    "Teredo": "[2001:0:7f00:1::1]",
    "private 10": "10.0.0.1",
    "private 172": "172.16.0.1",
    "private 192": "192.168.1.1",
    "carrier-grade NAT": "100.64.0.1",
    "the clouds' credentials": "169.254.169.254",
    "multicast": "224.0.0.1",
    "broadcast": "255.255.255.255",
    "documentation": "192.0.2.1",
    "unique local": "[fd00::1]",
    "link-local": "[fe80::1]",
    "site-local": "[fec0::1]",
    **{name: name for name in NAMES},
}


async def by_name(host: str) -> Sequence[str]:
    """Know some names, and ask the system for the rest, as it reads literals."""
    return NAMES[host] if host in NAMES else await Resolver().resolve(host)


async def sent(
    url: str, settings: Settings | None = None, resolve: Resolve = by_name, times: int = 1
) -> Answer:
    """Send an event; give what came of it, of the last time."""
    delivery = ClaimedDelivery(
        id=WebhookDeliveryId(new_id()),
        event_type=EventType.WEBHOOK_ENDPOINT_TEST,
        subject_request_id=None,
        payload={},
        occurred_at=datetime.now(UTC),
        attempts=1,
        failures=0,
    )
    used = settings or Settings()
    destination = Destination(url, (Secret.generate(),))
    answered = Answer(None)
    async with open_client(used, resolve) as client:
        for _ in range(times):
            answered = await send(client, destination, delivery, used.webhook_seconds)
    return answered


def inside(**changes: Any) -> Settings:
    """Allow the loopback network."""
    return Settings(webhook_allowed_networks=(ip_network("127.0.0.0/8"),), **changes)


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS.keys())
async def test_a_hostile_address_receives_no_byte(
    receiver: Receiver, host: str, scheme: str
) -> None:
    answered = await sent(f"{scheme}://{host}:{receiver.port}/")
    # Not every client, and not every system, reads every way to write loopback.
    assert answered.failure in {
        DeliveryFailure.ADDRESS_REFUSED,
        DeliveryFailure.UNREACHABLE,
        DeliveryFailure.NOT_UNDERSTOOD,
    }
    assert answered.status is None
    assert receiver.byte_count == 0


def test_thirty_and_more_addresses_are_hostile() -> None:
    assert len(HOSTS) > 30


async def test_a_name_that_turns_to_another_address_leads_there_never(receiver: Receiver) -> None:
    answers = chain([[PUBLIC]], repeat(["127.0.0.1"]))

    async def rebinding(_host: str) -> Sequence[str]:
        return next(answers)

    url = f"https://rebinding.example:{receiver.port}/"
    quick = Settings(webhook_seconds=0.5)
    first = await sent(url, quick, rebinding)
    assert first.failure in {DeliveryFailure.TIMEOUT, DeliveryFailure.UNREACHABLE}
    assert (await sent(url, quick, rebinding)).failure is DeliveryFailure.ADDRESS_REFUSED
    assert receiver.byte_count == 0


async def test_the_connection_goes_to_the_address_that_was_checked(receiver: Receiver) -> None:
    asked = []

    async def once(host: str) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    url = f"http://nobody-else-knows.example:{receiver.port}/"
    assert (await sent(url, inside(), once, times=3)).status == 200
    assert asked == ["nobody-else-knows.example"]  # one connection, used three times
    assert {each.headers["host"] for each in receiver.received} == {url[7:-1]}


async def test_the_server_is_asked_for_by_its_name(tmp_path: Path) -> None:
    ca_file, context = certified(tmp_path, "school.example")
    named: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: named.append(name)

    async def to_loopback(_host: str) -> Sequence[str]:
        return ["127.0.0.1"]

    async with receiving(context) as secure:
        own = inside(webhook_ca_file=ca_file)
        url = f"https://school.example:{secure.port}/"
        assert (await sent(url, own, to_loopback)).status == 200
        assert named == ["school.example"]
        other = f"https://other.example:{secure.port}/"
        assert (await sent(other, own, to_loopback)).failure is DeliveryFailure.UNREACHABLE
        assert (await sent(url, inside(), to_loopback)).failure is DeliveryFailure.UNREACHABLE
    assert len(secure.received) == 1


async def test_a_proxy_of_the_environment_is_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiving() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (await sent(receiver.url, inside())).status == 200
    assert proxy.byte_count == 0


async def test_a_redirection_is_not_followed(receiver: Receiver) -> None:
    async with receiving() as elsewhere:
        receiver.says(307, f"location: {elsewhere.url}\r\n")
        answered = await sent(receiver.url, inside())
    assert (answered.failure, answered.status) == (DeliveryFailure.STATUS, 307)
    assert elsewhere.byte_count == 0


async def test_nothing_is_kept_of_an_answer(receiver: Receiver) -> None:
    receiver.says(200, "set-cookie: a=b\r\n")
    await sent(receiver.url, inside(), times=2)
    assert ["cookie" in each.headers for each in receiver.received] == [False, False]


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        pytest.param(
            answer(503, "retry-after: 120\r\n"), (DeliveryFailure.STATUS, 503), id="a status"
        ),
        pytest.param(
            b"SSH-2.0-OpenSSH_9.6\r\n\r\n", (DeliveryFailure.NOT_UNDERSTOOD, None), id="no HTTP"
        ),
        pytest.param(b"HTTP/1.1 200", (DeliveryFailure.TIMEOUT, None), id="half an answer"),
        pytest.param(
            b"HTTP/1.1 200 Yes\r\ncontent-length: 9\r\n\r\nslow", (None, 200), id="a slow body"
        ),
        pytest.param(answer(200, "", bytes(1_000_000)), (None, 200), id="a large body"),
        pytest.param(
            answer(200, "content-encoding: gzip\r\n", b"no gzip"), (None, 200), id="packed wrongly"
        ),
    ],
)
async def test_what_comes_back_is_understood_by_its_head_alone(
    receiver: Receiver, said: bytes, answered: tuple[DeliveryFailure | None, int | None]
) -> None:
    receiver.answer = lambda _: said
    found = await sent(receiver.url, inside(webhook_seconds=1))
    assert (found.failure, found.status) == answered


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("999999999999999999999", 999_999_999),
        ("Fri, 31 Dec 1999 23:59:59 GMT", None),
        ("soon", None),
        ("-5", None),
        ("Thu, 01 Jan 99999999999999 00:00:00 GMT", None),
        ("Thu, 01 Jan 2030 00:00:00 +99999999999999999", None),
    ],
)
async def test_any_wish_to_be_left_alone_can_be_read(
    receiver: Receiver, header: str, seconds: int | None
) -> None:
    receiver.says(429, f"retry-after: {header}\r\n")
    asked = (await sent(receiver.url, inside())).retry_after
    if seconds is None:
        assert asked is None or asked.total_seconds() < 0
    else:
        assert asked is not None
        assert asked.total_seconds() == seconds


async def test_who_does_not_listen_is_unreachable(receiver: Receiver) -> None:
    port = receiver.port
    async with asyncio.timeout(PATIENCE_SECONDS):
        for url in (f"http://127.0.0.3:{port}/", "http://127.0.0.1:1/"):
            assert (await sent(url, inside())).failure is DeliveryFailure.UNREACHABLE
        refused = "https://nobody.invalid/"
        assert (await sent(refused, inside())).failure is DeliveryFailure.UNREACHABLE
