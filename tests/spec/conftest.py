"""The campus that the cases happen in, and the engine that carries them out."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.bundles.storage import BundleDirectory
from app.datamap.published import published
from app.demo.schema import create_tables
from app.domain.catalogue import Catalogue
from app.domain.ids import ControllerId, JobId
from app.embedded.stack import Stack
from app.engine.context import EngineContext
from app.engine.owner import owner_session
from app.engine.runner import Runner
from app.keyring import KeyRing
from app.settings import Settings
from app.sources.registry import Sources
from app.sources.sql.catalogue import read_catalogue
from app.store.roles import Role
from tests.fixtures.campus import CAMPUS_MAP
from tests.fixtures.stack import NewDatabase
from tests.spec.driver import EngineRoom


@pytest.fixture(scope="module")
async def campus_url(stack: Stack, new_database: NewDatabase) -> str:
    url = stack.database_url(new_database())
    connection = await asyncpg.connect(url)
    await create_tables(connection)
    await connection.close()
    return url


@pytest.fixture(scope="module")
async def connection(campus_url: str) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(campus_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
async def catalogue(connection: asyncpg.Connection) -> Catalogue:
    return await read_catalogue(connection, "public")


@pytest.fixture(scope="module")
async def engine_room(
    stack: Stack,
    store_database: str,
    engine: AsyncEngine,
    worker_engine: AsyncEngine,
    keyring: KeyRing,
    campus_url: str,
    connection: asyncpg.Connection,
    empty_directory: Callable[[], Path],
) -> AsyncIterator[EngineRoom]:
    files, bundles = empty_directory(), empty_directory()
    addresses = {"CAMPUS_DATABASE_URL": campus_url, "CAMPUS_FILES_URL": files.as_uri()}
    sources = Sources(addresses, connections=2, jobs=1)
    context = EngineContext(
        database=worker_engine,
        sources=sources,
        bundles=BundleDirectory(bundles),
        keyring=keyring,
        settings=Settings(data_directory=bundles.parent, lease_seconds=3600),
        ring=nobody_hears,
    )
    text = CAMPUS_MAP.read_text(encoding="utf-8")
    store = await asyncpg.connect(stack.database_url(store_database))
    async with owner_session(stack.database_url(store_database, Role.WORKER)) as (owner, _):
        runner = Runner(context, owner)
        yield EngineRoom(context, runner, engine, store, connection, files, published(text), text)
        await runner.stop()
    await store.close()
    await sources.close()


async def nobody_hears(_: ControllerId, __: JobId) -> None:
    """Ring for nobody: the driver runs each job itself."""
