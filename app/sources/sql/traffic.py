"""What else a database does: whoever changes much gives way while it works for others."""

import time
from dataclasses import dataclass

import asyncpg

_MANY_A_SECOND = 50.0
"""A quiet LMS polls now and then; more than this, and more than we do ourselves, is people at work."""

_SOON_SECONDS, _LATER_SECONDS, _STALE_SECONDS = 0.25, 2.0, 10.0
"""Traffic is soon seen, and not soon over."""

_REPORTED_SECONDS = 1.2
"""A session at work reports its transactions once a second: who has looked for less knows nothing of it."""

OWN_NAME = "habeas"
"""The ``application_name`` of our own sessions, which every role may read; one at a job's work adds the job."""

_WORK = f"""
    SELECT xact_commit + xact_rollback AS transactions, (
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND usesysid IS NOT NULL
                AND split_part(application_name, ' ', 1) <> '{OWN_NAME}'
        ) AS others
    FROM pg_stat_database WHERE datname = current_database()
"""  # noqa: S608 - a constant


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
        self._again_at = 0.0
        self._looks: list[_Look] = []
        self.is_heavy: bool | None = None
        """Whether others were at work when it was looked at last; None: not known yet."""

    def count(self) -> None:
        """Count a transaction of our own."""
        self._own += 1

    async def look(self, connection: asyncpg.Connection) -> None:
        """Look again, unless that was done just now or is being done.

        Args:
            connection: Of this database, in a transaction that has not looked yet.
        """
        now, own = time.monotonic(), self._own
        if now < self._again_at:
            return
        self._again_at = now + _SOON_SECONDS
        work = await connection.fetchrow(_WORK)
        if self._looks and now - self._looks[-1].at >= _STALE_SECONDS:
            self._looks.clear()
        self._looks.append(_Look(now, work["transactions"], own))
        first = self._looks[0]
        is_sure = not work["others"] or now - first.at >= _REPORTED_SECONDS
        self.is_heavy = self._is_heavy() or (False if is_sure else None)
        if self.is_heavy:
            self._again_at = now + _LATER_SECONDS

    def _is_heavy(self) -> bool:
        """Compare the last two looks; what the first of them counts may lack our own just before it."""
        *former, look = self._looks
        if not former:
            return False
        last = former[-1]
        while len(former) > 1 and former[1].at <= last.at - _REPORTED_SECONDS:
            del former[0]
        self._looks = [*former, look]
        own = look.own - former[0].own
        others = look.all - last.all - own
        return others > _MANY_A_SECOND * (look.at - last.at) + own
