"""Runs arq for as long as the worker lives, through any outage of Redis."""

import asyncio
import logging
from datetime import timedelta

from arq.connections import RedisSettings
from arq.worker import Worker, func
from redis.exceptions import RedisError

from app.engine.context import EngineContext
from app.engine.runner import Runner
from app.services.waker import TASK, deserialise, serialise
from workers.tasks import CRON, look_at_job

_POLL_SECONDS = 0.02
_RETRY_SECONDS = 1.0
_TASK_SECONDS = 60

_log = logging.getLogger(__name__)


async def run_clock(redis_url: str, context: EngineContext, runner: Runner) -> None:
    """Take wake-ups and keep the cron table, for ever.

    While Redis is away, jobs are found by the worker's own sweep.

    Args:
        redis_url: ``redis://``, ``rediss://`` or ``unix://``.
        context: The engine's.
        runner: Takes the jobs.
    """
    while True:
        worker = _worker(redis_url, context, runner)
        try:
            await worker.async_run()
        except (RedisError, OSError) as error:
            _log.warning("clock.stopped", extra={"error": type(error).__name__})
        finally:
            await _close(worker)
        await asyncio.sleep(_RETRY_SECONDS)


def _worker(redis_url: str, context: EngineContext, runner: Runner) -> Worker:
    settings = RedisSettings.from_dsn(redis_url)
    settings.conn_retries = 0
    settings.conn_timeout = 2
    return Worker(
        functions=[func(look_at_job, name=TASK, keep_result=0, max_tries=1)],
        cron_jobs=CRON,
        redis_settings=settings,
        handle_signals=False,
        poll_delay=_POLL_SECONDS,
        job_timeout=timedelta(seconds=_TASK_SECONDS),
        keep_result=0,
        max_jobs=100,
        retry_jobs=False,
        log_results=False,
        job_serializer=serialise,
        job_deserializer=deserialise,
        ctx={"context": context, "runner": runner},
    )


async def _close(worker: Worker) -> None:
    try:
        await worker.close()
    except (RedisError, OSError, asyncio.CancelledError) as error:
        _log.info("clock.closed", extra={"error": type(error).__name__})
