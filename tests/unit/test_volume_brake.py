"""How many persons a controller may erase in a day before somebody else has to look."""

import pytest

from app.domain.volume_brake import daily_limit


@pytest.mark.parametrize(
    ("people", "most", "percent", "limit"),
    [
        (0, None, None, 10),
        (2_199, None, None, 10),
        (2_200, None, None, 11),
        (1_000_000, None, None, 5_000),
        (1_000_000, 3, None, 3),
        (0, 3, None, 3),
        (1_000, None, 2.0, 20),
        (40, None, 2.0, 0),
        (1_000, 50, 2.0, 50),
        (10_000, 50, 2.0, 200),
        (7, None, 100.0, 7),
    ],
    ids=str,
)
def test_the_limit_is_the_larger_of_what_is_said(
    people: int, most: int | None, percent: float | None, limit: int
) -> None:
    assert daily_limit(people, most=most, share_percent=percent) == limit
