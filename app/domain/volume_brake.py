"""How many persons a controller may erase within a day before a second person has to look.

Reference:
    ``docs/approvals.md``, "The volume brake".
"""

LEAST = 10
"""So many may always be erased where the controller says nothing else."""

SHARE_PERCENT = 0.5
"""Such a part of its persons, where that is more."""


def daily_limit(people: int, *, most: int | None = None, share_percent: float | None = None) -> int:
    """Give the number of persons from which on erasures are held.

    Args:
        people: How many persons the controller has.
        most: So many, where the controller says so.
        share_percent: Such a part of its persons, 0 < x ≤ 100, where the controller says so.

    Returns:
        The larger of both; of 10 and 0.5 % where the controller says neither.
    """
    if most is None and share_percent is None:
        most, share_percent = LEAST, SHARE_PERCENT
    return max(most or 0, int(people * (share_percent or 0) / 100))
