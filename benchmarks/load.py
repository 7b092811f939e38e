"""Many clients that each send one request after another, on one connection, as fast as they are answered.

Written on sockets: a client library would cost the two processors more than what is measured.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

NextRequest = Callable[[], bytes]
"""Gives the next HTTP request, whole."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a load gave.

    Attributes:
        per_second: Answers a second.
        statuses: How many answers had which status.
    """

    per_second: float
    statuses: Counter[int]


async def put_under_load(
    port: int, clients: int, seconds: float, next_request: NextRequest
) -> Load:
    """Send requests from so many clients for so long.

    Args:
        port: On 127.0.0.1.
        clients: How many connections.
        seconds: How long no client stops.
        next_request: What they send.
    """
    statuses: Counter[int] = Counter()
    until = time.perf_counter() + seconds

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < until:
            writer.write(next_request())
            statuses[await _status(reader)] += 1
        writer.close()

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(work())
    return Load(statuses.total() / (time.perf_counter() - started), statuses)


async def _status(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    length = next(
        int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:")
    )
    await reader.readexactly(length)
    return int(lines[0].split()[1])
