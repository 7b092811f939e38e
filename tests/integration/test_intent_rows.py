"""An intent is stored by the job's owner only, and counts once."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.subject_requests import NewSubjectRequest
from app.store import intents, jobs, tallies
from app.store.controllers import Controller
from app.store.intents import NewIntent
from app.store.jobs import ClaimedJob
from app.store.transaction import transaction
from schemas.vocabulary import IntentState, Outcome, TallyPhase
from tests.fixtures.effect_rows import BACKEND, claimed, new_intent, tally
from tests.fixtures.store import AcceptRequest


@pytest.fixture
async def request_(controller: Controller, accept_request: AcceptRequest) -> NewSubjectRequest:
    return await accept_request(controller)


@pytest.fixture
async def job(
    engine: AsyncEngine, controller: Controller, request_: NewSubjectRequest
) -> ClaimedJob:
    return await claimed(engine, controller, request_)


async def test_an_open_intent_is_read_as_it_was_stored(
    engine: AsyncEngine, controller: Controller, job: ClaimedJob
) -> None:
    stored = new_intent(1, tally(3), tally(2, outcome=Outcome.KEPT))
    async with transaction(engine, controller.id) as connection:
        assert not await intents.exists_for_job(connection, job.id)
        assert await intents.next_number(connection, job.id) == 1
        assert await intents.add(connection, job, stored)
        (found,) = await intents.list_open(connection, job.id)
        assert await intents.next_number(connection, job.id) == 2
        assert await intents.exists_for_job(connection, job.id)
        assert not await tallies.list_of_job(connection, job.id, TallyPhase.DONE)
    for name in NewIntent.__dataclass_fields__:
        assert getattr(found, name) == getattr(stored, name), name
    assert (found.job_id, found.state) == (job.id, IntentState.OPEN)


async def test_whoever_lost_the_job_stores_no_intent(
    engine: AsyncEngine, controller: Controller, job: ClaimedJob
) -> None:
    async with transaction(engine, controller.id) as connection:
        successor = await jobs.claim(connection, job.id, BACKEND, 30)
        assert successor is not None
        assert not await intents.add(connection, job, new_intent(1))
        assert await intents.add(connection, successor, new_intent(1))
        await jobs.complete(connection, job.id, successor.fence)
        assert not await intents.add(connection, successor, new_intent(2))


async def test_an_intent_that_is_settled_twice_counts_once(
    engine: AsyncEngine, controller: Controller, job: ClaimedJob
) -> None:
    stored = [
        new_intent(1, tally(3), tally(4, position=1), tally(1)),
        new_intent(2, tally(10)),
    ]
    async with transaction(engine, controller.id) as connection:
        for intent in stored:
            await intents.add(connection, job, intent)
            assert await intents.settle(connection, intent.id)
            assert not await intents.settle(connection, intent.id)
            assert not await intents.forget(connection, intent.id)
        counted = await tallies.list_of_job(connection, job.id, TallyPhase.DONE)
        assert not await intents.list_open(connection, job.id)
    assert counted == [tally(14), tally(4, position=1)]


async def test_a_forgotten_intent_counts_nothing(
    engine: AsyncEngine, controller: Controller, job: ClaimedJob
) -> None:
    stored = new_intent(1, tally(3))
    async with transaction(engine, controller.id) as connection:
        await intents.add(connection, job, stored)
        assert await intents.forget(connection, stored.id)
        assert not await intents.settle(connection, stored.id)
        assert not await tallies.list_of_job(connection, job.id, TallyPhase.DONE)
        assert not await intents.exists_for_job(connection, job.id)


async def test_settled_intents_are_read_in_order_and_their_tallies_outlive_them(
    engine: AsyncEngine, controller: Controller, job: ClaimedJob
) -> None:
    stored = [new_intent(number, tally(1)) for number in (1, 2, 3, 4)]
    async with transaction(engine, controller.id) as connection:
        for intent in stored:
            await intents.add(connection, job, intent)
        for intent in stored[:3]:
            await intents.settle(connection, intent.id)
        first = await intents.list_settled(connection, job.id, 0, 2)
        rest = await intents.list_settled(connection, job.id, first[-1].number, 2)
        assert await intents.delete_of_job(connection, job.id) == 4
        counted = await tallies.list_of_job(connection, job.id, TallyPhase.DONE)
    assert [intent.number for intent in first + rest] == [1, 2, 3]
    assert {intent.state for intent in first + rest} == {IntentState.SETTLED}
    assert counted == [tally(3)]
