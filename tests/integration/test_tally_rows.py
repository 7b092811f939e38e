"""Tallies add up; what was planned is counted before anything is done, once."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.ids import JobId
from app.store import tallies
from app.store.controllers import Controller
from app.store.transaction import transaction
from schemas.vocabulary import Outcome, TallyPhase
from tests.fixtures.effect_rows import tally
from tests.fixtures.store import AcceptRequest


@pytest.fixture
async def job_id(controller: Controller, accept_request: AcceptRequest) -> JobId:
    return (await accept_request(controller)).job_id


async def test_what_was_planned_is_stored_once(
    engine: AsyncEngine, controller: Controller, job_id: JobId
) -> None:
    planned = [tally(3), tally(5, outcome=Outcome.DEFERRED, position=1)]
    async with transaction(engine, controller.id) as connection:
        assert await tallies.set_planned(connection, job_id, planned)
        assert not await tallies.set_planned(connection, job_id, [tally(9, position=7)])
        assert await tallies.list_of_job(connection, job_id, TallyPhase.PLANNED) == planned
        assert not await tallies.list_of_job(connection, job_id, TallyPhase.DONE)


async def test_counts_of_one_rule_add_up_within_a_call_and_between_calls(
    engine: AsyncEngine, controller: Controller, job_id: JobId
) -> None:
    async with transaction(engine, controller.id) as connection:
        await tallies.add(connection, job_id, TallyPhase.DONE, [])
        await tallies.add(connection, job_id, TallyPhase.DONE, [tally(1), tally(2)])
        await tallies.add(connection, job_id, TallyPhase.DONE, [tally(4), tally(8, position=1)])
        found = await tallies.list_of_job(connection, job_id, TallyPhase.DONE)
    assert found == [tally(7), tally(8, position=1)]


async def test_what_is_left_is_counted_anew_each_time(
    engine: AsyncEngine, controller: Controller, job_id: JobId
) -> None:
    left = [tally(2, outcome=Outcome.KEPT)]
    async with transaction(engine, controller.id) as connection:
        await tallies.add(connection, job_id, TallyPhase.DONE, [tally(1)])
        await tallies.replace(connection, job_id, TallyPhase.LEFT, [tally(9), *left])
        await tallies.replace(connection, job_id, TallyPhase.LEFT, left)
        assert await tallies.list_of_job(connection, job_id, TallyPhase.LEFT) == left
        assert await tallies.list_of_job(connection, job_id, TallyPhase.DONE) == [tally(1)]
