"""A worker that sleeps through its lease, wherever in a batch, and wakes when the job is another's."""

import os
import signal
from dataclasses import replace

import asyncpg
import pytest

from tests.fault.nursery import Nursery
from tests.fault.outcomes import Outcome, differences, outcome_of
from tests.fault.scenes import Ground, Place, Scene
from tests.fault.schools import eve_of
from tests.fixtures.patience import until

SHORT = {"lease_seconds": "4", "heartbeat_seconds": "0.5"}
"""Of the sleeper: run out soon after it fell asleep, and not before, however slow the machine is."""

PLACES = (
    ("a restriction", "before the LMS commits"),
    ("a restriction", "after the LMS committed"),
    ("a restriction", "before Habeas commits"),
    ("the erasure of a student", "before the LMS commits"),
    ("the erasure of a student", "after Habeas committed"),
    ("the erasure of a student", "before an upload goes"),
    ("the erasure of a visitor", "before Habeas commits"),
    ("the erasure of a visitor", "before the LMS commits"),
)
_VERSIONS = """
    SELECT coalesce(string_agg(concat_ws(' ', t.xmin, t.ctid, t.xmax), ',' ORDER BY t.ctid), '')
    FROM {table} AS t
"""

Versions = dict[str, str]


@pytest.fixture(scope="module")
async def eves(ground: Ground, workers: Nursery) -> dict[str, tuple[Scene, list[str]]]:
    """Each job with everything that it comes to when nobody disturbs it."""
    found = {}
    for name in dict(PLACES):
        eve = await eve_of(ground, name)
        await workers.learn(eve.place)
        async with eve.place.copied() as place:
            worker = workers.bear(place, "counting")
            await worker.gone()
            found[name] = (eve, worker.reached)
    return found


async def versions(place: Place) -> Versions:
    """Tell every version of every row of both databases: any write makes another one."""
    found: Versions = {}
    for url in (place.lms_url, place.store_url):
        connection = await asyncpg.connect(url)
        names = await connection.fetch(
            "SELECT oid::regclass::text FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        for (name,) in names:
            found[f"{url} {name}"] = await connection.fetchval(_VERSIONS.format(table=name))
        await connection.close()
    return found


@pytest.mark.parametrize(("job", "where"), PLACES)
async def test_a_worker_that_wakes_after_its_lease_writes_nothing_on_either_database(
    eves: dict[str, tuple[Scene, list[str]]], workers: Nursery, job: str, where: str
) -> None:
    eve, points = eves[job]
    numbers = [number for number, name in enumerate(points, 1) if name == where]
    number = numbers[len(numbers) // 2]
    async with eve.place.copied() as place:
        sleeper = workers.bear(place, "sleeper", number, "SIGSTOP", **SHORT)
        await until(sleeper.is_stopped)
        await workers.finish(place)
        done = await _outcome(eve, place)
        assert {each[1] for each in done.store["jobs"]} == {"completed"}, done.store["jobs"]
        before = await versions(place)
        os.kill(sleeper.pid, signal.SIGCONT)
        await sleeper.gone()
        assert await versions(place) == before
        assert differences(done, await _outcome(eve, place)) == []


async def _outcome(eve: Scene, place: Place) -> Outcome:
    async with place.context() as context:
        return await outcome_of(replace(eve, place=place), context)
