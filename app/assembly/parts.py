"""What every process needs, put together from the settings."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.assembly.environment import SettingUnfit
from app.bundles.storage import BundleDirectory
from app.keyring import KeyRing
from app.services.waker import Waker
from app.settings import Settings
from app.sources.registry import Sources
from app.store.engine import create_engine
from app.store.roles import Role, require_bound

KEY_FILE = "keys"
_LOOK_SECONDS = 5
_NOT_THERE = ("42P01", "42703")
"""SQLSTATEs: there is no such table, or no such column."""


class SettingMissing(SettingUnfit):
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


async def reachable(url: str | None, name: str) -> str:
    """Give the address of a database that answers there.

    Args:
        url: As it is set.
        name: Of the setting.

    Raises:
        SettingMissing: It is not set.
        SettingUnfit: No database answers there, or it does not let this role in.
    """
    address = require(url, name)
    try:
        connection = await asyncpg.connect(address)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        why = type(error).__name__
        raise SettingUnfit(
            f"The database that {name} names cannot be reached ({why}). See that it runs, and that "
            "address, role and password are right."
        ) from error
    await connection.close()
    return address


@contextmanager
def migrated() -> Iterator[None]:
    """Run something on Habeas's own database, which may not have been migrated to this version.

    Raises:
        SettingUnfit: It has not been.
    """
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _NOT_THERE:
            raise
        raise SettingUnfit(
            "The database that HABEAS_DATABASE_URL names is not of this version. Run `python -m app "
            "migrate` first."
        ) from error


def find_keyring(settings: Settings) -> KeyRing | None:
    """Give the operator's keys: from the settings, else from the file beside the bundles.

    Args:
        settings: The process's.

    Returns:
        None where there is neither.

    Raises:
        SettingUnfit: They are not as they have to be, or cannot be read.
    """
    path = settings.data_directory / KEY_FILE
    try:
        if settings.keys is not None:
            return KeyRing.parse(settings.keys.get_secret_value())
        return KeyRing.kept_at(path) if path.exists() else None
    except ValueError as error:
        where = path if settings.keys is None else "HABEAS_KEYS"
        raise SettingUnfit(f"{where} holds no keys that can be used: {error}.") from error
    except OSError as error:
        raise SettingUnfit(f"The keys in {path} cannot be read: {error.strerror}.") from error


def require_keyring(settings: Settings) -> KeyRing:
    """Give the operator's keys, and make none: nothing else would have such keys.

    Args:
        settings: The process's.

    Raises:
        SettingUnfit: There are none, or they are not as they have to be.
    """
    found = find_keyring(settings)
    if found is None:
        raise SettingUnfit(
            f"There are no keys: HABEAS_KEYS is not set, and {settings.data_directory / KEY_FILE} is "
            "not there. Set HABEAS_KEYS, or HABEAS_DATA_DIRECTORY, as the API and the workers have it."
        )
    return found


def open_bundles(settings: Settings) -> BundleDirectory:
    """Give where the bundles lie; made where it is missing.

    Args:
        settings: The process's.

    Raises:
        SettingUnfit: It cannot be made or written.
    """
    place = settings.data_directory / "bundles"
    try:
        return BundleDirectory(place)
    except OSError as error:
        raise SettingUnfit(
            f"HABEAS_DATA_DIRECTORY: {place} cannot be made or written: {error.strerror}."
        ) from error


def open_keyring(settings: Settings) -> KeyRing:
    """Give the operator's keys to what serves; where there are none, a file with one is made.

    Args:
        settings: The process's.

    Raises:
        SettingUnfit: They are not as they have to be, or the file cannot be made.
    """
    found = find_keyring(settings)
    if found is not None:
        return found
    directory = settings.data_directory
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return KeyRing.kept_at(directory / KEY_FILE)
    except OSError as error:
        raise SettingUnfit(
            f"HABEAS_DATA_DIRECTORY: no keys can be kept in {directory}: {error.strerror}."
        ) from error


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
        bundles = open_bundles(settings)
        yield Parts(database, waker, sources, bundles, open_keyring(settings))
