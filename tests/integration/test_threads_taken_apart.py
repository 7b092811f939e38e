"""A thread that still holds what a living person wrote is not deleted, and holds up nothing else."""

from app.demo.school import Person
from tests.fixtures.holding import somebody
from tests.fixtures.office import Office

_THREAD = """
    INSERT INTO thread (institution_id, created_by_id, subject, created_at)
    SELECT institution_id, id, 'taken apart', now() FROM person WHERE id = $1 RETURNING id
"""
_MEMBER = "INSERT INTO thread_member (thread_id, person_id, joined_at) VALUES ($1, $2, now())"
_MESSAGE = (
    "INSERT INTO message (thread_id, sender_id, body, sent_at) VALUES ($1, $2, 'hello', now())"
)


async def _thread(office: Office, *members: Person) -> int:
    """Have a thread that the first of its members began, and in which each wrote something."""
    thread: int = await office.lms(_THREAD, members[0].id)
    for member in members:
        await office.lms(_MEMBER, thread, member.id)
        await office.lms(_MESSAGE, thread, member.id)
    return thread


async def _left(office: Office, thread: int) -> tuple[int, int]:
    """Count a thread and its messages."""
    return (
        await office.lms("SELECT count(*) FROM thread WHERE id = $1", thread),
        await office.lms("SELECT count(*) FROM message WHERE thread_id = $1", thread),
    )


async def test_a_thread_with_what_a_living_person_wrote_stays_and_holds_up_no_other(
    office: Office,
) -> None:
    writer, stayer, reader = [await somebody(office, skip=each) for each in range(3)]
    apart = await _thread(office, writer, stayer)
    whole = await _thread(office, writer, reader)
    await office.erase(writer)
    assert await _left(office, apart) == (1, 2)
    assert await _left(office, whole) == (1, 2)

    await office.lms("DELETE FROM thread_member WHERE thread_id = $1", apart)
    await office.lms(
        "DELETE FROM message WHERE thread_id = $1 AND sender_id = $2", whole, reader.id
    )
    await office.lms("DELETE FROM thread_member WHERE thread_id = $1", whole)
    await office.post("lms-events", {"type": "person.deleted", "subject_key": "0"})
    await office.work()
    jobs = "SELECT state FROM job WHERE kind = 're_examination'"
    assert {row["state"] for row in await office.workplace.execute(jobs)} == {"completed"}
    assert await _left(office, apart) == (1, 1), "what the writer left has gone, the other's stays"
    assert await _left(office, whole) == (0, 0)

    await office.erase(stayer)
    assert await _left(office, apart) == (0, 0)
