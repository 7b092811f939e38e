"""A server crashes, or is gone, in the middle of a job: the end is the same, and the counts are exact."""

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import pytest

from app.embedded.stack import Stack
from app.store.migrations import upgrade
from tests.fault.nursery import Nursery
from tests.fault.outcomes import Outcome, differences, outcome_of
from tests.fault.scenes import Ground, Place, Scene
from tests.fault.schools import eve_of
from tests.fixtures.patience import until
from tests.fixtures.store import OWNER, ROLES

_TEMPLATE = "store_template"
_CASES = (
    ("the erasure of a student", "before the LMS commits", "the LMS's"),
    ("the erasure of a student", "after the LMS committed", "the LMS's"),
    ("the erasure of a student", "before Habeas commits", "Habeas's"),
    ("the erasure of a student", "after Habeas committed", "Habeas's"),
    ("the erasure of a student", "before an upload goes", "Habeas's"),
    ("a lift", "before the LMS commits", "the LMS's"),
    ("a lift", "after the LMS committed", "the LMS's"),
)
_SOON = "0.2"
_OTHER_WORK = 40
"""Transactions of the LMS after its crash: some get the numbers of those that were lost."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job, and what it comes to where nothing happens.

    Attributes:
        eve: Before it.
        points: The commits and side effects on its way.
        outcome: Its end.
    """

    eve: Scene
    points: list[str]
    outcome: Outcome


@pytest.fixture(scope="module")
async def servers(empty_directory: Callable[[], Path]) -> AsyncIterator[Ground]:
    """Servers of their own, that of the LMS apart from those of Habeas."""
    with ExitStack() as exits:
        own, lms = (
            exits.enter_context(Stack(empty_directory() / "stack", durable=False)) for _ in "12"
        )
        for role in ROLES:
            own.ensure_role(role)
        own.ensure_database(_TEMPLATE, OWNER)
        await upgrade(own.database_url(_TEMPLATE, OWNER))
        yield Ground(own, lms, _TEMPLATE, empty_directory)


@pytest.fixture(scope="module")
async def undisturbed(servers: Ground, workers: Nursery) -> dict[str, Job]:
    found = {}
    for name in dict.fromkeys(case[0] for case in _CASES):
        eve = await eve_of(servers, name)
        await workers.learn(eve.place)
        async with eve.place.copied() as place:
            worker = workers.bear(place, "undisturbed")
            await worker.gone()
            found[name] = Job(eve, worker.reached, await _outcome(eve, place))
    return found


async def _outcome(eve: Scene, place: Place) -> Outcome:
    async with place.context() as context:
        return await outcome_of(replace(eve, place=place), context)


@pytest.mark.parametrize(("name", "where", "whose"), _CASES)
async def test_a_postgresql_that_crashes_in_the_middle_of_a_job_changes_nothing_of_its_end(
    servers: Ground,
    undisturbed: dict[str, Job],
    workers: Nursery,
    name: str,
    where: str,
    whose: str,
) -> None:
    job = undisturbed[name]
    numbers = [number for number, each in enumerate(job.points, 1) if each == where]
    async with job.eve.place.copied() as place:
        worker = workers.bear(
            place, "disturbed", numbers[len(numbers) // 2], "SIGSTOP", retry_seconds=_SOON
        )
        await until(worker.is_stopped)
        server = servers.lms_stack if whose == "the LMS's" else servers.stack
        server.restart_postgresql(immediate=True)
        await _work_on(place)
        os.kill(worker.pid, signal.SIGCONT)
        await worker.gone()
        await workers.finish(place)
        assert differences(job.outcome, await _outcome(job.eve, place)) == []


async def _work_on(place: Place) -> None:
    connection = await asyncpg.connect(place.lms_url)
    for _ in range(_OTHER_WORK):
        await connection.execute("UPDATE institution SET name = name")
    await connection.close()


async def test_an_erasure_ends_the_same_while_redis_is_away(
    servers: Ground, undisturbed: dict[str, Job], workers: Nursery
) -> None:
    job = undisturbed["the erasure of a student"]
    async with job.eve.place.copied() as place:
        servers.stack.valkey.stop(immediate=True)
        try:
            await workers.bear(place, "undisturbed").gone()
        finally:
            servers.stack.valkey.spawn()
            servers.stack.valkey.wait_until_ready()
        assert differences(job.outcome, await _outcome(job.eve, place)) == []
