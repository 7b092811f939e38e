"""What every process needs, put together from the settings."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from app.bundles.storage import BundleDirectory
from app.keyring import KeyRing
from app.services.waker import Waker
from app.settings import Settings
from app.sources.registry import Sources
from app.store.engine import create_engine
from app.store.roles import Role, require_bound

KEY_FILE = "keys"
_LOOK_SECONDS = 5


class SettingMissing(Exception):
    """A setting that this process cannot do without is not there."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Set {name}, or run `python -m app serve`, which starts a private PostgreSQL and Valkey."
        )


def require(value: str | None, name: str) -> str:
    """Give a setting.

    Raises:
        SettingMissing: It is not set.
    """
    if value is None:
        raise SettingMissing(name)
    return value


async def refuse_unfit_role(settings: Settings, wanted: Role) -> None:
    """Make sure, before anything is served, that the database's role is the one for this process.

    A database that does not answer is not waited for: every connection is looked at once more when
    it is opened.

    Args:
        settings: The process's.
        wanted: Whom the process is meant to connect as.

    Raises:
        SettingMissing: The database is not named.
        RoleUnfit: It could pass row-level security or grants by, or lacks what the process needs.
    """
    url = require(settings.database_url, "HABEAS_DATABASE_URL")
    with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        async with asyncio.timeout(_LOOK_SECONDS):
            connection = await asyncpg.connect(url)
            try:
                await require_bound(connection, wanted)
            finally:
                connection.terminate()


def open_keyring(settings: Settings) -> KeyRing:
    """Give the operator's keys: from the settings, else from a file beside the bundles.

    Args:
        settings: The process's.
    """
    if settings.keys is not None:
        return KeyRing.parse(settings.keys.get_secret_value())
    settings.data_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return KeyRing.kept_at(settings.data_directory / KEY_FILE)


@dataclass(frozen=True, slots=True)
class Parts:
    """What both doors need."""

    database: AsyncEngine
    waker: Waker
    sources: Sources
    bundles: BundleDirectory
    keyring: KeyRing


@asynccontextmanager
async def open_parts(settings: Settings, wanted: Role) -> AsyncIterator[Parts]:
    """Open what both doors need.

    Args:
        settings: The process's.
        wanted: Whom the process connects to Habeas's own database as.

    Raises:
        SettingMissing: The database or the doorbell is not named.
    """
    async with AsyncExitStack() as stack:
        url = require(settings.database_url, "HABEAS_DATABASE_URL")
        database = create_engine(url, on_connect=partial(require_bound, wanted=wanted))
        stack.push_async_callback(database.dispose)
        waker = Waker(require(settings.redis_url, "HABEAS_REDIS_URL"))
        stack.push_async_callback(waker.close)
        sources = Sources(os.environ, settings.connections_an_export, settings.worker_jobs)
        stack.push_async_callback(sources.close)
        bundles = BundleDirectory(settings.data_directory / "bundles")
        yield Parts(database, waker, sources, bundles, open_keyring(settings))
