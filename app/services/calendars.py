"""The calendar that a controller's deadlines go by: its time zone and public holidays."""

from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import holidays

from app.domain.deadlines import Calendar
from app.domain.errors import Fault, Refused
from schemas.controllers import ControllerSettings
from schemas.problem_vocabulary import Problem

_UTC = "UTC"


def calendar_of(settings: ControllerSettings) -> Calendar:
    """Give a controller's calendar.

    Args:
        settings: The controller's. Without a place only weekends are no working days, and without
            a time zone days are those of UTC.
    """
    return _calendar(settings.deadline_calendar, settings.time_zone or _UTC)


def require_known(settings: ControllerSettings) -> None:
    """Make sure that a controller's place and time zone are known here.

    Raises:
        Refused: One of them is not.
    """
    faults = []
    if settings.deadline_calendar is not None and not _is_known(settings.deadline_calendar):
        faults.append(Fault("/deadline_calendar", "names no place whose holidays are known"))
    if settings.time_zone is not None and settings.time_zone not in available_timezones():
        faults.append(Fault("/time_zone", "names no time zone that is known"))
    if faults:
        raise Refused(
            Problem.INVALID_BODY, "A setting names what is not known; see errors.", tuple(faults)
        )


def _is_known(place: str) -> bool:
    country, _, part = place.partition("-")
    supported = holidays.list_supported_countries()
    return country in supported and (not part or part in supported[country])


@lru_cache(maxsize=256)
def _calendar(place: str | None, zone: str) -> Calendar:
    if place is None:
        return Calendar(ZoneInfo(zone), _never)
    country, _, part = place.partition("-")
    days = holidays.country_holidays(country, subdiv=part or None)
    return Calendar(ZoneInfo(zone), days.__contains__)


def _never(_: date) -> bool:
    return False
