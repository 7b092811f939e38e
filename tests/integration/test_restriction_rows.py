"""A restriction has the key of its vault while it is active, and not a moment longer."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.ids import RestrictionId, new_id
from app.domain.subject_requests import NewSubjectRequest
from app.keyring import WrappedKey
from app.store import restrictions
from app.store.controllers import Controller
from app.store.restrictions import Filter, NewRestriction
from app.store.transaction import transaction
from schemas.vocabulary import RestrictionGround, RestrictionState
from tests.fixtures.effect_rows import new_restriction
from tests.fixtures.store import AcceptRequest


@pytest.fixture
async def request_(controller: Controller, accept_request: AcceptRequest) -> NewSubjectRequest:
    return await accept_request(controller)


async def test_an_active_restriction_is_read_as_it_was_stored(
    engine: AsyncEngine, controller: Controller, request_: NewSubjectRequest
) -> None:
    stored = new_restriction(request_)
    async with transaction(engine, controller.id) as connection:
        await restrictions.insert(connection, controller.id, stored)
        found = await restrictions.get(connection, stored.id)
        assert await restrictions.get_of_request(connection, request_.id) == found
        assert await restrictions.active_of_subject(connection, request_.subject_digest) == [found]
    assert found is not None
    for name in NewRestriction.__dataclass_fields__:
        assert getattr(found, name) == getattr(stored, name), name
    assert (found.state, found.ended_at) == (RestrictionState.ACTIVE, None)


async def test_a_restriction_ends_once_and_its_key_with_it(
    engine: AsyncEngine, controller: Controller, request_: NewSubjectRequest
) -> None:
    stored = new_restriction(request_)
    async with transaction(engine, controller.id) as connection:
        await restrictions.insert(connection, controller.id, stored)
        assert await restrictions.end(connection, stored.id, RestrictionState.LIFTED)
        assert not await restrictions.end(connection, stored.id, RestrictionState.CANCELLED)
        found = await restrictions.get(connection, stored.id)
        assert not await restrictions.active_of_subject(connection, request_.subject_digest)
        assert not await restrictions.list_under_other_keys(connection, "k2", 10)
    assert found is not None
    assert found.ended_at is not None
    assert (found.state, found.wrapped_key) == (RestrictionState.LIFTED, None)


async def test_a_subject_is_under_several_but_a_request_begins_one(
    engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest
) -> None:
    requests = [await accept_request(controller) for _ in range(2)]
    stored = [new_restriction(request) for request in requests]
    async with transaction(engine, controller.id) as connection:
        for restriction in stored:
            await restrictions.insert(connection, controller.id, restriction)
        active = await restrictions.active_of_subject(connection, requests[0].subject_digest)
    assert [restriction.id for restriction in active] == [restriction.id for restriction in stored]
    with pytest.raises(IntegrityError, match="uq_restriction_active_request"):
        async with transaction(engine, controller.id) as connection:
            await restrictions.insert(connection, controller.id, new_restriction(requests[0]))


async def test_the_list_is_narrowed_by_state_and_ground_and_goes_page_by_page(
    engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest
) -> None:
    grounds = [RestrictionGround.NORMAL_FLOW] * 4 + [RestrictionGround.NEEDED_FOR_CLAIMS]
    stored = [
        new_restriction(await accept_request(controller, each), ground=each) for each in grounds
    ]
    async with transaction(engine, controller.id) as connection:
        for restriction in stored:
            await restrictions.insert(connection, controller.id, restriction)
        await restrictions.end(connection, stored[0].id, RestrictionState.LIFTED)
        ground = RestrictionGround.NORMAL_FLOW
        trash = Filter(RestrictionState.ACTIVE, ground, limit=2)
        first = await restrictions.list_page(connection, trash)
        rest = await restrictions.list_page(connection, replace(trash, after=first[-1].id))
        aged = await restrictions.list_aged(connection, first[0].created_at, 2)
        oldest = await restrictions.list_aged(connection, first[0].created_at, 1)
    assert [each.id for each in first] == [stored[3].id, stored[2].id]
    assert [each.id for each in rest] == [stored[1].id]
    assert aged == [stored[1].id, stored[2].id]
    assert oldest == [stored[1].id]


async def test_a_vault_key_is_put_in_place_of_the_one_it_was_made_from_only(
    engine: AsyncEngine, controller: Controller, request_: NewSubjectRequest
) -> None:
    stored, new_key = new_restriction(request_), WrappedKey("k2", b"n" * 40)
    former = stored.wrapped_key
    async with transaction(engine, controller.id) as connection:
        await restrictions.insert(connection, controller.id, stored)
        listed = await restrictions.list_under_other_keys(connection, "k2", 10)
        assert listed == [(stored.id, former)]
        assert await restrictions.rewrap(connection, stored.id, former, new_key)
        assert not await restrictions.rewrap(connection, stored.id, former, former)
        found = await restrictions.get(connection, stored.id)
    assert found is not None
    assert found.wrapped_key == new_key


async def test_another_controllers_restriction_is_not_there(
    engine: AsyncEngine,
    controller: Controller,
    other_controller: Controller,
    request_: NewSubjectRequest,
) -> None:
    stored = new_restriction(request_)
    async with transaction(engine, controller.id) as connection:
        await restrictions.insert(connection, controller.id, stored)
    async with transaction(engine, other_controller.id) as connection:
        for restriction_id in (stored.id, RestrictionId(new_id())):
            assert await restrictions.get(connection, restriction_id) is None
            assert not await restrictions.end(connection, restriction_id, RestrictionState.LIFTED)
        assert not await restrictions.list_page(connection, Filter())
