"""What others stand in the way of is begun again, a few times; nothing else is."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.errors import SourceBusy, SourceFailure
from app.engine import contention
from app.engine.contention import undisturbed

_DEADLOCK, _NO_ROOM = "40P01", "53100"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contention, "_PAUSES", (0, 0))


class Tries:
    """Fails so many times.

    Args:
        failures: How many.
        fail: How.
    """

    def __init__(self, failures: int, fail: Callable[[], Awaitable[None]]) -> None:
        self.count = 0
        self._failures = failures
        self._fail = fail

    async def __call__(self) -> None:
        self.count += 1
        if self.count <= self._failures:
            await self._fail()


async def _busy() -> None:
    raise SourceBusy("lms", "a deadlock", transient=True)


def _own(engine: AsyncEngine, state: str) -> Callable[[], Awaitable[None]]:
    async def fail() -> None:
        async with engine.begin() as connection:
            await connection.execute(
                text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$")
            )

    return fail


@pytest.mark.parametrize("failures", [0, 1, 2])
async def test_what_is_free_after_some_tries_is_carried_out(failures: int) -> None:
    tries = Tries(failures, _busy)
    await undisturbed(tries)
    assert tries.count == failures + 1


async def test_what_stays_busy_is_given_up() -> None:
    tries = Tries(9, _busy)
    with pytest.raises(SourceBusy):
        await undisturbed(tries)
    assert tries.count == 3


async def test_a_deadlock_in_habeas_s_own_database_is_one_too(engine: AsyncEngine) -> None:
    tries = Tries(1, _own(engine, _DEADLOCK))
    await undisturbed(tries)
    assert tries.count == 2


async def test_nothing_else_is_begun_again(engine: AsyncEngine) -> None:
    async def refuse() -> None:
        raise SourceFailure("lms", "no", transient=True)

    for fail, kind in ((refuse, SourceFailure), (_own(engine, _NO_ROOM), DBAPIError)):
        tries = Tries(1, fail)
        with pytest.raises(kind):
            await undisturbed(tries)
        assert tries.count == 1
