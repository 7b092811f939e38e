"""Slow name servers hold up whoever has them, and nobody else."""

import asyncio
import socket
import time
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
import uvloop

from app.domain.ids import ControllerId, new_id
from app.engine.webhooks.resolver import Resolver, asking
from tests.fixtures.name_servers import ADDRESS, NameServers

ONE, TWO = (ControllerId(new_id()) for _ in range(2))


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServers]:
    asked = NameServers(monkeypatch)
    yield asked
    asked.end.set()


async def resolved(resolver: Resolver, whose: ControllerId, host: str) -> list[str] | None:
    """Resolve for a controller; None where that takes too long."""
    asking.set(whose)
    try:
        async with asyncio.timeout(0.5):
            return await resolver.resolve(host)
    except TimeoutError:
        return None


def as_a_worker(work: Coroutine[Any, Any, None]) -> None:
    """Run something on a worker's event loop, which looks names up in four threads of its own."""
    uvloop.run(work)


def test_slow_names_of_one_controller_hold_up_no_other(servers: NameServers) -> None:
    async def work() -> None:
        resolver = Resolver()
        slow = [
            asyncio.create_task(resolved(resolver, ONE, f"tarpit{number}.example"))
            for number in range(50)
        ]
        await asyncio.sleep(0.05)
        began = time.monotonic()
        assert await asyncio.create_task(resolved(resolver, TWO, "school.example")) == [ADDRESS]
        loop = asyncio.get_running_loop()  # by which the database and Valkey are found
        assert await loop.getaddrinfo("127.0.0.1", 5432)
        await asyncio.to_thread(int)
        assert time.monotonic() - began < 0.4
        assert await asyncio.gather(*slow) == [None] * 50
        servers.end.set()

    as_a_worker(work())
    assert servers.most_at_once <= 5


def test_a_controller_whose_names_were_slow_is_served_when_they_have_ended(
    servers: NameServers,
) -> None:
    async def work() -> None:
        resolver = Resolver()
        for number in range(4):
            assert await resolved(resolver, ONE, f"tarpit{number}.example") is None
        assert await resolved(resolver, ONE, "school.example") is None
        waiting = asyncio.create_task(resolved(resolver, ONE, "school.example"))
        await asyncio.sleep(0.05)
        servers.end.set()
        assert await waiting == [ADDRESS]

    as_a_worker(work())


def test_a_name_is_looked_up_once_at_a_time_and_anew_the_next_time(servers: NameServers) -> None:
    async def work() -> None:
        resolver = Resolver()
        slow = [asyncio.create_task(resolved(resolver, ONE, "tarpit.example")) for _ in range(20)]
        assert await asyncio.gather(*slow) == [None] * 20
        assert await resolved(resolver, ONE, "tarpit.example") is None
        assert servers.asked == ["tarpit.example"]
        servers.end.set()
        for count in (1, 2):  # the first joins the one underway
            with pytest.raises(socket.gaierror):
                await resolver.resolve("tarpit.example")
            assert len(servers.asked) == count

    as_a_worker(work())


def test_all_controllers_together_have_so_many_threads(servers: NameServers) -> None:
    async def work() -> None:
        resolver = Resolver()
        slow = [
            asyncio.create_task(resolved(resolver, ControllerId(new_id()), "tarpit.example"))
            for _ in range(100)
        ]
        assert await asyncio.gather(*slow) == [None] * 100
        waiting = asyncio.create_task(resolved(resolver, TWO, "school.example"))
        await asyncio.sleep(0.05)
        servers.end.set()
        assert await waiting == [ADDRESS]

    as_a_worker(work())
    assert servers.most_at_once == 64


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example"], ids=["long", "empty"])
async def test_a_name_that_is_none_has_no_address(host: str) -> None:
    with pytest.raises(OSError, match="malformed"):
        await Resolver().resolve(host)
