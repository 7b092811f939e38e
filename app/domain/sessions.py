"""Who owns a job: a database session, which ends when its process does."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SessionIdentity:
    """The database session whose life is the worker's.

    Attributes:
        pid: Its backend's process id.
        started_at: Its ``pg_stat_activity.backend_start``, to the microsecond.
    """

    pid: int
    started_at: datetime
