"""A worker is killed before and after each of its commits and side effects, one run for every point."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from tests.fault.nursery import Nursery
from tests.fault.outcomes import Outcome, differences, outcome_of
from tests.fault.scenes import Ground, Scene
from tests.fault.schools import EVES, eve_of

_AT_ONCE = 2
_FEWEST = 14
"""Points of the shortest job."""


async def run(workers: Nursery, eve: Scene, point: int) -> tuple[list[str], Outcome]:
    """Run the job in a place of its own; where its worker dies, a second one takes over."""
    async with eve.place.copied() as place:
        scene = replace(eve, place=place)
        first = workers.bear(place, "first", point)
        await first.gone()
        if point:
            assert len(first.reached) == point, first.log.read_text("utf-8")
            if await place.is_waited_for():
                await workers.bear(place, "second").gone()
        async with place.context() as context:
            return first.reached, await outcome_of(scene, context)


@pytest.mark.parametrize("name", EVES)
async def test_wherever_a_worker_dies_the_end_is_the_same(
    workers: Nursery, ground: Ground, name: str
) -> None:
    eve = await eve_of(ground, name)
    await workers.learn(eve.place)
    points, expected = await run(workers, eve, 0)
    assert {job[1] for job in expected.store["jobs"]} == {"completed"}, expected.store["jobs"]
    assert expected.store["left over"] == [(0, 0, 0)]
    print(f"{name}: {len(points)} points: {dict(Counter(points))}")  # noqa: T201
    assert len(points) >= _FEWEST
    assert expected.trail is None
    numbers = iter(range(1, len(points) + 1))
    differing: dict[str, list[str]] = {}

    async def crash() -> None:
        for number in numbers:
            _, found = await run(workers, eve, number)
            if amiss := differences(expected, found):
                differing[f"{number} {points[number - 1]}"] = amiss

    await asyncio.gather(*(crash() for _ in range(_AT_ONCE)))
    assert differing == {}
