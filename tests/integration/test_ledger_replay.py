"""After the learning platform was restored from a backup: who had been erased is erased again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from app.demo.school import Person
from app.embedded.stack import Stack
from app.services import ledger
from app.services.context import Context
from app.services.ledger import Replay, Restored
from tests.fixtures.backups import Backup
from tests.fixtures.office import Office, context_of

_NUMBERS = count(1)
_GRADE = """
    INSERT INTO grade (student_id, teacher_id, title, grade, given_at)
    VALUES ($1, $2, 'Essay', 'B', now()) RETURNING id
"""
_THREAD = """
    INSERT INTO thread (institution_id, created_by_id, subject, created_at)
    SELECT institution_id, id, 'Homework', now() FROM person WHERE id = $1 RETURNING id
"""
_MEMBER = "INSERT INTO thread_member (thread_id, person_id, joined_at) VALUES ($1, $2, now())"
_MESSAGE = (
    "INSERT INTO message (thread_id, sender_id, body, sent_at) VALUES ($1, $2, 'hello', now())"
)
_THERE = (
    "SELECT array_agg(full_name || coalesce(email, '') ORDER BY id) FROM person WHERE id = ANY ($1)"
)


@pytest.fixture
async def context(office: Office) -> Context:
    return context_of(office.workplace)


@pytest.fixture
def platform(office: Office, stack: Stack, empty_directory: Callable[[], Path]) -> Backup:
    """Give the backup of the learning platform's database."""
    dump = empty_directory() / "campus.dump"
    return Backup(office.workplace.campus.url, stack.bin_directory, dump)


async def test_a_replay_erases_who_is_back_and_nobody_else_and_once(
    office: Office, context: Context
) -> None:
    controller_id, facts = office.workplace.controller.id, office.workplace.campus.facts
    back, newer, before = facts.namesakes[0], facts.namesakes[1], facts.twins[0]
    await office.erase(before)
    taken_at = datetime.now(UTC)
    rows = {each: await copy_of(office, each.id) for each in (back, newer)}
    for person in (back, newer):
        await office.erase(person)
    for person, row in rows.items():
        created_at = None if person is back else datetime.now(UTC) + timedelta(minutes=1)
        await put_back(office, row, created_at)
    restored = Restored(taken_at)
    expected = Replay(found=2, newer=1, known=0, submitted=1)
    assert await ledger.replay(context, controller_id, restored, is_trial=True) == expected
    assert await ledger.replay(context, controller_id, restored, is_trial=False) == expected
    await office.work()
    left = "SELECT array_agg(id) FROM person WHERE id = ANY ($1)"
    assert await office.lms(left, [back.id, newer.id]) == [newer.id]
    (request,) = await office.workplace.execute(
        "SELECT state, subject_key FROM subject_request WHERE options ->> 'backup_taken_at' = $1",
        taken_at.isoformat(),
    )
    assert (request["state"], request["subject_key"]) == ("completed", None)
    again = await ledger.replay(context, controller_id, restored, is_trial=False)
    assert again == Replay(found=1, newer=1)
    await put_back(office, rows[back], None)
    twice = await ledger.replay(context, controller_id, restored, is_trial=False)
    assert twice == Replay(found=2, newer=1, known=1)
    anew = Restored(taken_at, is_again=True)
    assert (await ledger.replay(context, controller_id, anew, is_trial=False)).submitted == 1
    await office.work()
    assert await office.lms(left, [back.id]) is None


async def test_whose_row_went_only_after_the_backup_is_erased_again_and_whose_row_waits_is_not(
    office: Office, context: Context, platform: Backup
) -> None:
    teacher, waiting, student, other = [await newcomer(office) for _ in range(4)]
    grades = [await office.lms(_GRADE, student.id, teacher.id)]
    kept = await office.lms(_GRADE, other.id, waiting.id)
    for person in (teacher, waiting):
        await office.erase(person)
    deferred = await deferrals(office)
    restored = Restored(await platform.take())
    everybody = [each.id for each in (teacher, waiting, student)]
    await office.erase(student)
    assert await office.lms(_THERE, everybody) == [waiting.full_name]
    await platform.restore()
    names = [teacher.full_name, waiting.full_name, student.full_name + student.email]
    assert await office.lms(_THERE, everybody) == names

    controller_id = office.workplace.controller.id
    replayed = await ledger.replay(context, controller_id, restored, is_trial=False)
    assert replayed == Replay(found=2, submitted=2)
    await office.work()
    assert await office.lms(_THERE, everybody) == [waiting.full_name]
    left = "SELECT array_agg(id) FROM grade WHERE id = ANY ($1)"
    assert await office.lms(left, [*grades, kept]) == [kept]
    assert await deferrals(office) < deferred
    assert await ledger.replay(context, controller_id, restored, is_trial=False) == Replay()


async def test_whom_the_platform_let_go_waits_again_once_what_names_them_is_back(
    office: Office, context: Context, platform: Backup
) -> None:
    teacher, student = [await newcomer(office) for _ in range(2)]
    grade = await office.lms(_GRADE, student.id, teacher.id)
    await office.erase(teacher)
    restored = Restored(await platform.take())
    await office.lms("DELETE FROM grade WHERE id = $1", grade)
    await office.post("lms-events", {"type": "person.deleted", "subject_key": "0"})
    await office.work()
    assert await office.lms(_THERE, [teacher.id]) is None
    await platform.restore()

    controller_id = office.workplace.controller.id
    replayed = await ledger.replay(context, controller_id, restored, is_trial=False)
    assert replayed == Replay(found=1, submitted=1)
    await office.work()
    assert await office.lms(_THERE, [teacher.id]) == [teacher.full_name]
    again = await ledger.replay(context, controller_id, restored, is_trial=False)
    assert again == Replay(found=1, known=1)
    await office.erase(student)
    assert await office.lms(_THERE, [teacher.id, student.id]) is None


async def test_what_waited_for_one_who_is_erased_again_goes_with_them_again(
    office: Office, context: Context, platform: Backup
) -> None:
    writer, reader = [await newcomer(office) for _ in range(2)]
    thread = await office.lms(_THREAD, writer.id)
    for member in (writer, reader):
        await office.lms(_MEMBER, thread, member.id)
    await office.lms(_MESSAGE, thread, writer.id)
    await office.erase(writer)
    restored = Restored(await platform.take())
    left = "SELECT count(*) FROM message WHERE thread_id = $1"
    await office.erase(reader)
    assert await office.lms(left, thread) == 0
    await platform.restore()
    assert await office.lms(left, thread) == 1

    controller_id = office.workplace.controller.id
    replayed = await ledger.replay(context, controller_id, restored, is_trial=False)
    assert replayed == Replay(found=1, submitted=1)
    await office.work()
    assert await office.lms(left, thread) == 0
    assert await office.lms("SELECT count(*) FROM thread WHERE id = $1", thread) == 0


async def newcomer(office: Office) -> Person:
    """Have the platform know one more person, whom nothing names yet."""
    number = next(_NUMBERS)
    connection = await asyncpg.connect(office.workplace.campus.url)
    try:
        row = await connection.fetchrow(
            "INSERT INTO person (institution_id, full_name, role, email)"
            " VALUES ($1::int, 'Newcomer ' || $2::int, 'student', 'newcomer.' || $2 || '@example.org')"
            " RETURNING id, institution_id, full_name, email, username, student_no, candidate_id,"
            " role",
            int(office.workplace.controller.key_in_lms or "0"),
            number,
        )
    finally:
        await connection.close()
    assert row is not None
    return Person(**dict(row))


async def deferrals(office: Office) -> set[str]:
    """Name what waits for something."""
    return {str(row["id"]) for row in await office.workplace.execute("SELECT id FROM deferral")}


async def copy_of(office: Office, person_id: int) -> str:
    return str(await office.lms("SELECT p::text FROM person AS p WHERE id = $1", person_id))


async def put_back(office: Office, row: str, created_at: datetime | None) -> None:
    id_ = await office.lms("INSERT INTO person SELECT ($1::text::person).* RETURNING id", row)
    if created_at is not None:
        await office.lms("UPDATE person SET created_at = $2 WHERE id = $1", id_, created_at)
