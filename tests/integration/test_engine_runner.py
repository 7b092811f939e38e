"""What becomes of a job that a worker has begun: done, left, given back, tried again, stopped."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from app.domain.subject_requests import NewSubjectRequest
from app.engine.runner import Runner
from tests.fixtures.patience import PATIENCE_SECONDS, until
from tests.fixtures.workplace import Workplace

LONG = {"lease_seconds": 60.0, "heartbeat_seconds": 30.0}
"""Heartbeats so rare that only the fence can tell a worker that its job is another's."""


@pytest.fixture(autouse=True)
async def _only_this_tests_jobs(workplace: Workplace) -> None:
    workplace.rings.clear()
    await workplace.execute("DELETE FROM wakeable_job")
    await workplace.execute("UPDATE job SET state = 'completed', owner_pid = NULL")


@pytest.fixture
def subject(workplace: Workplace) -> str:
    return str(workplace.campus.facts.namesakes[0].id)


async def ended(workplace: Workplace, request: NewSubjectRequest, state: str) -> asyncpg.Record:
    """Wait until a job is in a state; give it."""

    async def look() -> bool:
        return bool((await workplace.job(request))["state"] == state)

    await until(look)
    return await workplace.job(request)


async def begun(workplace: Workplace, runner: Runner, request: NewSubjectRequest) -> None:
    await runner.look_at(workplace.controller.id, request.job_id)
    await ended(workplace, request, "running")


@asynccontextmanager
async def another_hand(workplace: Workplace, request: NewSubjectRequest) -> AsyncIterator[None]:
    """Give a job that runs to somebody else while it cannot notice, then let it go on."""
    async with workplace.held_up():
        yield
        await workplace.execute("UPDATE job SET fence = fence + 1 WHERE id = $1", request.job_id)


async def test_a_job_is_done_and_the_next_of_its_subject_is_rung_for(
    workplace: Workplace, subject: str
) -> None:
    first, second = await workplace.accept(subject), await workplace.accept(subject)
    async with workplace.working() as runner:
        await runner.look_at(workplace.controller.id, first.job_id)
        await ended(workplace, first, "completed")
        await until(lambda: _is(workplace.rings == [second.job_id]))
        assert (await workplace.job(second))["state"] == "queued"


async def _is(so: bool) -> bool:  # noqa: FBT001 - the answer itself
    return so


async def test_a_worker_takes_no_more_jobs_than_it_has_places_and_says_when_one_is_free(
    workplace: Workplace, subject: str
) -> None:
    other = str(workplace.campus.facts.namesakes[1].id)
    first, second = await workplace.accept(subject), await workplace.accept(other)
    async with workplace.working(worker_jobs=1) as runner:
        async with workplace.held_up():
            await begun(workplace, runner, first)
            runner.has_room.clear()
            await runner.look_around()
            await runner.look_at(workplace.controller.id, first.job_id)
            assert (await workplace.job(second))["state"] == "queued"
            assert not runner.has_room.is_set()
        await asyncio.wait_for(runner.has_room.wait(), PATIENCE_SECONDS)
        assert (await workplace.job(first))["attempts"] == 1
        await runner.look_around()
        await ended(workplace, second, "completed")


async def test_a_job_in_good_hands_is_left_there(workplace: Workplace, subject: str) -> None:
    request = await workplace.accept(subject)
    async with workplace.working() as runner, workplace.working() as other:
        async with workplace.held_up():
            await begun(workplace, runner, request)
            other.has_room.clear()
            await other.look_at(workplace.controller.id, request.job_id)
            await asyncio.wait_for(other.has_room.wait(), PATIENCE_SECONDS)
            assert (await workplace.job(request))["fence"] == 1
        await ended(workplace, request, "completed")


async def test_a_worker_that_stops_gives_back_what_is_its_own_and_rings(
    workplace: Workplace, subject: str
) -> None:
    request = await workplace.accept(subject)
    async with workplace.held_up(), workplace.working() as runner:
        await begun(workplace, runner, request)
        await runner.stop()
        job = await workplace.job(request)
        assert (job["state"], job["attempts"]) == ("queued", 0)
        assert workplace.rings == [request.job_id]
        await runner.look_at(workplace.controller.id, request.job_id)
        assert not await workplace.is_running(request)


async def test_a_worker_that_stops_gives_back_nothing_that_is_anothers(
    workplace: Workplace, subject: str
) -> None:
    request = await workplace.accept(subject)
    async with workplace.working(**LONG) as runner, another_hand(workplace, request):
        await begun(workplace, runner, request)
        await workplace.execute("UPDATE job SET fence = fence + 1 WHERE id = $1", request.job_id)
        await runner.stop()
        assert await workplace.is_running(request)
        assert workplace.rings == []


async def test_a_whole_bundle_of_a_lost_job_is_not_made_known_and_does_not_stay(
    workplace: Workplace, subject: str
) -> None:
    before = sorted(workplace.bundles.iterdir())
    request = await workplace.accept(subject)
    async with workplace.working(**LONG) as runner:
        async with another_hand(workplace, request):
            await begun(workplace, runner, request)
            runner.has_room.clear()
        await asyncio.wait_for(runner.has_room.wait(), PATIENCE_SECONDS)
    assert await workplace.is_running(request)
    assert sorted(workplace.bundles.iterdir()) == before
    found = await workplace.execute("SELECT FROM bundle WHERE subject_request_id = $1", request.id)
    assert found == []


async def test_trouble_of_a_lost_job_is_not_its_new_owners(
    workplace: Workplace, subject: str
) -> None:
    request = await workplace.accept(subject)
    async with workplace.working(max_bundle_bytes=1, **LONG) as runner:
        async with another_hand(workplace, request):
            await begun(workplace, runner, request)
            runner.has_room.clear()
        await asyncio.wait_for(runner.has_room.wait(), PATIENCE_SECONDS)
    job = await workplace.job(request)
    assert (job["state"], job["attention_reason"]) == ("running", None)


async def test_trouble_stops_one_job_and_the_next_of_its_subject_is_rung_for(
    workplace: Workplace, subject: str
) -> None:
    first, second = await workplace.accept(subject), await workplace.accept(subject)
    async with workplace.working(max_bundle_bytes=1) as runner:
        await runner.look_at(workplace.controller.id, first.job_id)
        job = await ended(workplace, first, "needs_attention")
        assert job["attention_reason"] == "bundle_too_large"
        await until(lambda: _is(workplace.rings == [second.job_id]))


async def test_a_source_that_breaks_off_is_tried_again_later_by_whoever_owns_the_job(
    workplace: Workplace, subject: str
) -> None:
    ours, lost = await workplace.accept(subject), await workplace.accept("1000000")
    await workplace.execute("UPDATE job SET owner_pid = NULL WHERE id = $1", lost.job_id)
    async with workplace.working(retry_seconds=30.0, **LONG) as runner:
        async with workplace.held_up():
            await begun(workplace, runner, ours)
            runner.has_room.clear()
            await _cut_sessions(workplace)
            await asyncio.wait_for(runner.has_room.wait(), PATIENCE_SECONDS)
        job = await workplace.job(ours)
        assert (job["state"], job["attempts"]) == ("queued", 1)
        (row,) = await workplace.execute("SELECT state FROM subject_request WHERE id = $1", ours.id)
        assert row["state"] == "accepted"


async def test_a_broken_off_source_of_a_lost_job_changes_nothing(
    workplace: Workplace, subject: str
) -> None:
    request = await workplace.accept(subject)
    async with workplace.working(**LONG) as runner, workplace.held_up():
        await begun(workplace, runner, request)
        await workplace.execute("UPDATE job SET fence = fence + 1 WHERE id = $1", request.job_id)
        runner.has_room.clear()
        await _cut_sessions(workplace)
        await asyncio.wait_for(runner.has_room.wait(), PATIENCE_SECONDS)
        assert await workplace.is_running(request)
        (row,) = await workplace.execute(
            "SELECT state FROM subject_request WHERE id = $1", request.id
        )
        assert row["state"] == "running"


async def _cut_sessions(workplace: Workplace) -> None:
    """End the sessions that wait for the LMS's lock."""
    connection = await asyncpg.connect(workplace.campus.url)

    async def is_cut() -> bool:
        return bool(
            await connection.fetchval(
                "SELECT bool_or(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name LIKE 'habeas%'"
                " AND wait_event_type = 'Lock'"
            )
        )

    await until(is_cut)
    await connection.close()


async def test_a_request_that_is_over_is_not_carried_out_again(
    workplace: Workplace, subject: str
) -> None:
    request = await workplace.accept(subject)
    await workplace.execute(
        "UPDATE subject_request SET completed_at = now(), state = 'completed' WHERE id = $1",
        request.id,
    )
    async with workplace.working() as runner:
        runner.has_room.clear()
        await runner.look_at(workplace.controller.id, request.job_id)
        await asyncio.wait_for(runner.has_room.wait(), PATIENCE_SECONDS)
    found = await workplace.execute("SELECT FROM bundle WHERE subject_request_id = $1", request.id)
    assert found == []


async def test_what_cannot_be_so_waits_for_a_person_at_once(
    workplace: Workplace, subject: str
) -> None:
    request = await workplace.accept(subject)
    connection = await asyncpg.connect(workplace.superuser_url)
    await connection.execute("SET session_replication_role = replica")  # no foreign keys
    await connection.execute(
        "UPDATE subject_request SET data_map_version_id = gen_random_uuid() WHERE id = $1",
        request.id,
    )
    await connection.close()
    async with workplace.working() as runner:
        await runner.look_at(workplace.controller.id, request.job_id)
        job = await ended(workplace, request, "needs_attention")
    assert (job["attention_reason"], job["attempts"]) == ("integrity", 1)


async def test_an_attempt_that_ends_in_an_unknown_error_keeps_its_lease_and_is_logged(
    workplace: Workplace, subject: str, caplog: pytest.LogCaptureFixture
) -> None:
    request = await workplace.accept(subject)
    hidden = workplace.bundles.with_name("elsewhere")
    shutil.move(workplace.bundles, hidden)
    try:
        async with workplace.working() as runner:
            runner.has_room.clear()
            await runner.look_at(workplace.controller.id, request.job_id)
            await asyncio.wait_for(runner.has_room.wait(), PATIENCE_SECONDS)
            assert await workplace.is_running(request)
    finally:
        shutil.move(hidden, workplace.bundles)
    assert "job.crashed" in caplog.text
