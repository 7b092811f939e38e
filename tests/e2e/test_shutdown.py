"""An API that is told to end sends away who waits, and they go on at the next one."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.fixtures.campus import Campus
from tests.fixtures.habeas import Habeas, NewHabeas
from tests.fixtures.office import APPROVAL

AT_ONCE_SECONDS = 5.0
"""Less than the ten seconds that answers under way are given, and than any wait."""


@pytest.fixture
async def habeas(campus: Campus, new_habeas: NewHabeas) -> AsyncIterator[Habeas]:
    async with new_habeas(campus.environment, workers=0) as running:
        yield running


async def ended(habeas: Habeas) -> float:
    begun = time.monotonic()
    await asyncio.to_thread(habeas.api.end)
    return time.monotonic() - begun


async def test_open_streams_end_with_the_api_and_go_on_at_the_next(
    habeas: Habeas, campus: Campus
) -> None:
    school = await habeas.customer(campus.facts.institutions[0].key)
    confirmation = await school.confirm("email", campus.facts.namesakes[0].email)
    accepted = await school.submit(confirmation)
    url = f"/v1/subject-requests/{accepted['id']}/progress"
    async with school.http.stream("GET", url) as answer:
        lines = answer.aiter_lines()
        seen = {await anext(lines)}  # it has begun
        assert await ended(habeas) < AT_ONCE_SECONDS
        seen.update([line async for line in lines])  # it was ended, not torn
    assert "Traceback" not in habeas.api.output
    (number,) = [line.removeprefix("id: ") for line in seen if line.startswith("id: ")]
    habeas.restart_api()
    async with school.http.stream("GET", url, headers={"Last-Event-ID": number}) as answer:
        path = f"/v1/subject-requests/{accepted['id']}/cancellation"
        assert (await school.ask("POST", path, json={"reason": "a test"})).status_code == 200
        again = [line async for line in answer.aiter_lines()]
    assert again.count("event: progress") == 1
    assert any('"state":"cancelled"' in line for line in again)


async def test_who_waits_for_an_end_is_answered_when_the_api_ends(
    habeas: Habeas, campus: Campus
) -> None:
    school = await habeas.customer(campus.facts.institutions[0].key)
    body = {"right": "access", "approval": APPROVAL}
    body["confirmation"] = await school.confirm("email", campus.facts.namesakes[0].email)
    headers = {"Prefer": "wait=60", "Idempotency-Key": "waits"}
    waiting = asyncio.create_task(
        school.http.post("/v1/subject-requests", json=body, headers=headers)
    )
    await habeas.until("SELECT EXISTS (SELECT FROM subject_request)")
    assert await ended(habeas) < AT_ONCE_SECONDS
    assert (await waiting).status_code == 202
