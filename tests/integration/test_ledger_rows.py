"""The erasure ledger knows who was erased, and when last, by digests only."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from app.store import ledger
from app.store.controllers import Controller
from app.store.transaction import transaction
from tests.fixtures.effect_rows import digest
from tests.fixtures.store import AcceptRequest


async def test_who_was_erased_is_found_again_by_digest_and_since_when(
    engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest
) -> None:
    version_id = (await accept_request(controller)).data_map_version_id
    async with transaction(engine, controller.id) as connection:
        first = await ledger.add(connection, controller.id, digest(1), version_id)
        second = await ledger.add(connection, controller.id, digest(2), version_id)
        assert await ledger.has(connection, digest(1))
        assert not await ledger.has(connection, digest(3))
        assert await ledger.find(connection, [digest(3), digest(2)]) == {digest(2)}
        asked = [digest(number) for number in (1, 2, 3)]
        both = {digest(1): first, digest(2): second}
        assert await ledger.erased_since(connection, asked, first) == both
        later = first + timedelta(microseconds=1)
        assert await ledger.erased_since(connection, asked, later) == {digest(2): second}


async def test_a_subject_that_was_erased_again_counts_from_the_last_time(
    engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest
) -> None:
    version_id = (await accept_request(controller)).data_map_version_id
    async with transaction(engine, controller.id) as connection:
        first = await ledger.add(connection, controller.id, digest(1), version_id)
        second = await ledger.add(connection, controller.id, digest(1), version_id)
        assert second > first
        found = await ledger.erased_since(connection, [digest(1)], first)
    assert found == {digest(1): second}


async def test_whose_row_went_later_counts_from_then_on_and_who_was_not_erased_does_not_count(
    engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest
) -> None:
    version_id = (await accept_request(controller)).data_map_version_id
    both = [digest(1), digest(2)]
    async with transaction(engine, controller.id) as connection:
        first = await ledger.add(connection, controller.id, digest(1), version_id)
        await ledger.renew(connection, [])
        assert await ledger.erased_since(connection, both, first) == {digest(1): first}
        await ledger.renew(connection, both)
        found = await ledger.erased_since(connection, both, first + timedelta(microseconds=1))
    assert set(found) == {digest(1)}


async def test_another_controllers_ledger_says_nothing(
    engine: AsyncEngine,
    controller: Controller,
    other_controller: Controller,
    accept_request: AcceptRequest,
) -> None:
    version_id = (await accept_request(controller)).data_map_version_id
    async with transaction(engine, controller.id) as connection:
        await ledger.add(connection, controller.id, digest(1), version_id)
    async with transaction(engine, other_controller.id) as connection:
        assert not await ledger.has(connection, digest(1))
