"""Submissions that are each sent fifty times at once make a subject request each.

`HABEAS_SUBMISSIONS_AT_ONCE` says how many; 200 take some minutes.

Over bare sockets: the client shares its processor with the service, which has enough to do.
"""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from tests.fixtures.api import Service, confirmed, counts, submission

SUBMISSIONS = int(os.environ.get("HABEAS_SUBMISSIONS_AT_ONCE", "40"))
TIMES, AT_ONCE = 50, 4
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Answer = tuple[int, bytes]


@asynccontextmanager
async def connected(service: Service) -> AsyncIterator[Line]:
    address = urlsplit(service.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


async def sent(line: Line, request: bytes) -> Answer:
    """Send a request and read its answer: status and body."""
    reader, writer = line
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    assert length is not None
    return int(head.split(b" ", 2)[1]), await reader.readexactly(int(length[1]))


def written(service: Service, body: bytes) -> bytes:
    """Write a submission under a fresh key."""
    head = (
        f"POST /v1/subject-requests HTTP/1.1\r\nHost: habeas\r\nAuthorization: Bearer"
        f" {service.one.key}\r\nX-Acting-Person: Kari Holm\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nIdempotency-Key: {uuid4()}\r\n\r\n"
    )
    return head.encode() + body


async def send_often(lines: list[Line], request: bytes) -> None:
    """Send one submission on many lines at once: it is accepted once, and answered alike."""
    answers = await asyncio.gather(*(sent(line, request) for line in lines))
    assert {status for status, _ in answers} <= {202, 409}
    assert len({body for status, body in answers if status == 202}) == 1


@pytest.mark.timeout(900)
async def test_submissions_sent_fifty_times_at_once_make_a_request_each(
    service: Service,
) -> None:
    async with httpx.AsyncClient(base_url=service.url) as http:
        body = json.dumps(submission(await confirmed(http, service.one, "S1"))).encode()
    before = await counts(service)
    async with AsyncExitStack() as stack:
        lines = [
            [await stack.enter_async_context(connected(service)) for _ in range(TIMES)]
            for _ in range(AT_ONCE)
        ]
        for _ in range(SUBMISSIONS // AT_ONCE):
            await asyncio.gather(*(send_often(each, written(service, body)) for each in lines))
    after = await counts(service)
    assert {table: after[table] - before[table] for table in after} == dict.fromkeys(
        after, SUBMISSIONS
    )
