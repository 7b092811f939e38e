"""What failed is tried again for days, not all at once, and no longer than that."""

from datetime import timedelta

import pytest

from app.domain.webhook_schedule import wait_after
from app.settings import Settings

SCHEDULE = Settings().webhook_retry_schedule
HOUR = timedelta(hours=1)


def test_it_is_tried_again_for_three_days_and_then_a_dead_letter() -> None:
    waits = [wait_after(failures, SCHEDULE, None, 0.5) for failures in range(1, 11)]
    assert waits == [*SCHEDULE, None]
    assert timedelta(days=3) < sum(SCHEDULE, timedelta()) < timedelta(days=4)


def test_what_failed_together_does_not_come_back_together() -> None:
    waits = {wait_after(4, SCHEDULE, None, luck / 10) for luck in range(10)}
    assert len(waits) == 10
    assert all(each and 1.8 * HOUR <= each <= 2.2 * HOUR for each in waits)


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        pytest.param(6 * HOUR, 6 * HOUR, id="longer than the schedule"),
        pytest.param(HOUR, 2 * HOUR, id="shorter than the schedule"),
        pytest.param(-HOUR, 2 * HOUR, id="in the past"),
        pytest.param(9_000 * HOUR, 24 * HOUR, id="longer than a day"),
    ],
)
def test_a_receiver_may_ask_to_be_left_alone_up_to_a_day(
    asked: timedelta, waited: timedelta
) -> None:
    assert wait_after(4, SCHEDULE, asked, 0.5) == waited
