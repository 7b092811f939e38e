"""The school year in which everything on the campus happens."""

from datetime import UTC, date, datetime, timedelta
from random import Random

FIRST_DAY = date(2025, 8, 18)
TODAY = date(2025, 11, 14)
LAST_DAY = date(2026, 6, 12)
_DAYS = (TODAY - FIRST_DAY).days


def moment(chance: Random, since: datetime | None = None) -> datetime:
    """Choose a moment of the year so far.

    Args:
        chance: Decides.
        since: Not before this and not more than two weeks after it; aware, UTC.
    """
    if since is not None:
        return since + timedelta(seconds=chance.randrange(60, 14 * 86_400))
    start = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, 6, tzinfo=UTC)
    day = timedelta(days=chance.randrange(_DAYS))
    return start + day + timedelta(seconds=chance.randrange(13 * 3600))


def school_day(chance: Random) -> date:
    """Choose a day of the year so far, from Monday to Friday.

    Args:
        chance: Decides.
    """
    day = FIRST_DAY + timedelta(days=chance.randrange(_DAYS))
    return day - timedelta(days=max(0, day.weekday() - 4))
