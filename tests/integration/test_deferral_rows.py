"""A deferral is a container and a rule, stored once, whoever's records lie in it."""

from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.ids import DataMapVersionId, DeferralId
from app.store import deferrals, kept
from app.store.controllers import Controller
from app.store.deferrals import Deferral, NewDeferral, Reading
from app.store.transaction import transaction
from tests.fixtures.effect_rows import new_deferral
from tests.fixtures.store import AcceptRequest


@pytest.fixture
async def version_id(controller: Controller, accept_request: AcceptRequest) -> DataMapVersionId:
    return (await accept_request(controller)).data_map_version_id


async def test_a_container_is_stored_once_a_rule(
    engine: AsyncEngine, controller: Controller, version_id: DataMapVersionId
) -> None:
    async with transaction(engine, controller.id) as connection:
        assert not await deferrals.exists(connection)
        await deferrals.add_many(connection, controller.id, [])
        assert not await deferrals.exists(connection)
        first = [new_deferral(version_id, 1), new_deferral(version_id, 2)]
        await deferrals.add_many(connection, controller.id, [*first, *first])
        before = await kept.list_page(connection, None, 10)
        again = [new_deferral(version_id, 2), new_deferral(version_id, 2, record_type="post")]
        await deferrals.add_many(connection, controller.id, again)
        after = await kept.list_page(connection, None, 10)
        assert (len(before), len(after), after[1:]) == (2, 3, before)
        assert await deferrals.exists(connection)
        rules = await deferrals.list_rules(connection)
    assert [rule.record_type for rule in rules] == ["message", "post"]


async def test_deferrals_of_a_rule_are_read_in_chunks_and_deleted_when_released(
    engine: AsyncEngine, controller: Controller, version_id: DataMapVersionId
) -> None:
    stored = [new_deferral(version_id, number) for number in range(5)]
    seen: list[Deferral] = []
    async with transaction(engine, controller.id) as connection:
        await deferrals.add_many(connection, controller.id, stored)
        (rule,) = await deferrals.list_rules(connection)
        while chunk := await deferrals.read_chunk(
            connection, rule, seen[-1].id if seen else None, 2
        ):
            assert len(chunk) <= 2
            seen += chunk
        readings = [deferral.reading for deferral in seen]
        gone = await deferrals.delete(connection, readings[:4])
        assert {each.reading for each in gone} == {*readings[:4]}
        assert await deferrals.delete(connection, readings) == [seen[4]]
        assert await deferrals.delete(connection, []) == []
        assert not await deferrals.exists(connection)
    read = [NewDeferral(each.rule, each.container_digest, each.sealed) for each in seen]
    assert sorted(read, key=lambda each: each.container_digest) == sorted(
        stored, key=lambda each: each.container_digest
    )


async def test_what_is_deferred_again_is_not_deleted_by_who_read_it_before(
    engine: AsyncEngine, controller: Controller, version_id: DataMapVersionId
) -> None:
    """An erasure stores it after its COMMIT on the platform; who looked before that saw nothing of it."""
    known = new_deferral(version_id, 1)
    async with transaction(engine, controller.id) as connection:
        await deferrals.add_many(connection, controller.id, [known])
        (read,) = await deferrals.read_chunk(connection, known.rule, None, 2)
    async with transaction(engine, controller.id) as connection:
        await deferrals.add_many(connection, controller.id, [replace(known, sealed=b"anew")])
    async with transaction(engine, controller.id) as connection:
        assert await deferrals.delete(connection, [read.reading]) == []
        (again,) = await deferrals.read_chunk(connection, known.rule, None, 2)
        assert (again.id, again.created_at) == (read.id, read.created_at)
        assert await deferrals.delete(connection, [Reading(read.id)]) == [again]


async def test_pages_show_the_newest_first_without_gap_or_repetition(
    engine: AsyncEngine, controller: Controller, version_id: DataMapVersionId
) -> None:
    async with transaction(engine, controller.id) as connection:
        for number in range(5):
            new = [new_deferral(version_id, number)]
            await deferrals.add_many(connection, controller.id, new)
        whole = await kept.list_page(connection, None, 10)
        first = await kept.list_page(connection, None, 3)
        rest = await kept.list_page(connection, first[-1].id, 3)
    assert first + rest == whole
    assert whole == sorted(whole, key=lambda each: (each.created_at, each.id), reverse=True)


async def test_another_controllers_deferrals_are_not_there(
    engine: AsyncEngine,
    controller: Controller,
    other_controller: Controller,
    version_id: DataMapVersionId,
) -> None:
    async with transaction(engine, controller.id) as connection:
        await deferrals.add_many(connection, controller.id, [new_deferral(version_id, 1)])
        (stored,) = await kept.list_page(connection, None, 1)
    async with transaction(engine, other_controller.id) as connection:
        assert not await deferrals.exists(connection)
        assert not await kept.list_page(connection, None, 1)
        assert await deferrals.delete(connection, [Reading(DeferralId(stored.id))]) == []
