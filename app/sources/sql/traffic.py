"""What else a database does: whoever changes much gives way while it works for others."""

import time
from dataclasses import dataclass

import asyncpg

_MANY_A_SECOND = 50.0
"""A quiet LMS polls now and then; more than this, and more than we do ourselves, is people at work."""

_SOON_SECONDS, _LATER_SECONDS, _STALE_SECONDS = 0.25, 2.0, 10.0
"""A session reports its transactions once a second at most: traffic is soon seen, and not soon over."""

_TRANSACTIONS = """
    SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()
"""


@dataclass(frozen=True, slots=True)
class _Look:
    """What one look found.

    Attributes:
        at: Seconds by the monotonic clock.
        all: How many transactions the database has counted.
        own: How many of them were ours.
    """

    at: float
    all: int
    own: int


class Traffic:
    """Compares how many transactions a database counts with how many are our own."""

    def __init__(self) -> None:
        self._own = 0
        self._last: _Look | None = None
        self.is_heavy = False
        """Whether others were at work when it was looked at last."""

    def count(self) -> None:
        """Count a transaction of our own."""
        self._own += 1

    async def look(self, connection: asyncpg.Connection) -> None:
        """Look again, unless that was done just now.

        Args:
            connection: Of this database, in a transaction that has not looked yet.
        """
        last, now = self._last, time.monotonic()
        patience = _LATER_SECONDS if self.is_heavy else _SOON_SECONDS
        if last is not None and now - last.at < patience:
            return
        look = _Look(now, await connection.fetchval(_TRANSACTIONS), self._own)
        self.is_heavy = last is not None and _is_heavy(last, look)
        self._last = look


def _is_heavy(last: _Look, look: _Look) -> bool:
    seconds, own = look.at - last.at, look.own - last.own
    others = look.all - last.all - own
    return seconds < _STALE_SECONDS and others > _MANY_A_SECOND * seconds + own
