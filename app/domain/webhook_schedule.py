"""When a webhook that could not be delivered is tried again."""

from collections.abc import Sequence
from datetime import timedelta

LONGEST_WAIT = timedelta(days=1)
"""What a receiver can ask for at most."""

_JITTER = 0.1


def wait_after(
    failures: int, schedule: Sequence[timedelta], asked: timedelta | None, luck: float
) -> timedelta | None:
    """Say how long to wait before the next attempt.

    Args:
        failures: How many attempts have failed, at least 1.
        schedule: How long to wait after the first, the second, …
        asked: How long the receiver asks to be left alone; heard up to a day, and never as less
            than the schedule says.
        luck: 0 ≤ x < 1, drawn for this attempt: a tenth more or less, so that what failed together
            does not come back together.

    Returns:
        None where the schedule has ended: it is a dead letter.

    Reference:
        Standard Webhooks, "Deliverability and reliability"; RFC 9110, 10.2.3 (Retry-After).
    """
    if failures > len(schedule):
        return None
    wait = schedule[failures - 1] * (1 - _JITTER + 2 * _JITTER * luck)
    return wait if asked is None else max(wait, min(asked, LONGEST_WAIT))
