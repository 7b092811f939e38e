"""An upload that is to go is known until it is gone."""

from sqlalchemy.ext.asyncio import AsyncEngine

from app.store import upload_removals
from app.store.controllers import Controller
from app.store.transaction import transaction
from tests.fixtures.effect_rows import new_upload_removal
from tests.fixtures.store import AcceptRequest


async def test_an_upload_is_stored_once_a_job_and_ticked_off_once(
    engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest
) -> None:
    job_id, other = [(await accept_request(controller, key)).job_id for key in "12"]
    async with transaction(engine, controller.id) as connection:
        assert await upload_removals.add_many(connection, job_id, []) == 0
        first = [new_upload_removal(1), new_upload_removal(2)]
        assert await upload_removals.add_many(connection, job_id, first) == 2
        again = [new_upload_removal(2), new_upload_removal(2, source="pictures")]
        assert await upload_removals.add_many(connection, job_id, again) == 1
        assert await upload_removals.add_many(connection, other, first[:1]) == 1
        (removal,) = await upload_removals.list_of_job(connection, other, 10)
        assert (removal.source, removal.path_digest, removal.sealed) == (
            first[0].source,
            first[0].path_digest,
            first[0].sealed,
        )
        assert await upload_removals.delete(connection, removal.id)
        assert not await upload_removals.delete(connection, removal.id)
        assert await upload_removals.count(connection, other) == 0
        assert await upload_removals.count(connection, job_id) == 3


async def test_one_that_will_not_go_holds_up_no_others(
    engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest
) -> None:
    job_id = (await accept_request(controller)).job_id
    async with transaction(engine, controller.id) as connection:
        stored = [new_upload_removal(number) for number in range(3)]
        await upload_removals.add_many(connection, job_id, stored)
        (stuck,) = await upload_removals.list_of_job(connection, job_id, 1)
        others = await upload_removals.list_of_job(connection, job_id, 10, after_id=stuck.id)
    assert len(others) == 2
    assert stuck not in others


async def test_whether_an_upload_was_there_is_noted_once_and_counted_until_the_job_is_over(
    engine: AsyncEngine, controller: Controller, accept_request: AcceptRequest
) -> None:
    job_id = (await accept_request(controller)).job_id
    async with transaction(engine, controller.id) as connection:
        stored = [new_upload_removal(number) for number in range(3)]
        await upload_removals.add_many(connection, job_id, stored)
        there, missing, _ = await upload_removals.list_of_job(connection, job_id, 3)
        await upload_removals.set_was_there(connection, {there.id: True, missing.id: False})
        await upload_removals.set_was_there(connection, {there.id: False})  # deleted meanwhile
        assert await upload_removals.count_found(connection, job_id) == {True: 1, False: 1}
        assert await upload_removals.versions(connection, job_id) == []
        assert await upload_removals.delete_of_job(connection, job_id) == 3
        assert await upload_removals.count_found(connection, job_id) == {}
