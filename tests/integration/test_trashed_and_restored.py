"""A person who is trashed and restored ends where the last event says, however little lies between."""

from collections.abc import Iterator

import pytest

from app.demo.school import Person
from app.engine import restriction as restrictions_engine
from app.engine.work import Work
from app.store.restrictions import Restriction
from tests.fixtures.held_up import has_intents, held_up
from tests.fixtures.office import APPROVAL, Json, Office
from tests.fixtures.patience import until
from tests.fixtures.rows import all_rows, changed_tables

MOVED = {"moved_by": "Kari Holm", "moved_at": "2026-11-20T09:00:00Z", "reference": "SIS-1"}
NEEDS_ATTENTION = """
    WITH job AS (
        UPDATE job SET state = 'needs_attention', attention_reason = 'source_unreachable'
        WHERE subject_request_id = $1 RETURNING id
    ), asleep AS (
        DELETE FROM wakeable_job USING job WHERE job_id = job.id
    )
    UPDATE subject_request SET state = 'needs_attention' WHERE id = $1
"""


async def tell(office: Office, person: Person, *events: str) -> list[list[str]]:
    """Tell what happened to a person; give the subject requests that each event opened."""
    opened = []
    for each in events:
        body = {"type": f"person.{each}", "subject_key": str(person.id)} | MOVED
        opened.append((await office.post("lms-events", body))["subject_request_ids"])
    return opened


async def in_force(office: Office, person: Person) -> list[str]:
    """Give the grounds on which a person is restricted."""
    name = person.full_name
    listed = (await office.get("restrictions?state=active&limit=200"))["items"]
    return [each["ground"] for each in listed if name in (each["subject"] or {}).values()]


async def may_log_in(office: Office, person: Person) -> bool:
    return bool(await office.lms("SELECT active FROM person WHERE id = $1", person.id))


async def state(office: Office, request_id: str) -> str:
    return str((await office.get(f"subject-requests/{request_id}"))["state"])


async def restrict(office: Office, person: Person, ground: str) -> Json:
    """Ask for a restriction, and do not wait for it."""
    body = {"right": "restriction", "ground": ground, "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(person)
    return await office.post("subject-requests", body)


async def test_a_restored_person_is_not_restricted_by_what_had_not_begun(
    office: Office, student: Person
) -> None:
    before = await all_rows(office.workplace.campus.url)
    (request_id,), opened = await tell(office, student, "trashed", "restored")
    assert opened == []
    assert await state(office, request_id) == "cancelled"
    actions = [each["action"] for each in await office.trail()][:2]
    assert actions == ["subject_request.cancelled", "lms_event.received"]
    await office.work()
    assert await in_force(office, student) == []
    assert changed_tables(before, await all_rows(office.workplace.campus.url)) == []


@pytest.mark.parametrize("works_first", [True, False], ids=["carried out", "still queued"])
async def test_who_is_trashed_again_is_restricted_in_the_end(
    office: Office, student: Person, *, works_first: bool
) -> None:
    await tell(office, student, "trashed")
    if works_first:
        await office.work()
    _, (request_id,) = await tell(office, student, "restored", "trashed")
    await office.work()
    assert await state(office, request_id) == "completed"
    assert await in_force(office, student) == ["normal_flow"]
    assert not await may_log_in(office, student)
    assert await tell(office, student, "trashed") == [[]]
    await tell(office, student, "restored")
    await office.work()
    assert await in_force(office, student) == []
    assert await may_log_in(office, student)


@pytest.mark.parametrize("works_first", [True, False], ids=["carried out", "still queued"])
async def test_who_is_restored_twice_is_as_before(
    office: Office, student: Person, students: Iterator[Person], *, works_first: bool
) -> None:
    await office.restrict(next(students))  # makes the stand-in
    before = await all_rows(office.workplace.campus.url)
    await tell(office, student, "trashed")
    if works_first:
        await office.work()
    await tell(office, student, "restored", "trashed", "restored")
    await office.work()
    assert await in_force(office, student) == []
    assert changed_tables(before, await all_rows(office.workplace.campus.url)) == []


async def test_what_has_begun_is_lifted_after_it_and_can_be_followed_by_the_next(
    office: Office, student: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.batches._BATCH_SECONDS", 0)  # a commit for every record type
    ((first,),) = await tell(office, student, "trashed")
    async with office.workplace.working() as runner, held_up(office):
        await runner.look_around()
        await until(lambda: has_intents(office))
        (lift,), (second,) = await tell(office, student, "restored", "trashed")
    await office.work()
    assert [await state(office, each) for each in (first, lift, second)] == ["completed"] * 3
    assert await in_force(office, student) == ["normal_flow"]


async def test_what_waits_for_a_person_is_rolled_back(
    office: Office,
    student: Person,
    students: Iterator[Person],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await office.restrict(next(students))  # makes the stand-in
    before = await all_rows(office.workplace.campus.url)
    monkeypatch.setattr("app.engine.batches._BATCH_SECONDS", 0)
    ((first,),) = await tell(office, student, "trashed")
    async with office.workplace.working() as runner, held_up(office):
        await runner.look_around()
        await until(lambda: has_intents(office))
        await office.workplace.execute("UPDATE job SET fence = fence + 1 WHERE state = 'running'")
    await office.workplace.execute(NEEDS_ATTENTION, first)
    assert await tell(office, student, "restored") == [[]]
    ((second,),) = await tell(office, student, "trashed")
    assert await tell(office, student, "restored") == [[]]
    await office.work()
    assert [await state(office, each) for each in (first, second)] == ["cancelled"] * 2
    assert changed_tables(before, await all_rows(office.workplace.campus.url)) == []


async def test_a_right_of_the_person_that_is_queued_is_not_called_off(
    office: Office, student: Person
) -> None:
    request = await restrict(office, student, "accuracy_contested")
    await tell(office, student, "trashed", "restored")
    await office.carried_out(request)
    assert await in_force(office, student) == ["accuracy_contested"]


async def test_a_worker_makes_no_restriction_of_what_was_just_called_off(
    office: Office, student: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = restrictions_engine._open

    async def called_off(work: Work) -> Restriction:
        await tell(office, student, "restored")
        return await make(work)

    monkeypatch.setattr(restrictions_engine, "_open", called_off)
    ((request_id,),) = await tell(office, student, "trashed")
    await office.work()
    assert await state(office, request_id) == "cancelled"
    assert await in_force(office, student) == []
