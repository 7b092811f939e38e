"""How often a submission goes to Habeas's own database: what a process answers in a second hangs on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import httpx

from app.embedded.stack import Stack
from app.services.context import Context
from app.store.engine import create_engine
from tests.fixtures.api import Service, confirmed, fresh_key, listening, opened, submission
from tests.fixtures.patience import PATIENCE_SECONDS

URL = "/v1/subject-requests"
BEGINNINGS = (
    "SELECT id, controller_id, name, scopes",  # who calls
    "BEGIN; SET LOCAL habeas.controller",
    "WITH lock AS MATERIALIZED",  # the key's claim, the controller, the time
    "WITH request AS",  # request, job, wake-up, event, answer
    "SELECT head.sequence",  # the trail's lock
    "WITH entry AS",  # the entry, its texts, the new head
    "COMMIT",
)


async def test_a_submission_takes_seven_round_trips(service: Service, stack: Stack) -> None:
    sent: list[str] = []

    async def listen(connection: asyncpg.Connection) -> None:
        connection.add_query_logger(lambda record: sent.append(" ".join(record.query.split())))

    @asynccontextmanager
    async def overheard() -> AsyncIterator[Context]:
        async with opened(service, stack.redis_url, {"LMS_URL": service.lms_url}) as context:
            database = create_engine(service.database_url, on_connect=listen)
            yield replace(context, database=database)
            await database.dispose()

    with listening(overheard) as url:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http:
            body = submission(await confirmed(http, service.one, "S1"))
            for _ in range(3):  # only the first time are there things to be read and prepared, too
                sent.clear()
                answer = await http.post(URL, json=body, headers=fresh_key(service.one))
                assert answer.status_code == 202
    assert len(sent) == len(BEGINNINGS), sent
    for statement, beginning in zip(sent, BEGINNINGS, strict=True):
        assert statement.startswith(beginning), sent
