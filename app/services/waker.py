"""Rings the doorbell: tells some worker that a job is worth a look.

PostgreSQL is the only truth. A ring that is lost costs time, never a job: the workers' sweep
finds what no ring has reached.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from arq.connections import ArqRedis, RedisSettings
from arq.constants import default_queue_name, expires_extra_ms, job_key_prefix
from arq.jobs import serialize_job
from arq.utils import timestamp_ms
from redis.exceptions import RedisError

from app.domain.ids import ControllerId, JobId

TASK = "look_at_job"
"""The name of the arq task. Its arguments are the controller's id and the job's id, as text."""

_TIMEOUT_SECONDS = 2.0

_log = logging.getLogger(__name__)


def serialise(value: dict[str, Any]) -> bytes:
    """Write a wake-up as JSON, so that nothing executable ever stands in the queue."""
    return json.dumps(value, separators=(",", ":")).encode()


def deserialise(value: bytes) -> dict[str, Any]:
    """Read a wake-up that `serialise` wrote."""
    read: dict[str, Any] = json.loads(value)
    return read


class Waker:
    """Rings for jobs. Redis being away never fails, and never slows, who rings.

    Args:
        redis_url: `redis://`, `rediss://` or `unix://`.
    """

    def __init__(self, redis_url: str) -> None:
        known = RedisSettings.from_dsn(redis_url)
        self._redis = ArqRedis(
            job_serializer=serialise,
            job_deserializer=deserialise,
            host=known.host,
            port=known.port,
            unix_socket_path=known.unix_socket_path,
            ssl=known.ssl,
            db=known.database,
            username=known.username,
            password=known.password,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            socket_timeout=_TIMEOUT_SECONDS,
        )
        self._waiting: list[tuple[ControllerId, JobId]] = []
        self._ringing: asyncio.Task[None] | None = None

    async def ring(self, controller_id: ControllerId, job_id: JobId) -> None:
        """Ring for one job, and give up quietly after two seconds."""
        await self._ring([(controller_id, job_id)])

    def ring_soon(self, controller_id: ControllerId, job_id: JobId) -> None:
        """Ring for one job without waiting for it: together with others while somebody rings."""
        self._waiting.append((controller_id, job_id))
        if self._ringing is None or self._ringing.done():
            self._ringing = asyncio.create_task(self._ring_waiting())

    async def is_reachable(self) -> bool:
        """Say whether a ring would reach anybody."""
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                await self._redis.ping()
        except (RedisError, OSError, TimeoutError):
            return False
        return True

    async def close(self) -> None:
        """Let the last rings end, and hang up."""
        if self._ringing is not None:
            await self._ringing
        await self._redis.aclose()

    async def _ring_waiting(self) -> None:
        while self._waiting:
            jobs, self._waiting = self._waiting, []
            await self._ring(jobs)

    async def _ring(self, jobs: Sequence[tuple[ControllerId, JobId]]) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                await self._enqueue(jobs)
        except (RedisError, OSError, TimeoutError) as error:
            told = {"jobs": len(jobs), "error": type(error).__name__}
            _log.warning("waker.silent", extra=told)

    async def _enqueue(self, jobs: Sequence[tuple[ControllerId, JobId]]) -> None:
        """Do as ``ArqRedis.enqueue_job`` does, for all in one round trip.

        That asks first, in two more for each, whether the task's name is taken; a random one is not.
        """
        now = timestamp_ms()
        async with self._redis.pipeline(transaction=True) as pipeline:
            for ids in jobs:
                name, arguments = uuid4().hex, tuple(str(each) for each in ids)
                task = serialize_job(TASK, arguments, {}, None, now, serializer=serialise)
                pipeline.psetex(job_key_prefix + name, expires_extra_ms, task)
                pipeline.zadd(default_queue_name, {name: now})
            await pipeline.execute()
