"""What a running job works with: made once a worker, by its root."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from app.bundles.storage import BundleDirectory
from app.domain.ids import ControllerId, JobId
from app.keyring import KeyRing
from app.settings import Settings
from app.sources.registry import Sources

Ring = Callable[[ControllerId, JobId], Awaitable[None]]
"""Tells some worker that a job is worth a look."""


@dataclass(frozen=True, slots=True)
class EngineContext:
    """What a running job works with.

    Attributes:
        database: Habeas's own.
        sources: The LMS's databases and file stores.
        bundles: Where sealed bundles lie.
        keyring: The operator's keys.
        settings: Leases, limits and lifetimes.
        ring: The doorbell.
    """

    database: AsyncEngine
    sources: Sources
    bundles: BundleDirectory
    keyring: KeyRing
    settings: Settings
    ring: Ring
