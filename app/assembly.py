"""Puts the parts together from the settings: once a process, for its root."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from app.bundles.storage import BundleDirectory
from app.engine.context import EngineContext
from app.keyring import KeyRing
from app.services.completions import Completions
from app.services.context import Context
from app.services.waker import Waker
from app.settings import Settings
from app.sources.registry import Sources
from app.store.engine import create_engine

KEY_FILE = "keys"


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
class _Parts:
    """What both doors need."""

    database: AsyncEngine
    waker: Waker
    sources: Sources
    bundles: BundleDirectory
    keyring: KeyRing


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Context]:
    """Open what the HTTP API's use cases work with.

    Args:
        settings: The process's.

    Raises:
        SettingMissing: The database or the doorbell is not named.
    """
    completions = Completions(require(settings.database_url, "HABEAS_DATABASE_URL"))
    async with _open_parts(settings) as parts, AsyncExitStack() as stack:
        completions.start()
        stack.push_async_callback(completions.close)
        yield Context(
            database=parts.database,
            sources=parts.sources,
            bundles=parts.bundles,
            keyring=parts.keyring,
            waker=parts.waker,
            completions=completions,
            confirmation_lifetime=settings.confirmation_lifetime,
            webhook_networks=settings.webhook_allowed_networks,
        )


@asynccontextmanager
async def open_engine(settings: Settings) -> AsyncIterator[EngineContext]:
    """Open what a worker's jobs work with.

    Args:
        settings: The process's.

    Raises:
        SettingMissing: The database or the doorbell is not named.
    """
    async with _open_parts(settings) as parts:
        yield EngineContext(
            database=parts.database,
            sources=parts.sources,
            bundles=parts.bundles,
            keyring=parts.keyring,
            settings=settings,
            ring=parts.waker.ring,
        )


@asynccontextmanager
async def _open_parts(settings: Settings) -> AsyncIterator[_Parts]:
    async with AsyncExitStack() as stack:
        database = create_engine(require(settings.database_url, "HABEAS_DATABASE_URL"))
        stack.push_async_callback(database.dispose)
        waker = Waker(require(settings.redis_url, "HABEAS_REDIS_URL"))
        stack.push_async_callback(waker.close)
        sources = Sources(os.environ, settings.connections_an_export, settings.worker_jobs)
        stack.push_async_callback(sources.close)
        bundles = BundleDirectory(settings.data_directory / "bundles")
        yield _Parts(database, waker, sources, bundles, open_keyring(settings))
