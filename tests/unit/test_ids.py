"""Ids sort by the millisecond they were made in."""

import time
from uuid import RFC_4122

from app.domain.ids import new_id


def test_ids_are_version_7_and_differ() -> None:
    made = {new_id() for _ in range(2_000)}
    assert len(made) == 2_000
    assert {(id_.version, id_.variant) for id_ in made} == {(7, RFC_4122)}


def test_an_id_carries_the_time_and_sorts_by_it() -> None:
    before = time.time_ns() // 1_000_000
    first = new_id()
    time.sleep(0.002)
    second = new_id()
    assert before <= first.int >> 80 <= time.time_ns() // 1_000_000
    assert first < second
