"""Two hundred submissions, each sent fifty times at once, make two hundred subject requests."""

import asyncio
from uuid import uuid4

import httpx

from tests.fixtures.api import Service, confirmed, counts, submission
from tests.fixtures.patience import PATIENCE_SECONDS

SUBMISSIONS, TIMES, AT_ONCE = 200, 50, 4
URL = "/v1/subject-requests"


async def test_two_hundred_submissions_sent_fifty_times_at_once_make_two_hundred_requests(
    service: Service,
) -> None:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(
        base_url=service.url, limits=limits, timeout=PATIENCE_SECONDS
    ) as http:
        body = submission(await confirmed(http, service.one, "S1"))
        before = await counts(service)

        async def send(key: str) -> httpx.Response:
            headers = service.one.headers | {"Idempotency-Key": key}
            return await http.post(URL, json=body, headers=headers)

        async def send_often() -> None:
            key = str(uuid4())
            answers = await asyncio.gather(*(send(key) for _ in range(TIMES)))
            assert {each.status_code for each in answers} <= {202, 409}
            assert len({each.text for each in answers if each.status_code == 202}) == 1

        for _ in range(SUBMISSIONS // AT_ONCE):
            await asyncio.gather(*(send_often() for _ in range(AT_ONCE)))
        after = await counts(service)
    assert {table: after[table] - before[table] for table in after} == dict.fromkeys(
        after, SUBMISSIONS
    )
