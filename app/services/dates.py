"""Dates that a caller writes: of what has happened, so not in the future."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from app.domain.errors import Fault, Refused
from schemas.problem_vocabulary import Problem

_CLOCK_TOLERANCE = timedelta(minutes=5)


def refuse_future(dates: Mapping[str, datetime | None]) -> None:
    """Refuse moments that have not come yet; clocks may differ by five minutes.

    Args:
        dates: Aware moments, by JSON pointer into the body.

    Raises:
        Refused: One lies in the future.
    """
    latest = datetime.now(UTC) + _CLOCK_TOLERANCE
    faults = tuple(
        Fault(pointer, "lies in the future")
        for pointer, date in dates.items()
        if date is not None and date > latest
    )
    if faults:
        raise Refused(Problem.INVALID_BODY, "A date lies in the future; see errors.", faults)
