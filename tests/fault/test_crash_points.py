"""A worker is killed before and after each of its commits and side effects, one run for every point."""

import asyncio
from collections import Counter
from dataclasses import dataclass, replace

import pytest

from tests.fault.nursery import Born, Nursery
from tests.fault.outcomes import Outcome, differences, outcome_of
from tests.fault.scenes import Ground, Scene
from tests.fault.schools import EVES, eve_of

_AT_ONCE = 2
_FEWEST = 14
"""Points of the shortest job."""

_FAULTS = ("job.crashed", "job.impossible", "Traceback")
"""What no log of a worker that takes over may say, however well it ends."""


@dataclass(frozen=True, slots=True)
class Run:
    """A job from its eve to its end, whoever died on the way.

    Attributes:
        points: Those that its first worker reached.
        outcome: Its end.
        told: What the workers after the first one wrote.
    """

    points: list[str]
    outcome: Outcome
    told: list[str]


async def run(workers: Nursery, eve: Scene, point: int) -> Run:
    """Run the job in a place of its own; where its worker dies, others take over."""
    async with eve.place.copied() as place:
        scene = replace(eve, place=place)
        first = workers.bear(place, "first", point)
        await first.gone()
        later: list[Born] = []
        if point:
            assert len(first.reached) == point, first.log.read_text("utf-8")
            later = await workers.finish(place)
        told = [each.log.read_text("utf-8") for each in later]
        async with place.context() as context:
            return Run(first.reached, await outcome_of(scene, context), told)


@pytest.mark.parametrize("name", EVES)
async def test_wherever_a_worker_dies_the_end_is_the_same(
    workers: Nursery, ground: Ground, name: str
) -> None:
    eve = await eve_of(ground, name)
    await workers.learn(eve.place)
    undisturbed = await run(workers, eve, 0)
    points, expected = undisturbed.points, undisturbed.outcome
    assert {job[1] for job in expected.store["jobs"]} == {"completed"}, expected.store["jobs"]
    assert expected.store["left over"] == [(0, 0, 0)]
    print(f"{name}: {len(points)} points: {dict(Counter(points))}")  # noqa: T201
    assert len(points) >= _FEWEST
    assert expected.trail is None
    numbers = iter(range(1, len(points) + 1))
    differing: dict[str, list[str]] = {}

    async def crash() -> None:
        for number in numbers:
            found = await run(workers, eve, number)
            if len(found.told) > 1:
                print(f"{number} {points[number - 1]}: {found.told}")  # noqa: T201
            amiss = differences(expected, found.outcome)
            if amiss or any(fault in told for told in found.told for fault in _FAULTS):
                differing[f"{number} {points[number - 1]}"] = amiss + found.told

    await asyncio.gather(*(crash() for _ in range(_AT_ONCE)))
    assert differing == {}
