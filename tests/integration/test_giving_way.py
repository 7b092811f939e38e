"""What changes much gives way to the platform's own work, and to nothing else."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from app.embedded.stack import Stack
from app.engine import batches
from app.sources.sql.effects.batch import SqlBatch
from app.sources.sql.traffic import OWN_NAME, Traffic
from schemas.vocabulary import Right
from tests.fixtures.patience import until
from tests.fixtures.stack import NewDatabase
from tests.fixtures.workplace import Workplace

VISITS, FEW = 60, 5
PAUSE = 0.0123
_REPORTED_SECONDS = 1.3
"""Sessions of PostgreSQL say once a second how many transactions they had."""


@asynccontextmanager
async def at_work(url: str, does: str = "SELECT 1") -> AsyncIterator[None]:
    """Let a platform run one short transaction after another, as fast as it can."""
    connection = await asyncpg.connect(url)

    async def work() -> None:
        while True:
            await connection.execute(does)

    working = asyncio.create_task(work())
    try:
        yield
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await connection.close()


async def test_traffic_is_what_others_do_and_ends_with_it(
    stack: Stack, new_database: NewDatabase
) -> None:
    url, traffic = stack.database_url(new_database()), Traffic()
    connection = await asyncpg.connect(url)

    async def look(transactions: int = 1) -> bool | None:
        for _ in range(transactions):
            async with connection.transaction():
                traffic.count()
                await traffic.look(connection)
        return traffic.is_heavy

    try:
        assert not await look(), "nothing is known yet"
        await asyncio.sleep(_REPORTED_SECONDS)
        assert not await look(300), "our own"
        await asyncio.sleep(_REPORTED_SECONDS)
        assert not await look(), "our own, as the database counts them"
        async with at_work(url):
            await until(lambda: _is_heavy(look))
        began = time.monotonic()
        await until(lambda: _is_not(look))
        assert time.monotonic() - began >= 1, "who is between two transactions is not gone"
    finally:
        await connection.close()


async def test_who_is_alone_knows_at_once_and_beside_others_it_takes_as_long_as_sessions_do_not_report(
    stack: Stack, new_database: NewDatabase
) -> None:
    url, traffic = stack.database_url(new_database()), Traffic()
    connection = await asyncpg.connect(url, server_settings={"application_name": OWN_NAME})

    async def look() -> bool | None:
        async with connection.transaction():
            traffic.count()
            await traffic.look(connection)
        return traffic.is_heavy

    try:
        assert await look() is False, "nobody is there"
        other = await asyncpg.connect(url)
        try:
            began = time.monotonic()
            traffic = Traffic()
            assert await look() is None
            await until(lambda: _is_known(look))
            assert time.monotonic() - began >= 1, "sessions that have not reported yet"
            assert traffic.is_heavy is False, "the other one does nothing"
        finally:
            await other.close()
    finally:
        await connection.close()


async def test_jobs_that_look_at_the_same_moment_do_not_take_each_others_look_for_traffic(
    stack: Stack, new_database: NewDatabase
) -> None:
    url, traffic = stack.database_url(new_database()), Traffic()
    own = {"application_name": OWN_NAME}
    async with asyncpg.create_pool(url, min_size=4, max_size=4, server_settings=own) as pool:

        async def look() -> bool | None:
            async with pool.acquire() as connection, connection.transaction():
                traffic.count()
                await traffic.look(connection)
            return traffic.is_heavy

        for _ in range(3):
            assert not any(await asyncio.gather(*(look() for _ in range(4))))
            await asyncio.sleep(0.3)


async def _is_heavy(look: Callable[[], Awaitable[bool | None]]) -> bool:
    return bool(await look())


async def _is_known(look: Callable[[], Awaitable[bool | None]]) -> bool:
    return await look() is not None


async def _is_not(look: Callable[[], Awaitable[bool | None]]) -> bool:
    return not await look()


async def somebody(workplace: Workplace, number: int) -> str:
    """Find a pupil and let them log in often."""
    institution = int(workplace.controller.key_in_lms or "0")
    person = (
        f"SELECT id FROM person WHERE role = 'student' AND institution_id = {institution}"
        f" ORDER BY id OFFSET {number} LIMIT 1"
    )
    ((key,),) = await workplace.lms_rows(person)
    await workplace.lms_does(
        f"INSERT INTO login_session SELECT gen_random_uuid(), {key}, '192.0.2.1', 'Firefox',"
        f" 'Linux', now(), now() FROM generate_series(1, {VISITS})"
    )
    return str(key)


@pytest.fixture
def stretches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note how many log-ins are deleted at a stretch."""
    monkeypatch.setattr(batches, "_FEW", FEW)
    seen: list[int] = []
    act = SqlBatch.act

    async def act_and_tell(self: SqlBatch, record_type: str, keys: Any, *more: Any) -> Any:
        if record_type == "login_session":
            seen.append(len(keys))
        return await act(self, record_type, keys, *more)

    monkeypatch.setattr(SqlBatch, "act", act_and_tell)
    return seen


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note each pause, all of which are made equally long."""
    monkeypatch.setattr(batches, "_PAUSES", 1_000_000)
    monkeypatch.setattr(batches, "_MOST_PAUSE_SECONDS", PAUSE)
    seen: list[float] = []
    sleep = asyncio.sleep

    async def sleep_and_tell(seconds: float, *more: Any) -> Any:
        if seconds == PAUSE:
            seen.append(seconds)
        return await sleep(seconds, *more)

    monkeypatch.setattr(asyncio, "sleep", sleep_and_tell)
    return seen


async def erased(workplace: Workplace, number: int) -> int:
    """Erase somebody; give how many log-ins were counted."""
    person = await somebody(workplace, number)
    request = await workplace.carry_out(person, Right.ERASURE)
    job = await workplace.job(request)
    assert job["state"] == "completed", (job["attention_reason"], job["attention_detail"])
    counted = await workplace.execute(
        "SELECT sum(record_count) FROM tally WHERE job_id = $1 AND phase = 'done'"
        " AND record_type = 'login_session'",
        request.job_id,
    )
    left = f"SELECT FROM login_session WHERE person_id = {person}"
    assert not await workplace.lms_rows(left)
    return int(counted[0][0])


async def test_an_erasure_changes_few_records_at_a_stretch_while_the_platform_works(
    workplace: Workplace, stretches: list[int]
) -> None:
    assert await erased(workplace, 0) >= VISITS
    assert max(stretches) > 2 * FEW, "nobody else is there"
    stretches.clear()
    async with at_work(workplace.campus.url):
        await asyncio.sleep(2 * _REPORTED_SECONDS)
        done = await erased(workplace, 1)
    assert done >= VISITS
    assert max(stretches) < 2 * FEW
    assert sum(stretches) == done


def seen(monkeypatch: pytest.MonkeyPatch, *, is_heavy: bool | None) -> None:
    """Let whoever looks see this."""

    async def look(self: Traffic, _connection: asyncpg.Connection) -> None:
        self.is_heavy = is_heavy

    monkeypatch.setattr(Traffic, "look", look)


@pytest.mark.parametrize("is_soon_done", [True, False])
async def test_as_long_as_nobody_knows_few_records_are_changed_at_a_stretch_after_the_first(
    workplace: Workplace,
    stretches: list[int],
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_soon_done: bool,
) -> None:
    monkeypatch.setattr(batches, "_FIRST", 2_000 if is_soon_done else 1)
    seen(monkeypatch, is_heavy=None)
    done = await erased(workplace, 0)
    assert sum(stretches) == done
    assert (max(stretches) > 2 * FEW) is is_soon_done


async def test_a_restriction_and_its_lift_leave_the_platform_alone_in_between(
    workplace: Workplace, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await somebody(workplace, 0)
    for is_heavy in (False, True):
        seen(monkeypatch, is_heavy=is_heavy)
        restricted = await workplace.carry_out(
            person, Right.RESTRICTION, ground="accuracy_contested"
        )
        while_restricting = len(pauses)
        (row,) = await workplace.execute("SELECT id FROM restriction WHERE state = 'active'")
        lifted = await workplace.carry_out(
            person, Right.RESTRICTION_LIFT, restriction_id=str(row["id"])
        )
        for request in (restricted, lifted):
            assert (await workplace.job(request))["state"] == "completed"
        assert (while_restricting > 0) is is_heavy
        assert (len(pauses) > while_restricting) is is_heavy, "a lift, too"
