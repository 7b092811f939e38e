"""A transaction ends as its block ends, whatever becomes of its connection."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import TextClause, text
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.ext.asyncio import AsyncEngine

from app.api.outages import is_outage
from app.embedded.stack import Stack
from app.store import driver
from app.store.controllers import Controller
from app.store.driver import Statement
from app.store.engine import create_engine
from app.store.transaction import single_reads, transaction
from tests.fixtures.patience import PATIENCE_SECONDS
from tests.fixtures.store import APPLICATION

RENAME = text("UPDATE controller SET name = :name WHERE id = :id")
NAME = Statement("SELECT name FROM controller WHERE id = :id")
SESSION = Statement("SELECT pg_backend_pid() AS pid, :word AS word WHERE :word <> ''")
BOUND = Statement("SELECT current_setting('habeas.controller', true) AS controller")
BROKEN = Statement("SELECT CAST(:word AS integer)")
NOTHING = text("SELECT 1")
FAIL = text("SELECT 1 / 0")
SLEEP = text("SELECT pg_sleep(2)")
END = text("SELECT pg_terminate_backend(:pid, 10000)")


@pytest.fixture
async def alone(stack: Stack, store_database: str) -> AsyncIterator[AsyncEngine]:
    """Whoever comes next gets the connection that the last one left."""
    engine = create_engine(stack.database_url(store_database, APPLICATION), pool_size=1)
    yield engine
    await engine.dispose()


async def name_of(engine: AsyncEngine, controller: Controller) -> str:
    async with transaction(engine, controller.id) as connection:
        return str((await NAME.one(connection, {"id": controller.id})).name)


async def rename(
    engine: AsyncEngine, controller: Controller, name: str, then: TextClause = NOTHING
) -> None:
    async with transaction(engine, controller.id) as connection:
        await connection.execute(RENAME, {"id": controller.id, "name": name})
        await connection.execute(then)


async def session_of(engine: AsyncEngine) -> int:
    async with single_reads(engine) as connection:
        return int((await SESSION.one(connection, {"word": "x"})).pid)


async def end(superuser_engine: AsyncEngine, pid: int) -> None:
    async with superuser_engine.connect() as connection:
        assert (await connection.execute(END, {"pid": pid})).scalar_one()


async def test_what_is_done_in_it_stands_from_its_end_on(
    alone: AsyncEngine, engine: AsyncEngine, controller: Controller
) -> None:
    async with transaction(alone, controller.id) as connection:
        await connection.execute(RENAME, {"id": controller.id, "name": "East School"})
        assert await name_of(engine, controller) == controller.name
    assert await name_of(engine, controller) == "East School"


async def test_it_binds_itself_and_nobody_after_it(
    alone: AsyncEngine, controller: Controller
) -> None:
    async with transaction(alone, controller.id) as connection:
        assert (await BOUND.one(connection, {})).controller == str(controller.id)
    async with transaction(alone, None) as connection:
        assert not (await BOUND.one(connection, {})).controller
        assert await NAME.one_or_none(connection, {"id": controller.id}) is None


async def test_what_fails_in_it_undoes_all_of_it(
    alone: AsyncEngine, controller: Controller
) -> None:
    before = await session_of(alone)
    with pytest.raises(DBAPIError, match="division by zero"):
        await rename(alone, controller, "East School", FAIL)
    assert await name_of(alone, controller) == controller.name
    assert await session_of(alone) == before


async def test_who_is_broken_off_in_it_leaves_nothing(
    alone: AsyncEngine, controller: Controller
) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await rename(alone, controller, "East School", SLEEP)
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await name_of(alone, controller) == controller.name


@pytest.mark.parametrize("steps", range(1, 12))
async def test_who_is_broken_off_twice_leaves_no_open_transaction_to_the_next(
    alone: AsyncEngine, controller: Controller, steps: int
) -> None:
    task = asyncio.create_task(rename(alone, controller, "East School", SLEEP))
    await asyncio.sleep(0.1)
    task.cancel()
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await name_of(alone, controller) == controller.name
        await rename(alone, controller, "West School")
    assert await name_of(alone, controller) == "West School"


async def test_a_connection_that_was_closed_while_nobody_had_it_is_replaced_unnoticed(
    alone: AsyncEngine, superuser_engine: AsyncEngine, controller: Controller
) -> None:
    before = await session_of(alone)
    await end(superuser_engine, before)
    await asyncio.sleep(0.1)
    assert await name_of(alone, controller) == controller.name
    assert await session_of(alone) != before


async def test_a_connection_that_is_lost_on_the_way_is_told_as_an_outage(
    alone: AsyncEngine, superuser_engine: AsyncEngine, controller: Controller
) -> None:
    async def lose() -> None:
        async with transaction(alone, controller.id) as connection:
            await end(superuser_engine, (await SESSION.one(connection, {"word": "x"})).pid)
            await NAME.one(connection, {"id": controller.id})

    with pytest.raises(DBAPIError) as lost:
        await lose()
    assert is_outage(lost.value)
    assert await name_of(alone, controller) == controller.name


async def test_a_row_tells_its_columns_by_name_and_no_others(alone: AsyncEngine) -> None:
    async with single_reads(alone) as connection:
        row = await SESSION.one(connection, {"word": "ø", "and": "more"})
        assert await SESSION.one_or_none(connection, {"word": ""}) is None
        with pytest.raises(NoResultFound):
            await SESSION.one(connection, {"word": ""})
    assert row.word == "ø"
    with pytest.raises(AttributeError, match="age"):
        _ = row.age


async def test_what_the_database_refuses_names_its_state_and_no_value(alone: AsyncEngine) -> None:
    async with single_reads(alone) as connection:
        with pytest.raises(DBAPIError) as refused:
            await BROKEN.run(connection, {"word": "9" * 30})
        with pytest.raises(DBAPIError, match="syntax"):
            await driver.command(driver.of(connection), "SELECT 1; NONSENSE")
    assert getattr(refused.value.orig, "sqlstate", None)
    assert not refused.value.connection_invalidated
    assert not is_outage(refused.value)
