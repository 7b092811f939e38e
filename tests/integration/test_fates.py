"""What became of a transaction on the LMS, asked by somebody else."""

import asyncio
import os
import signal
from contextlib import suppress

import asyncpg
import pytest

from app.embedded.stack import Stack
from app.sources.hands import Fate, SourceTransaction
from app.sources.sql.effects import fates
from app.sources.sql.effects.fates import became_of
from tests.fixtures.stack import NewDatabase

NAMED = """
    SELECT pg_current_xact_id()::text, pg_backend_pid(), session.backend_start
    FROM pg_stat_get_activity(pg_backend_pid()) AS session
"""

_ENDED = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the driver is at reading that the session has ended
    OSError,
)


@pytest.fixture(scope="module")
def url(stack: Stack, new_database: NewDatabase) -> str:
    return stack.database_url(new_database())


async def fate_of(url: str, end: str) -> Fate:
    """Open the newest transaction of the server, end it so, and ask."""
    asking, acting = await asyncpg.connect(url), await asyncpg.connect(url)
    try:
        await acting.execute("BEGIN")
        named = SourceTransaction(*await acting.fetchrow(NAMED))
        if end:
            await acting.execute(end)
        async with asyncio.timeout(5.0):  # less than it looks again for
            return await became_of(asking, named)
    finally:
        acting.terminate()
        await asking.close()


async def test_a_transaction_that_is_open_is_ended_with_its_session_and_has_not_happened(
    url: str,
) -> None:
    assert await fate_of(url, "") is Fate.ABORTED


async def test_a_transaction_that_was_committed_has_happened(url: str) -> None:
    assert await fate_of(url, "COMMIT") is Fate.COMMITTED


async def test_a_transaction_that_was_rolled_back_has_not_happened(url: str) -> None:
    assert await fate_of(url, "ROLLBACK") is Fate.ABORTED


async def test_a_transaction_that_the_server_lost_in_its_crash_has_not_happened(url: str) -> None:
    asking = await asyncpg.connect(url)
    try:
        row = await asking.fetchrow(NAMED)
        lost = SourceTransaction(str(int(row[0]) + 1_000_000), row[1], row[2])
        assert await became_of(asking, lost) is Fate.ABORTED
    finally:
        await asking.close()


async def test_an_open_transaction_is_really_gone_after(url: str) -> None:
    asking, acting = await asyncpg.connect(url), await asyncpg.connect(url)
    await acting.execute("CREATE TABLE IF NOT EXISTS noted (n int)")
    await acting.execute("BEGIN")
    await acting.execute("INSERT INTO noted VALUES (1)")
    named = SourceTransaction(*await acting.fetchrow(NAMED))
    assert await became_of(asking, named) is Fate.ABORTED
    with pytest.raises(_ENDED):
        await acting.execute("COMMIT")
    assert await asking.fetchval("SELECT count(*) FROM noted") == 0
    acting.terminate()
    await asking.close()


async def test_a_session_whose_transaction_is_over_may_be_at_another_job_and_is_left_alone(
    url: str,
) -> None:
    asking, acting = await asyncpg.connect(url), await asyncpg.connect(url)
    await acting.execute("BEGIN")
    named = SourceTransaction(*await acting.fetchrow(NAMED))
    await acting.execute("COMMIT; BEGIN")
    assert await became_of(asking, named) is Fate.COMMITTED
    await acting.execute("COMMIT")
    await acting.close()
    await asking.close()


async def test_what_the_server_remembers_no_more_is_unknown(url: str) -> None:
    asking = await asyncpg.connect(url)
    try:
        row = await asking.fetchrow(NAMED)
        assert await became_of(asking, SourceTransaction("3", row[1], row[2])) is Fate.UNKNOWN
    finally:
        await asking.close()


async def test_a_session_that_takes_a_while_to_end_is_waited_for(url: str) -> None:
    asking, acting = await asyncpg.connect(url), await asyncpg.connect(url)
    await acting.execute("BEGIN")
    named = SourceTransaction(*await acting.fetchrow(NAMED))
    os.kill(named.backend_pid, signal.SIGSTOP)
    asyncio.get_running_loop().call_later(2.0, os.kill, named.backend_pid, signal.SIGCONT)
    try:
        assert await became_of(asking, named) is Fate.ABORTED
    finally:
        with suppress(ProcessLookupError):  # it has ended, as it should
            os.kill(named.backend_pid, signal.SIGCONT)
        acting.terminate()
        await asking.close()


async def test_an_open_transaction_whose_session_does_not_end_is_unknown(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fates, "_LOOKS", 3)
    asking, acting = await asyncpg.connect(url), await asyncpg.connect(url)
    await acting.execute("BEGIN")
    named = SourceTransaction(*await acting.fetchrow(NAMED))
    os.kill(named.backend_pid, signal.SIGSTOP)
    try:
        assert await became_of(asking, named) is Fate.UNKNOWN
    finally:
        os.kill(named.backend_pid, signal.SIGCONT)
        acting.terminate()
        await asking.close()
