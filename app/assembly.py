"""Puts the parts together from the settings: once a process, for its root."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from app.bundles.storage import BundleDirectory
from app.engine.context import EngineContext
from app.keyring import KeyRing
from app.services.completions import Completions
from app.services.context import Context
from app.services.issuer_keys import IssuerKeys
from app.services.rate_limits import Counted, RateLimits
from app.services.time_limits import TimeLimits
from app.services.tokens import Tokens
from app.services.waker import Waker
from app.settings import OAuthSettings, Settings
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


def _tokens(settings: OAuthSettings | None) -> Tokens | None:
    """Give what verifies tokens; None where no issuer is set."""
    if settings is None or settings.jwks_url is None:
        return None
    return Tokens(settings, IssuerKeys(settings.jwks_url, settings.algorithm))


def open_rate_limits(settings: Settings) -> RateLimits:
    """Give what counts who calls how often.

    Args:
        settings: The process's.
    """
    a_minute = {
        Counted.REQUESTS: settings.client_requests_per_minute,
        Counted.FAILURES: settings.failed_authentications_per_minute,
    }
    return RateLimits(require(settings.redis_url, "HABEAS_REDIS_URL"), a_minute)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What both doors need."""

    database: AsyncEngine
    waker: Waker
    sources: Sources
    bundles: BundleDirectory
    keyring: KeyRing


@asynccontextmanager
async def open_services(
    settings: Settings, oauth: OAuthSettings | None = None
) -> AsyncIterator[Context]:
    """Open what the HTTP API's use cases work with.

    Args:
        settings: The process's.
        oauth: Whose tokens are accepted besides API keys; None: nobody's.

    Raises:
        SettingMissing: The database or the doorbell is not named.
    """
    completions = Completions(require(settings.database_url, "HABEAS_DATABASE_URL"))
    async with _open_parts(settings, Role.API) as parts, AsyncExitStack() as stack:
        completions.start()
        stack.push_async_callback(completions.close)
        rate_limits = open_rate_limits(settings)
        stack.push_async_callback(rate_limits.close)
        yield Context(
            database=parts.database,
            sources=parts.sources,
            bundles=parts.bundles,
            keyring=parts.keyring,
            waker=parts.waker,
            completions=completions,
            confirmation_lifetime=settings.confirmation_lifetime,
            tokens=_tokens(oauth),
            rate_limits=rate_limits,
            time_limits=TimeLimits(
                body_seconds=settings.body_seconds,
                answer_seconds=settings.answer_seconds,
                link=settings.link_lifetime,
            ),
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
    async with _open_parts(settings, Role.WORKER) as parts:
        yield EngineContext(
            database=parts.database,
            sources=parts.sources,
            bundles=parts.bundles,
            keyring=parts.keyring,
            settings=settings,
            ring=parts.waker.ring,
        )


@asynccontextmanager
async def _open_parts(settings: Settings, wanted: Role) -> AsyncIterator[_Parts]:
    async with AsyncExitStack() as stack:
        url = require(settings.database_url, "HABEAS_DATABASE_URL")
        database = create_engine(url, on_connect=partial(require_bound, wanted=wanted))
        stack.push_async_callback(database.dispose)
        waker = Waker(require(settings.redis_url, "HABEAS_REDIS_URL"))
        stack.push_async_callback(waker.close)
        sources = Sources(os.environ, settings.connections_an_export, settings.worker_jobs)
        stack.push_async_callback(sources.close)
        bundles = BundleDirectory(settings.data_directory / "bundles")
        yield _Parts(database, waker, sources, bundles, open_keyring(settings))
