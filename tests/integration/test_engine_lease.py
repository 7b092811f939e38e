"""A lease is renewed while the work runs, and the work ends where it is lost."""

import asyncio
import time
from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.domain.errors import ExecutionStopped
from app.domain.steps import Step
from app.engine.lease import held
from app.engine.owner import owner_session
from app.store import jobs
from app.store.jobs import ClaimedJob
from app.store.roles import Role
from app.store.transaction import transaction
from tests.fixtures.patience import PATIENCE_SECONDS, until
from tests.fixtures.workplace import Workplace

LEASE = {"lease_seconds": 600.0, "heartbeat_seconds": 0.1}
"""A lease that does not run out before patience does."""

SHORT = {"lease_seconds": 1.0, "heartbeat_seconds": 0.1}


@pytest.fixture
async def job(workplace: Workplace) -> AsyncIterator[ClaimedJob]:
    request = await workplace.accept("4711")
    async with owner_session(workplace.url) as (owner, _):
        async with transaction(workplace.context.database, workplace.controller.id) as connection:
            claimed = await jobs.claim(connection, request.job_id, owner, LEASE["lease_seconds"])
        assert claimed is not None
        yield claimed
    await workplace.execute("DELETE FROM wakeable_job WHERE job_id = $1", request.job_id)
    await workplace.execute("UPDATE job SET state = 'completed' WHERE id = $1", request.job_id)


async def test_a_lease_is_renewed_for_as_long_as_the_work_runs_and_progress_is_told(
    workplace: Workplace, job: ClaimedJob
) -> None:
    async with held(workplace.with_settings(**LEASE), job) as progress:
        progress.plan([Step("uploads", "Uploads")])
        first = await _lease_until(workplace, job)

        async def is_held_longer() -> bool:
            return await _lease_until(workplace, job) > first + 1

        await until(is_held_longer)
        (step,) = await workplace.execute("SELECT name FROM step WHERE job_id = $1", job.id)
        assert step["name"] == "uploads"


async def test_work_ends_when_the_job_is_in_other_hands(
    workplace: Workplace, job: ClaimedJob
) -> None:
    await workplace.execute("UPDATE job SET fence = fence + 1 WHERE id = $1", job.id)
    with pytest.raises(ExecutionStopped):
        async with held(workplace.with_settings(**LEASE), job):
            await asyncio.wait_for(asyncio.Event().wait(), PATIENCE_SECONDS)


async def test_work_ends_with_its_lease_where_the_database_gives_no_answer(
    workplace: Workplace, job: ClaimedJob
) -> None:
    connection = await asyncpg.connect(workplace.superuser_url)
    started = time.monotonic()
    try:
        async with connection.transaction():
            await connection.execute("SELECT FROM job WHERE id = $1 FOR UPDATE", job.id)
            with pytest.raises(ExecutionStopped):
                async with held(workplace.with_settings(**SHORT), job):
                    await asyncio.sleep(2 * PATIENCE_SECONDS)
    finally:
        await connection.close()
    assert time.monotonic() - started > SHORT["lease_seconds"] * 0.9


async def test_work_goes_on_where_the_database_is_away_for_less_than_the_lease(
    workplace: Workplace, job: ClaimedJob
) -> None:
    name = workplace.database_name
    admin = await asyncpg.connect(workplace.superuser_url.replace(f"/{name}?", "/postgres?"))
    try:
        async with held(workplace.with_settings(**LEASE), job):
            await admin.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = $1 AND application_name = 'habeas' AND usename = $2",
                name,
                Role.WORKER,
            )
            await asyncio.sleep(0.5)
            await admin.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
            before = await _lease_until(workplace, job)

            async def is_renewed() -> bool:
                return await _lease_until(workplace, job) > before

            await until(is_renewed)
    finally:
        await admin.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
        await admin.close()


async def _lease_until(workplace: Workplace, job: ClaimedJob) -> float:
    (row,) = await workplace.execute(
        "SELECT extract(epoch FROM lease_until)::float AS moment FROM job WHERE id = $1", job.id
    )
    return float(row["moment"])


async def test_a_time_out_of_the_work_itself_is_not_taken_for_a_lost_lease(
    workplace: Workplace, job: ClaimedJob
) -> None:
    with pytest.raises(TimeoutError):
        async with held(workplace.with_settings(**LEASE), job):
            raise TimeoutError
