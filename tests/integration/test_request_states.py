"""A subject request may wait until the subject is informed, and may be cancelled until it is over."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.ids import JobId, SubjectRequestId, new_id
from app.domain.subject_requests import NewSubjectRequest
from app.store import jobs, subject_requests
from app.store.controllers import Controller
from app.store.transaction import transaction
from schemas.vocabulary import RequestState, Right
from tests.fixtures.effect_rows import BACKEND
from tests.fixtures.store import AcceptRequest

Lift = Callable[[], Awaitable[NewSubjectRequest]]


@pytest.fixture
def new_lift(engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest) -> Lift:
    """Accept a lift that waits until its subject is informed."""

    async def accept() -> NewSubjectRequest:
        lift = replace(
            await accept_request(controller),
            id=SubjectRequestId(new_id()),
            right=Right.RESTRICTION_LIFT,
            options={"restriction_id": "r"},
        )
        async with transaction(engine, controller.id) as connection:
            await subject_requests.insert(
                connection, controller.id, lift, RequestState.AWAITING_INFORMATION
            )
        return lift

    return accept


async def test_a_request_that_awaits_information_has_no_job_until_it_is_begun(
    engine: AsyncEngine, controller: Controller, new_lift: Lift
) -> None:
    lift, job_id = await new_lift(), JobId(new_id())
    informed = {"informed": True}
    async with transaction(engine, controller.id) as connection:
        waiting = await subject_requests.get(connection, lift.id)
        assert await jobs.get_of_request(connection, lift.id) is None
        assert await subject_requests.begin(connection, lift.id, job_id, informed)
        assert not await subject_requests.begin(connection, lift.id, JobId(new_id()), {})
        begun = await subject_requests.get(connection, lift.id)
        job = await jobs.get_of_request(connection, lift.id)
    assert waiting is not None
    assert begun is not None
    assert job is not None
    assert waiting.state is RequestState.AWAITING_INFORMATION
    assert (begun.state, begun.options) == (
        RequestState.ACCEPTED,
        {"restriction_id": "r", "informed": True},
    )
    assert job.id == job_id
    async with transaction(engine, None) as connection:
        assert (controller.id, job_id) in await jobs.wakeable(connection, 1_000)


async def test_a_cancelled_request_is_over(
    engine: AsyncEngine, controller: Controller, new_lift: Lift
) -> None:
    lift = await new_lift()
    async with transaction(engine, controller.id) as connection:
        assert await subject_requests.cancel(connection, lift.id) is not None
        assert await subject_requests.cancel(connection, lift.id) is None
        assert not await subject_requests.begin(connection, lift.id, JobId(new_id()), {})
        await subject_requests.start(connection, lift.id)
        await subject_requests.requeue(connection, lift.id)
        found = await subject_requests.get(connection, lift.id)
    assert found is not None
    assert found.state is RequestState.CANCELLED
    assert found.completed_at is not None


async def test_a_completed_request_is_not_cancelled(
    engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest
) -> None:
    request = await accept_request(controller)
    async with transaction(engine, controller.id) as connection:
        assert await jobs.claim(connection, request.job_id, BACKEND, 30) is not None
        await subject_requests.add_options(connection, request.id, {"is_cancelled": True})
        await subject_requests.complete(connection, request.id, None)
        assert await subject_requests.cancel(connection, request.id) is None
        found = await subject_requests.get(connection, request.id)
    assert found is not None
    assert (found.state, found.options) == (RequestState.COMPLETED, {"is_cancelled": True})
