"""Hears which subject requests have ended, for those who wait.

One database connection a process listens; everybody who waits is told from it. While it is down,
those who wait look for themselves once in a while.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import asyncpg

from app.domain.ids import SubjectRequestId

CHANNEL = "habeas_requests"
"""The channel on which a completing transaction names its subject request."""

_RECONNECT_SECONDS = 1.0
_LOOK_SECONDS = 1.0

_log = logging.getLogger(__name__)


class Bell:
    """Rings when one subject request has ended."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Tell the one who waits."""
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        """Wait until it rings, or it is time to look for oneself.

        Args:
            seconds: How long there still is to wait, 0 < x ≤ 60.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, _LOOK_SECONDS)):
                await self._rung.wait()
        self._rung.clear()


class Completions:
    """Listens for subject requests that have ended.

    Args:
        database_url: Habeas's own database, `postgresql://…`.
    """

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._bells: dict[str, set[Bell]] = defaultdict(set)
        self._listening: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen, and go on until `close`."""
        self._listening = asyncio.create_task(self._listen_always())

    async def close(self) -> None:
        """Stop listening."""
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening

    @contextmanager
    def bell(self, subject_request_id: SubjectRequestId) -> Iterator[Bell]:
        """Lend a bell that rings when a subject request has ended.

        Take it before looking whether it has: what ends in between still rings.
        """
        bell, name = Bell(), str(subject_request_id)
        self._bells[name].add(bell)
        try:
            yield bell
        finally:
            self._bells[name].discard(bell)
            if not self._bells[name]:
                del self._bells[name]

    async def _listen_always(self) -> None:
        while True:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("completions.deaf", extra={"error": type(error).__name__})
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(self._url, timeout=5)
        try:
            closed = asyncio.Event()
            connection.add_termination_listener(lambda _: closed.set())
            await connection.add_listener(CHANNEL, self._heard)
            self._ring_all()
            await closed.wait()
        finally:
            connection.terminate()

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        for bell in self._bells.get(str(payload), ()):
            bell.ring()

    def _ring_all(self) -> None:
        """Have everybody look: something may have ended while nobody listened."""
        for bells in self._bells.values():
            for bell in bells:
                bell.ring()
