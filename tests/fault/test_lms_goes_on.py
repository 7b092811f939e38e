"""The LMS writes and locks while a job runs: it is waited for, and nothing of the person is overlooked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import asyncpg
import pytest

from app.domain.subject_requests import NewSubjectRequest
from app.engine import batches, contention
from app.engine.context import EngineContext
from app.sources.sql.effects import sessions
from app.store import jobs, subject_requests
from app.store.transaction import transaction
from schemas.vocabulary import Right
from tests.fault.lms_writer import editing, locking, until_blocked, writing
from tests.fault.scenes import Ground, Place, Scene, new_scene
from tests.fault.schools import School, a_school
from tests.fixtures.rows import all_rows, changed_tables
from tests.oracle.lms_schema import PERSON_COLUMNS

_ROUNDS = 40
_KEPT = {
    ("grade", "teacher_id"),
    ("attendance", "recorded_by_id"),
    ("behaviour_comment", "teacher_id"),
    ("extra_time", "granted_by_id"),
    ("marking_comment", "assessor_id"),
}
"""Columns by which records that are kept show a name."""

_UNSEEN_THREADS = """
    SELECT count(*) FROM thread
    WHERE NOT EXISTS (SELECT FROM thread_member WHERE thread_id = thread.id)
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """A school and an installation, for one test.

    Attributes:
        school: Its people.
        scene: The installation.
        context: The engine's.
    """

    school: School
    scene: Scene
    context: EngineContext

    @property
    def place(self) -> Place:
        return self.scene.place

    async def lms_tells(self, sql: str, *arguments: object) -> object:
        """Ask the LMS for one value."""
        connection = await asyncpg.connect(self.place.lms_url)
        try:
            return await connection.fetchval(sql, *arguments)
        finally:
            await connection.close()

    async def names_of(self, person: int) -> set[tuple[str, str]]:
        """Tell which columns name a person."""
        return {
            (table, column)
            for table, column in PERSON_COLUMNS
            if await self.lms_tells(f"SELECT count(*) FROM {table} WHERE {column} = $1", person)
        }

    async def ended(self, request: NewSubjectRequest) -> asyncpg.Record:
        """Give the job of a subject request that has come to an end."""
        sql = "SELECT state, attempts, attention_reason FROM job WHERE id = $1"
        (row,) = await self.place.store_rows(sql, request.job_id)
        return row

    async def completed(self, request: NewSubjectRequest) -> None:
        """Assert that it completed; where records came too fast, resume it in peace first."""
        row = await self.ended(request)
        if row["state"] == "needs_attention":
            assert row["attention_reason"] == "unexplained_records"
            async with transaction(self.context.database, self.scene.controller.id) as connection:
                assert await jobs.resume(connection, request.job_id)
                await subject_requests.requeue(connection, request.id)
            await self.scene.carry_out(self.context)
            row = await self.ended(request)
        assert row["state"] == "completed", row["attention_reason"]


@pytest.fixture(scope="module")
async def eve(ground: Ground) -> tuple[School, Scene]:
    made = a_school()
    return made, await new_scene(ground, made.rows)


@pytest.fixture
async def stage(eve: tuple[School, Scene]) -> AsyncIterator[Stage]:
    made, scene = eve
    async with scene.place.copied() as place, place.context() as context:
        yield Stage(made, replace(scene, place=place), context)


@pytest.fixture
def cut_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_BATCH_SECONDS", 0)
    for name in ("_FEWEST", "_FIRST", "_MOST"):
        monkeypatch.setattr(batches, name, 2)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are waited for as briefly as a test can wait."""
    monkeypatch.setattr(sessions, "_LOCK_TIMEOUT", "100ms")
    monkeypatch.setattr(contention, "_PAUSES", (0.02, 0.02))


@pytest.mark.usefixtures("cut_small")
@pytest.mark.parametrize("who", ["student", "teacher"])
async def test_an_erasure_beside_an_lms_that_writes_overlooks_nothing(
    stage: Stage, who: str
) -> None:
    person = getattr(stage.school, who)
    request = await stage.scene.accept(stage.context, person, Right.ERASURE)
    async with writing(stage.place, person, _ROUNDS) as written:
        await stage.scene.carry_out(stage.context)
    assert sum(written) > len(written) + 1, "more was written meanwhile"
    await stage.completed(request)
    assert await stage.names_of(person) <= _KEPT
    assert await stage.lms_tells(_UNSEEN_THREADS) == 0


@pytest.mark.usefixtures("cut_small")
async def test_jobs_at_once_beside_an_lms_that_writes_lose_nothing_that_others_write(
    stage: Stage,
) -> None:
    made, scene, context = stage.school, stage.scene, stage.context
    await stage.place.lms_does(
        "INSERT INTO thread_member (thread_id, person_id, joined_at)"
        f" VALUES (1, {made.sibling}, now());"
        "INSERT INTO message (id, thread_id, sender_id, body, sent_at)"
        f" VALUES (900, 1, {made.sibling}, '', now());"
        "INSERT INTO note (id, owner_id, body, created_at)"
        f" VALUES (900, {made.sibling}, '', now())"
    )
    erased = [
        await scene.accept(context, each, Right.ERASURE) for each in (made.student, made.teacher)
    ]
    ground = {"ground": "accuracy_contested"}
    restricted = await scene.accept(context, made.friend, Right.RESTRICTION, **ground)
    async with (
        writing(stage.place, made.student, _ROUNDS) as written,
        editing(stage.place, made.sibling) as edits,
    ):
        await scene.carry_out(context)
        await scene.accept_lift(context, made.friend, restricted)
        await scene.carry_out(context)
    for request in (*erased, restricted):
        await stage.completed(request)
    for person in (made.student, made.teacher):
        assert await stage.names_of(person) <= _KEPT
    assert sum(written) > len(written) + 1
    assert edits, "the other one wrote meanwhile"
    for place in ("message WHERE sender_id", "note WHERE owner_id"):
        said = await stage.lms_tells(f"SELECT body FROM {place} = $1", made.sibling)
        # The other writer adds points to messages; the last edit may have been cut off as it stood.
        assert str(said).replace(".", "").startswith("".join(edits)), "in the same thread, or alone"


@pytest.mark.usefixtures("cut_small")
async def test_a_restriction_beside_an_lms_that_writes_hides_all_and_gives_all_back(
    stage: Stage,
) -> None:
    student, scene, context = stage.school.student, stage.scene, stage.context
    request = await scene.accept(context, student, Right.RESTRICTION, ground="accuracy_contested")
    async with writing(stage.place, student, _ROUNDS) as written:
        await scene.carry_out(context)
    assert sum(written) > len(written) + 1, "more was written meanwhile"
    await stage.completed(request)
    assert ("message", "sender_id") not in await stage.names_of(student)
    during = await all_rows(stage.place.lms_url)
    await scene.accept_lift(context, student, request)
    await scene.carry_out(context)
    assert ("message", "sender_id") in await stage.names_of(student)
    assert "message" in changed_tables(during, await all_rows(stage.place.lms_url))
    anonymous = (
        "SELECT count(*) FROM message JOIN person ON sender_id = person.id AND role = 'nobody'"
    )
    assert await stage.lms_tells(anonymous) == 0


async def test_a_job_that_meets_a_deadlock_looks_again(stage: Stage) -> None:
    student = stage.school.student
    request = await stage.scene.accept(stage.context, student, Right.ERASURE)
    lock = f"UPDATE message SET body = 'Edited' WHERE sender_id = {student}"
    async with carrying_out(stage), locking(stage.place, lock) as lms:
        await until_blocked(stage.place)  # with the person's row, whose log-in is blocked
        await lms.execute("UPDATE person SET about = 'Me' WHERE id = $1", student)
    row = await stage.ended(request)
    assert (row["state"], row["attempts"]) == ("completed", 1)
    assert await stage.names_of(student) == set()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("seconds", [0.15, 1.5])
async def test_a_lock_that_somebody_holds_is_waited_for_without_counting_attempts(
    stage: Stage, seconds: float
) -> None:
    student = stage.school.student
    request = await stage.scene.accept(stage.context, student, Right.ERASURE)
    lock = f"SELECT FROM message WHERE sender_id = {student} FOR UPDATE"
    async with carrying_out(stage), locking(stage.place, lock):
        await until_blocked(stage.place)
        await asyncio.sleep(seconds)
    row = await stage.ended(request)
    assert (row["state"], row["attempts"]) == ("completed", 1)


@asynccontextmanager
async def carrying_out(stage: Stage) -> AsyncIterator[None]:
    """Run what waits while the block runs, and to its end."""
    running = asyncio.create_task(stage.scene.carry_out(stage.context))
    try:
        yield
    finally:
        await running
