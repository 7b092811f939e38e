"""Counts, minute by minute and over all processes of the API, how often somebody calls.

The counters lie in Valkey or Redis, beside the doorbell, and are as dispensable: while it is away,
nobody is held back. One round trip a call (``docs/decisions/0016-rate-limits.md``).
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from redis.asyncio import Redis
from redis.exceptions import RedisError

WINDOW_SECONDS = 60
_PATIENCE_SECONDS = 0.25
_PAUSE_SECONDS = 5.0
_PREFIX = "habeas:rate"

_log = logging.getLogger(__name__)


class Counted(StrEnum):
    """What is counted."""

    REQUESTS = "client"
    """The requests of one API client."""
    FAILURES = "failed-authentications"
    """The invalid credentials that one address presents."""
    REFUSALS = "refusals"
    """The calls of one API client that are refused for one thing that it may not do at all."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to somebody in this minute.

    Attributes:
        counted: What is counted.
        limit: How many a minute.
        used: How many so far, this one included.
        reset_seconds: Until the next minute begins, 1 to 60.
    """

    counted: Counted
    limit: int
    used: int
    reset_seconds: int

    @property
    def is_exceeded(self) -> bool:
        """Whether this one is one too many."""
        return self.used > self.limit

    @property
    def remaining(self) -> int:
        """How many are left."""
        return max(0, self.limit - self.used)


class RateLimits:
    """Counts in Valkey or Redis.

    Args:
        redis_url: ``redis://…`` or ``unix://…``.
        a_minute: The limits; what has none is not counted.
    """

    def __init__(self, redis_url: str, a_minute: Mapping[Counted, int | None]) -> None:
        self._limits = {each: limit for each, limit in a_minute.items() if limit}
        self._redis = Redis.from_url(
            redis_url, socket_timeout=_PATIENCE_SECONDS, socket_connect_timeout=_PATIENCE_SECONDS
        )
        self._silent_until = 0.0

    async def count(self, counted: Counted, who: str) -> Allowance | None:
        """Count one more.

        Args:
            counted: What.
            who: Whose; no personal data.

        Returns:
            What is left; None where there is no limit, or nobody to count.
        """
        limit = self._limits.get(counted)
        if limit is None or time.monotonic() < self._silent_until:
            return None
        minute, passed = divmod(int(time.time()), WINDOW_SECONDS)
        try:
            used = await self._add(f"{_PREFIX}:{counted}:{who}:{minute}")
        except (RedisError, OSError, TimeoutError) as error:
            self._silent_until = time.monotonic() + _PAUSE_SECONDS
            _log.warning("rate_limits.away", extra={"error": type(error).__name__})
            return None
        return Allowance(counted, limit, used, WINDOW_SECONDS - passed)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def _add(self, key: str) -> int:
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.incr(key)
            pipeline.expire(key, 2 * WINDOW_SECONDS)
            used, _ = await pipeline.execute()
        return int(used)


def no_limits() -> RateLimits:
    """Count nothing."""
    return RateLimits("redis://", {})
