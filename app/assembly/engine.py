"""What a worker's jobs work with, put together from the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.assembly.parts import open_parts
from app.engine.context import EngineContext
from app.settings import Settings
from app.store.roles import Role


@asynccontextmanager
async def open_engine(settings: Settings) -> AsyncIterator[EngineContext]:
    """Open what a worker's jobs work with.

    Args:
        settings: The process's.

    Raises:
        SettingMissing: The database or the doorbell is not named.
    """
    async with open_parts(settings, Role.WORKER) as parts:
        yield EngineContext(
            database=parts.database,
            sources=parts.sources,
            bundles=parts.bundles,
            keyring=parts.keyring,
            settings=settings,
            ring=parts.waker.ring,
        )
