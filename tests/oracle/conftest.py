"""The workshop of the oracle's machines: one LMS database and one of Habeas for all sequences."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import uvloop

from app.bundles.storage import BundleDirectory
from app.domain.ids import ControllerId, JobId
from app.embedded.stack import Stack
from app.engine.context import EngineContext
from app.engine.owner import owner_session
from app.engine.runner import Runner
from app.keyring import KeyRing
from app.settings import Settings
from app.sources.registry import Sources
from app.store.engine import create_engine
from app.store.roles import Role
from tests.fixtures.stack import NewDatabase
from tests.fixtures.store import APPLICATION
from tests.oracle.driver import Driver
from tests.oracle.lms_database import LmsDatabase
from tests.oracle.upload_files import UploadFiles
from tests.oracle.workshop import Workshop


@pytest.fixture(scope="module")
def workshop(
    stack: Stack,
    new_database: NewDatabase,
    store_database: str,
    keyring: KeyRing,
    empty_directory: Callable[[], Path],
) -> Iterator[Workshop[Driver]]:
    # A loop of its own, of the kind that workers run in: the machine's steps are no coroutines, and
    # call into it one by one.
    loop = uvloop.new_event_loop()
    directory = empty_directory()
    files = UploadFiles(directory / "uploads")
    lms_url = stack.database_url(new_database())
    environment = {
        "CAMPUS_DATABASE_URL": lms_url,
        "CAMPUS_FILES_URL": files.directory.as_uri(),
    }
    resources = AsyncExitStack()
    lms = loop.run_until_complete(LmsDatabase.open(lms_url))
    urls = [stack.database_url(store_database, role) for role in (Role.WORKER, APPLICATION)]
    opened = _driver(urls, environment, keyring, directory)
    driver = loop.run_until_complete(resources.enter_async_context(opened))
    yield Workshop(loop, lms, files, driver)
    loop.run_until_complete(resources.aclose())
    loop.run_until_complete(lms.close())
    loop.close()


@asynccontextmanager
async def _driver(
    urls: Sequence[str], environment: dict[str, str], keyring: KeyRing, directory: Path
) -> AsyncIterator[Driver]:
    async def ring(_: ControllerId, __: JobId) -> None:
        """Leave every job to the driver, which looks at each."""

    engine, database = map(create_engine, urls)
    sources = Sources(environment, connections=1, jobs=1)
    context = EngineContext(
        database=engine,
        sources=sources,
        bundles=BundleDirectory(directory / "bundles"),
        keyring=keyring,
        # Nobody is to take a job over, however slow the machine is.
        settings=Settings(data_directory=directory, lease_seconds=3600),
        ring=ring,
    )
    async with owner_session(urls[0]) as (owner, _):
        runner = Runner(context, owner)
        yield Driver(context, runner, database)
        await runner.stop()
    await sources.close()
    await engine.dispose()
    await database.dispose()
