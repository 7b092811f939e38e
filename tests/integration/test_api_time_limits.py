"""Nothing holds the door open for ever: slow bodies and slow answers are ended."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import pytest

from app.embedded.stack import Stack
from app.services import subject_requests
from app.services.context import Context
from app.services.time_limits import TimeLimits
from tests.fixtures.api import Service, counts, listening, opened
from tests.fixtures.patience import PATIENCE_SECONDS


@pytest.fixture(scope="module")
def hasty(service: Service, stack: Stack) -> Iterator[str]:
    @asynccontextmanager
    async def open_context() -> AsyncIterator[Context]:
        async with opened(service, stack.redis_url, {}) as context:
            yield replace(context, time_limits=TimeLimits(body_seconds=0.3, answer_seconds=2))

    with listening(open_context) as url:
        yield url


async def test_a_body_that_trickles_in_is_refused_and_the_connection_closed(
    service: Service, hasty: str
) -> None:
    before = await counts(service)
    place = urlsplit(hasty)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(
        b"POST /v1/subject-searches HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1000\r\nX-Acting-Person: Kari\r\nAuthorization: Bearer "
        + service.one.key.encode()
        + b"\r\n\r\n{"
    )
    answer = await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)  # to the connection's end
    assert b"408" in answer.split(b"\r\n")[0]
    assert b"/problems/body-too-slow" in answer
    assert await counts(service) == before
    writer.close()


async def test_an_answer_that_takes_too_long_is_a_problem_to_try_again(
    service: Service, hasty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> None:
        await asyncio.sleep(10 * PATIENCE_SECONDS)

    monkeypatch.setattr(subject_requests, "list_page", never)
    async with httpx.AsyncClient(base_url=hasty, timeout=PATIENCE_SECONDS) as http:
        answer = await http.get("/v1/subject-requests", headers=service.one.headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert answer.json()["type"] == "/problems/answer-too-slow"


async def test_a_time_out_of_something_else_is_not_taken_for_it(
    service: Service, hasty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def elsewhere(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(subject_requests, "list_page", elsewhere)
    async with httpx.AsyncClient(base_url=hasty, timeout=PATIENCE_SECONDS) as http:
        answer = await http.get("/v1/subject-requests", headers=service.one.headers)
    assert answer.json()["type"] == "/problems/service-unavailable"
