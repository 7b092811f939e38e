"""When a data subject must have been answered: worked examples, and what holds for any day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.deadlines import Calendar, Period, due, is_due_soon, is_overdue
from app.domain.errors import Refused
from app.services.calendars import calendar_of, require_known
from schemas.controllers import ControllerSettings

EXAMPLES = [
    ("2026-03-05T12:00+01:00", "NO", 0, 0, "2026-04-07", "Sunday and Easter Monday"),
    ("2026-03-05T12:00+01:00", None, 0, 0, "2026-04-06", "a Sunday, where no holidays are known"),
    ("2026-06-11T12:00+02:00", "SE", 0, 0, "2026-07-13", "a Saturday"),
    ("2026-08-31T12:00+02:00", "DE", 0, 0, "2026-09-30", "a month without a 31st"),
    ("2026-01-31T12:00+01:00", "DE", 0, 0, "2026-03-02", "the last of February is a Saturday"),
    ("2028-01-30T12:00+01:00", "DE", 0, 0, "2028-02-29", "a leap year"),
    ("2026-11-25T12:00+01:00", "SE", 0, 0, "2026-12-28", "Christmas, then a weekend"),
    ("2026-12-03T12:00+01:00", "DE-BY", 1, 0, "2027-02-03", "one further month"),
    ("2026-10-06T12:00+02:00", "DE-BY", 2, 0, "2027-01-07", "Epiphany, in Bavaria"),
    ("2026-10-06T12:00+02:00", "DE-BE", 2, 0, "2027-01-06", "Epiphany, but in Berlin"),
    ("2026-11-30T12:00+01:00", "DE", 2, 0, "2027-03-01", "three months, counted from the receipt"),
    ("2026-06-01T12:00+02:00", "SE", 0, 3, "2026-07-06", "three days of doubt, then a weekend"),
    ("2026-06-01T23:30+00:00", "SE", 0, 0, "2026-07-02", "the second of June there already"),
]
ZONES = {None: "Europe/Berlin", "NO": "Europe/Oslo", "SE": "Europe/Stockholm"}


@pytest.mark.parametrize(
    ("received", "place", "months", "days", "last", "why"),
    EXAMPLES,
    ids=[f"{each[0][:10]} › {each[1]} › {each[4]} › {each[5]}" for each in EXAMPLES],
)
def test_a_deadline_ends_with_its_last_day(
    received: str, place: str | None, months: int, days: int, last: str, why: str
) -> None:
    zone = ZONES.get(place, "Europe/Berlin")
    calendar = calendar_of(ControllerSettings(deadline_calendar=place, time_zone=zone))
    period = Period(datetime.fromisoformat(received), months, days)
    end = due(period, calendar)
    midnight = datetime.combine(date.fromisoformat(last), datetime.min.time(), ZoneInfo(zone))
    assert end.tzinfo is UTC
    assert end.astimezone(ZoneInfo(zone)).date() == midnight.date() + timedelta(days=1), why
    assert end.astimezone(ZoneInfo(zone)).time() == datetime.min.time()


DAYS = st.dates(date(1990, 1, 1), date(2098, 1, 1))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2098, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone
ZONE = st.sampled_from(["UTC", "Europe/Oslo", "Pacific/Kiritimati", "America/St_Johns"])


@st.composite
def periods(draw: st.DrawFn) -> tuple[Period, Calendar]:
    received_at = draw(MOMENTS)
    near = st.integers(0, 120).map(lambda days: received_at.date() + timedelta(days=days))
    closed = draw(st.sets(near, max_size=60))
    period = Period(received_at, draw(st.integers(0, 2)), draw(st.integers(0, 30)))
    return period, Calendar(ZoneInfo(draw(ZONE)), closed.__contains__)


@given(periods())
def test_the_last_day_is_a_working_day_and_leaves_at_least_two(
    given_: tuple[Period, Calendar],
) -> None:
    period, calendar = given_
    received_on = calendar.day_of(period.received_at)
    last = calendar.day_of(due(period, calendar) - timedelta(microseconds=1))
    assert calendar.is_working_day(last)
    between = (received_on + timedelta(days=n) for n in range(1, (last - received_on).days + 1))
    assert sum(map(calendar.is_working_day, between)) >= 2


@given(periods())
def test_without_holidays_and_doubt_it_ends_within_two_days_of_the_same_date(
    given_: tuple[Period, Calendar],
) -> None:
    period, calendar = given_
    open_always = Calendar(calendar.zone, lambda _: False)
    received_on = calendar.day_of(period.received_at)
    end = due(Period(period.received_at, period.extended_months), open_always)
    last = calendar.day_of(end - timedelta(microseconds=1))
    months = (last.year - received_on.year) * 12 + last.month - received_on.month
    late = last.day - received_on.day if months == 1 + period.extended_months else 0
    assert months in {1 + period.extended_months, 2 + period.extended_months}
    assert late <= 2


@given(periods(), st.integers(1, 2), st.integers(1, 30))
def test_more_months_more_doubt_and_a_later_receipt_never_end_earlier(
    given_: tuple[Period, Calendar], months: int, days: int
) -> None:
    period, calendar = given_
    end = due(period, calendar)
    longer = Period(period.received_at, period.extended_months + months, period.paused_days)
    assert due(longer, calendar) >= end
    doubted = Period(period.received_at, period.extended_months, period.paused_days + days)
    assert due(doubted, calendar) >= end
    later = Period(period.received_at + timedelta(days=days), period.extended_months)
    assert due(later, calendar) >= due(Period(period.received_at, period.extended_months), calendar)


@pytest.mark.parametrize(
    ("opens", "last"),
    [
        pytest.param("2026-06-30", "2026-07-01", id="two days are open › the last day"),
        pytest.param("2026-07-01", "2026-07-02", id="the last day alone is open › the next one"),
        pytest.param("2026-07-03", "2026-07-06", id="opens on the Friday after it › the Monday"),
    ],
)
def test_where_the_whole_month_is_closed_two_working_days_are_left(opens: str, last: str) -> None:
    calendar = Calendar(UTC, lambda day: day < date.fromisoformat(opens))
    end = due(Period(datetime(2026, 6, 1, 12, tzinfo=UTC)), calendar)
    assert calendar.day_of(end - timedelta(microseconds=1)) == date.fromisoformat(last)


@given(MOMENTS, st.integers(-10 * 86_400, 86_400))
@example(datetime(2026, 6, 1, tzinfo=UTC), -7 * 86_400)
@example(datetime(2026, 6, 1, tzinfo=UTC), 0)
def test_a_deadline_is_close_for_a_week_and_then_overdue(due_at: datetime, seconds: int) -> None:
    now = due_at + timedelta(seconds=seconds)
    assert is_overdue(due_at, now) == (seconds >= 0)
    assert is_due_soon(due_at, now) == (-7 * 86_400 <= seconds < 0)


@pytest.mark.parametrize("place", ["XX", "DE-ZZ", "ZZ-BY"])
def test_a_place_whose_holidays_are_not_known_is_refused(place: str) -> None:
    with pytest.raises(Refused) as refused:
        require_known(ControllerSettings(deadline_calendar=place))
    assert [fault.pointer for fault in refused.value.faults] == ["/deadline_calendar"]


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "../etc/passwd", "/etc/localtime", ""])
def test_a_time_zone_that_is_not_known_is_refused(zone: str) -> None:
    with pytest.raises(Refused) as refused:
        require_known(ControllerSettings(time_zone=zone))
    assert [fault.pointer for fault in refused.value.faults] == ["/time_zone"]


def test_every_known_place_and_zone_is_accepted() -> None:
    for zone in ("UTC", "Europe/Oslo", "America/New_York"):
        assert zone in available_timezones()
        require_known(ControllerSettings(deadline_calendar="DE-BY", time_zone=zone))
