"""When a data subject must have been answered.

Reference:
    GDPR Art. 12(3), 12(6); Regulation (EEC, Euratom) No 1182/71, Art. 2 and 3.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

MONTHS = 1
"""How long the controller has, without an extension."""

WARNING = timedelta(days=7)
"""How long before its end a deadline is called close."""

_DAY = timedelta(days=1)
_SATURDAY = 5
_LEAST_WORKING_DAYS = 2


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days a controller works on, and when its days begin.

    Attributes:
        zone: Its time zone.
        is_holiday: Tells whether a day is a public holiday; weekends need not be told.
    """

    zone: tzinfo
    is_holiday: Callable[[date], bool]

    def day_of(self, moment: datetime) -> date:
        """Say which day it is there.

        Args:
            moment: Aware.
        """
        return moment.astimezone(self.zone).date()

    def end_of(self, day: date) -> datetime:
        """Say when the last hour of a day has expired, in UTC."""
        return datetime.combine(day + _DAY, time.min, self.zone).astimezone(UTC)

    def is_working_day(self, day: date) -> bool:
        """Tell whether a day is neither a Saturday, nor a Sunday, nor a public holiday."""
        return day.weekday() < _SATURDAY and not self.is_holiday(day)


@dataclass(frozen=True, slots=True)
class Period:
    """For how long a controller may take.

    Attributes:
        received_at: Aware moment at which it received the request.
        extended_months: How many further months the subject was told of, 0 to 2.
        paused_days: For how many days it was in doubt who had sent the request.
    """

    received_at: datetime
    extended_months: int = 0
    paused_days: int = 0


def due(period: Period, calendar: Calendar) -> datetime:
    """Say when a subject request must have been answered: then its last day has expired.

    The day of the receipt is not counted. The last day is the one of the same date, or the last of
    a month that has no such date; days of doubt are added. Where it is no working day, the next one is the
    last, and at least two working days there are always.

    Args:
        period: For how long.
        calendar: The controller's.

    Returns:
        Aware UTC moment: midnight after the last day, as the controller's clocks show it.

    Reference:
        GDPR Art. 12(3); Regulation 1182/71, Art. 3(1), 3(2)(c), 3(4), 3(5).
    """
    received_on = calendar.day_of(period.received_at)
    last = _months_later(received_on, MONTHS + period.extended_months)
    last += timedelta(days=period.paused_days)
    days = _working_days_from(received_on + _DAY, calendar)
    least = [next(days) for _ in range(_LEAST_WORKING_DAYS)][-1]
    return calendar.end_of(max(least, next(_working_days_from(last, calendar))))


def is_overdue(due_at: datetime, now: datetime) -> bool:
    """Tell whether a deadline has passed."""
    return now >= due_at


def is_due_soon(due_at: datetime, now: datetime) -> bool:
    """Tell whether a deadline is close, and has not passed."""
    return due_at - WARNING <= now < due_at


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _working_days_from(day: date, calendar: Calendar) -> Iterator[date]:
    while True:
        if calendar.is_working_day(day):
            yield day
        day += _DAY
