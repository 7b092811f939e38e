"""Hears which subject requests have come further or have ended, for those who wait.

One database connection a process listens; everybody who waits is told from it. While it is down,
those who wait look for themselves once in a while.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import asyncpg

from app.domain.ids import SubjectRequestId

CHANNEL = "habeas_requests"
"""The channel on which a transaction names the subject request that it changed."""

_RECONNECT_SECONDS = 1.0
_LOOK_SECONDS = 15.0
_LOOK_SECONDS_WHILE_DEAF = 1.0

_log = logging.getLogger(__name__)


class Bell:
    """Rings when one subject request has come further or has ended.

    Args:
        look_seconds: Says after how long one should look for oneself.
    """

    def __init__(self, look_seconds: Callable[[], float]) -> None:
        self._rung = asyncio.Event()
        self._look_seconds = look_seconds

    def ring(self) -> None:
        """Tell the one who waits."""
        self._rung.set()

    async def wait(self, seconds: float) -> bool:
        """Wait until it rings, or it is time to look for oneself.

        Args:
            seconds: How long there still is to wait, 0 < x ≤ 60.

        Returns:
            Whether it rang.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, self._look_seconds())):
                await self._rung.wait()
        has_rung = self._rung.is_set()
        self._rung.clear()
        return has_rung


class Completions:
    """Listens for subject requests that have come further or have ended.

    Args:
        database_url: Habeas's own database, `postgresql://…`.
    """

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._bells: dict[str, set[Bell]] = defaultdict(set)
        self._listening: asyncio.Task[None] | None = None
        self._is_deaf = True
        self.is_dismissed = False
        """Whether nobody is to wait any more."""

    def start(self) -> None:
        """Begin to listen, and go on until `close`."""
        self._listening = asyncio.create_task(self._listen_always())

    def dismiss(self) -> None:
        """Send away everybody who waits, now and from now on: the process is about to end."""
        self.is_dismissed = True
        self._ring_all()

    async def close(self) -> None:
        """Stop listening."""
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening

    @contextmanager
    def bell(self, subject_request_id: SubjectRequestId) -> Iterator[Bell]:
        """Lend a bell that rings when a subject request has come further or has ended.

        Take it before looking where it stands: what happens in between still rings.
        """
        bell, name = Bell(self._look_seconds), str(subject_request_id)
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
            self._is_deaf = False
            self._ring_all()
            await closed.wait()
        finally:
            self._is_deaf = True
            connection.terminate()

    def _look_seconds(self) -> float:
        return _LOOK_SECONDS_WHILE_DEAF if self._is_deaf else _LOOK_SECONDS

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        for bell in self._bells.get(str(payload), ()):
            bell.ring()

    def _ring_all(self) -> None:
        """Have everybody look: something may have ended while nobody listened."""
        for bells in self._bells.values():
            for bell in bells:
                bell.ring()
