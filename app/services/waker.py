"""Rings the doorbell: tells some worker that a job is worth a look.

PostgreSQL is the only truth. A ring that is lost costs time, never a job: the workers' sweep
finds what no ring has reached.
"""

import asyncio
import json
import logging
from typing import Any

from arq.connections import ArqRedis, RedisSettings
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
        self._rings: set[asyncio.Task[None]] = set()

    async def ring(self, controller_id: ControllerId, job_id: JobId) -> None:
        """Ring for one job, and give up quietly after two seconds."""
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                await self._redis.enqueue_job(TASK, str(controller_id), str(job_id))
        except (RedisError, OSError, TimeoutError) as error:
            _log.warning(
                "waker.silent", extra={"job_id": str(job_id), "error": type(error).__name__}
            )

    def ring_soon(self, controller_id: ControllerId, job_id: JobId) -> None:
        """Ring for one job without waiting for it."""
        ring = asyncio.create_task(self.ring(controller_id, job_id))
        self._rings.add(ring)
        ring.add_done_callback(self._rings.discard)

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
        await asyncio.gather(*self._rings)
        await self._redis.aclose()
