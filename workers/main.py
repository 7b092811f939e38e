"""The root of a worker: owns its database session, its jobs, its clock and its sweep."""

import argparse
import asyncio
import logging
import signal
from contextlib import suppress

import asyncpg
import uvloop
from sqlalchemy.exc import SQLAlchemyError

from app.assembly.engine import open_engine
from app.assembly.parts import refuse_unfit_role, require
from app.engine.context import EngineContext
from app.engine.owner import owner_session
from app.engine.runner import Runner
from app.engine.webhooks.courier import Courier
from app.settings import Settings
from app.store.roles import Role
from workers.clock import run_clock
from workers.memory import stay_small

_log = logging.getLogger(__name__)
_RECONNECT_SECONDS = 0.5


def start(settings: Settings, _: argparse.Namespace) -> int:
    """Work until SIGTERM or SIGINT, on the fastest event loop that there is."""
    uvloop.run(run(settings))
    return 0


async def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT.

    Args:
        settings: The process's.

    Raises:
        SettingMissing: The database or the doorbell is not named.
        RoleUnfit: The database's role may more than it should, or not what it has to.
    """
    await refuse_unfit_role(settings, Role.WORKER)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    trimming = asyncio.create_task(stay_small(), name="memory")
    async with open_engine(settings) as context:
        while not stopping.is_set():
            await _own(settings, context, stopping)
    trimming.cancel()


async def _own(settings: Settings, context: EngineContext, stopping: asyncio.Event) -> None:
    """Work for as long as the owner's session lives."""
    url = require(settings.database_url, "HABEAS_DATABASE_URL")
    try:
        async with owner_session(url) as (owner, ended):
            await _work(settings, context, Runner(context, owner), (stopping, ended))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        _log.warning("worker.no_session", extra={"error": type(error).__name__})
    if not stopping.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(_RECONNECT_SECONDS):
                await stopping.wait()


async def _work(
    settings: Settings, context: EngineContext, runner: Runner, ends: tuple[asyncio.Event, ...]
) -> None:
    _log.info("worker.ready")
    redis_url = require(settings.redis_url, "HABEAS_REDIS_URL")
    background = [
        asyncio.create_task(run_clock(redis_url, context, runner), name="clock"),
        asyncio.create_task(_sweep(settings, runner), name="sweep"),
        asyncio.create_task(Courier(context).run(), name="courier"),
    ]
    waits = [asyncio.create_task(end.wait()) for end in ends]
    await asyncio.wait([*background, *waits], return_when=asyncio.FIRST_COMPLETED)
    await runner.stop()
    for task in (*background, *waits):
        task.cancel()
    for result in await asyncio.gather(*background, *waits, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


async def _sweep(settings: Settings, runner: Runner) -> None:
    """Look around at once when a place is free, and every few seconds in any case."""
    while True:
        runner.has_room.clear()
        try:
            await runner.look_around()
        except (SQLAlchemyError, OSError) as error:
            _log.warning("sweep.failed", extra={"error": type(error).__name__})
        with suppress(TimeoutError):
            # Not wait_for: before Python 3.12 it forgets that it was cancelled while the last
            # job, stopped in the same breath, makes room.
            async with asyncio.timeout(settings.sweep_seconds):
                await runner.has_room.wait()
