"""Ids sort by the millisecond they were made in."""

import time
from functools import reduce
from operator import or_
from uuid import RFC_4122

from app.domain.ids import new_id


def test_ids_are_version_7_and_differ() -> None:
    made = {new_id() for _ in range(2_000)}
    assert len(made) == 2_000
    assert {(id_.version, id_.variant) for id_ in made} == {(7, RFC_4122)}


def test_what_is_neither_time_nor_form_is_drawn() -> None:
    made = [new_id().int for _ in range(200)]
    drawn = reduce(or_, (each ^ made[0] for each in made)) & (1 << 80) - 1
    assert drawn == ((1 << 12) - 1) << 64 | (1 << 62) - 1


def test_an_id_carries_the_time_and_sorts_by_it() -> None:
    before = time.time_ns() // 1_000_000
    first = new_id()
    time.sleep(0.002)
    second = new_id()
    assert before <= first.int >> 80 <= time.time_ns() // 1_000_000
    assert first < second
