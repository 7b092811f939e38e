"""What the learning platform tells: deferrals are looked at again, the trashcan is kept."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from app.demo.school import Person
from tests.fixtures.holding import somebody
from tests.fixtures.office import APPROVAL, Json, Office
from tests.fixtures.rows import all_rows, changed_tables

MOVED = {"moved_by": "Kari Holm", "moved_at": "2026-11-20T09:00:00Z", "reference": "SIS-1"}


def trashed(person: Person, **more: str) -> Json:
    return {"type": "person.trashed", "subject_key": str(person.id)} | MOVED | more


async def test_a_deleted_container_has_the_deferrals_looked_at_again(office: Office) -> None:
    await office.erase(office.workplace.campus.facts.teacher)
    listed = (await office.get("deferrals?limit=200"))["items"]
    on_course = next(each for each in listed if each["container"].get("course_id"))
    assert "container.deleted" in on_course["released_by"]
    course = int(on_course["container"]["course_id"])
    await office.lms("SELECT delete_course($1)", course)
    event = {"type": "container.deleted", "table": "course", "key": str(course)}
    told = await office.post("lms-events", event)
    assert told == {"is_re_examined": True, "subject_request_ids": []}
    await office.work()
    left = (await office.get("deferrals?limit=200"))["items"]
    assert on_course["id"] not in {each["id"] for each in left}
    actions = [each["action"] for each in await office.trail()]
    assert "lms_event.received" in actions
    assert "deferrals.released" in actions
    assert await office.workplace.execute(
        "SELECT FROM outbox WHERE event_type = 'deferrals.released' AND payload ? 'record_count'"
    )


_CONVERSATION = """
    WITH newcomer AS (
        INSERT INTO person (institution_id, full_name, role)
        SELECT institution_id, 'Somebody New', 'student' FROM person WHERE id = $1 RETURNING id
    ), begun AS (
        INSERT INTO thread (institution_id, created_by_id, subject, created_at)
        SELECT institution_id, $2, 'Between two', now() FROM person WHERE id = $1 RETURNING id
    ), taking_part AS (
        INSERT INTO thread_member (thread_id, person_id, joined_at)
        SELECT begun.id, member.id, now()
        FROM begun, (SELECT $1 AS id UNION SELECT id FROM newcomer) AS member
    ), written AS (
        INSERT INTO message (thread_id, sender_id, body, sent_at)
        SELECT id, $1, 'hello', now() FROM begun
    )
    SELECT array[begun.id, newcomer.id] FROM begun, newcomer
"""
"""A thread of a person and of a newcomer, of whom nothing else is known; the second began it."""


async def waited_for(office: Office) -> set[str | None]:
    """Name the threads in which something waits."""
    waiting = (await office.get("deferrals?limit=200"))["items"]
    return {each["container"].get("thread_id") for each in waiting}


async def test_a_deleted_person_has_what_waited_for_them_released(office: Office) -> None:
    author = await somebody(office, "message.sender_id")
    founder = await somebody(office, "message.sender_id", skip=1)
    thread, newcomer = await office.lms(_CONVERSATION, author.id, founder.id)
    await office.erase(author)
    senders = "SELECT array_agg(sender_id) FROM message WHERE thread_id = $1"
    (nobody,) = await office.lms(senders, thread)
    assert nobody != author.id, "it waits, without the name, for the other one"
    assert str(thread) in await waited_for(office)
    others = "SELECT count(*) FROM message WHERE thread_id <> $1"
    before = await office.lms(others, thread)
    await office.lms("DELETE FROM thread_member WHERE person_id = $1", newcomer)
    await office.lms("DELETE FROM person WHERE id = $1", newcomer)
    told = await office.post("lms-events", {"type": "person.deleted", "subject_key": str(newcomer)})
    assert told == {"is_re_examined": True, "subject_request_ids": []}
    await office.work()
    assert await office.lms(senders, thread) is None
    assert await office.lms(others, thread) == before
    assert str(thread) not in await waited_for(office)


async def test_a_trashed_person_is_restricted_by_the_normal_flow_once(office: Office) -> None:
    person = office.workplace.campus.facts.namesakes[0]
    told = await office.post("lms-events", trashed(person))
    (request_id,) = told["subject_request_ids"]
    request = await office.get(f"subject-requests/{request_id}")
    assert (request["right"], request["ground"]) == ("restriction", "normal_flow")
    assert request["approval"]["approved_by"] == "Kari Holm"
    assert request["approval"]["reference"] == "SIS-1"
    again = await office.post("lms-events", trashed(person, reference="SIS-2"))
    assert again["subject_request_ids"] == []
    await office.work()
    listed = (await office.get("restrictions?ground=normal_flow&limit=200"))["items"]
    assert [each["subject_request_id"] for each in listed].count(request_id) == 1


async def test_a_restored_person_is_as_before_being_trashed(
    office: Office, student: Person
) -> None:
    person = office.workplace.campus.facts.namesakes[1]
    await office.restrict(student)  # makes the stand-in, and leaves nothing to do
    before = await all_rows(office.workplace.campus.url)
    await office.post("lms-events", trashed(person))
    await office.work()
    assert changed_tables(before, await all_rows(office.workplace.campus.url))
    event = trashed(person) | {"type": "person.restored"}
    told = await office.post("lms-events", event)
    (lift,) = told["subject_request_ids"]
    await office.work()
    assert (await office.get(f"subject-requests/{lift}"))["state"] == "completed"
    assert changed_tables(before, await all_rows(office.workplace.campus.url)) == []


async def test_an_event_counts_once(office: Office) -> None:
    key = str(uuid4())
    event = trashed(office.workplace.campus.facts.institutions[0].sibling)
    first = await office.post("lms-events", event, key=key)
    assert await office.post("lms-events", event, key=key) == first
    assert len(first["subject_request_ids"]) == 1


async def test_an_event_means_exactly_one_person_of_the_controller(office: Office) -> None:
    theirs = office.workplace.campus.facts.twins[1]
    refused = await office.post("lms-events", trashed(theirs), 422)
    assert refused["errors"] == [{"pointer": "/subject_key", "detail": "names nobody"}]
    await office.lms(
        "INSERT INTO person (institution_id, full_name, role)"
        " SELECT institution_id, 'Two Of Them', 'student' FROM person, generate_series(1, 2) WHERE id = $1",
        office.workplace.campus.facts.teacher.id,
    )
    name = {"identifier": "full_name", "value": "Two Of Them"}
    event = {"type": "person.trashed"} | MOVED | name
    refused = await office.post("lms-events", event, 422)
    assert refused["errors"] == [{"pointer": "/value", "detail": "names more than one person"}]
    unknown = event | {"identifier": "shoe_size"}
    assert (await office.post("lms-events", unknown, 422))["type"] == "/problems/identifier-unknown"
    neither = {"type": "person.trashed"} | MOVED
    assert (await office.post("lms-events", neither, 422))["type"] == "/problems/invalid-body"


async def test_an_event_in_the_trail_names_nobody(office: Office) -> None:
    await office.post("lms-events", {"type": "person.deleted", "subject_key": "777123"})
    entry = next(each for each in await office.trail() if "lms_event" in each["action"])
    assert "person.deleted" in entry["details"]
    assert "777123" not in entry["details"]


async def test_the_trashcan_is_emptied_under_one_preview(office: Office, student: Person) -> None:
    await office.post("lms-events", trashed(student))
    await office.work()
    listed = (await office.get("restrictions?state=active&ground=normal_flow"))["items"]
    ids = [each["id"] for each in listed]
    body = {"right": "erasure", "restriction_ids": ids, "reason": "a test"}
    preview = await office.post("previews", body, 200)
    assert preview["subject_count"] == len(ids)
    on_a_ground = await office.restrict(office.workplace.campus.facts.twins[0])
    emptying = {
        "restriction_ids": [*ids, on_a_ground["restriction_id"], str(uuid4())],
        "preview_digest": preview["digest"],
        "approval": APPROVAL,
    }
    items = (await office.post("restrictions/empty", emptying))["items"]
    assert [each["status"] for each in items] == [*[202] * len(ids), 409, 404]
    assert [each["restriction_id"] for each in items] == emptying["restriction_ids"]
    await office.work()
    for each in items[: len(ids)]:
        ended = await office.get(f"subject-requests/{each['subject_request']['id']}")
        assert ended["state"] == "completed", ended["attention"]
        assert ended["restriction_id"] == each["restriction_id"]
        assert (await office.get(f"restrictions/{ended['restriction_id']}"))["state"] == "erased"


async def test_an_old_trashcan_is_previewed_and_emptied_by_age(office: Office) -> None:
    body = {"right": "erasure", "older_than_days": 30, "reason": "a test"}
    preview = await office.post("previews", body, 200)
    assert preview["subject_count"] == 0
    emptying = {
        "older_than_days": 30,
        "preview_digest": preview["digest"],
        "approval": APPROVAL,
    }
    assert (await office.post("restrictions/empty", emptying))["items"] == []


async def test_who_has_long_been_in_the_trashcan_is_erased_and_who_has_not_is_left(
    office: Office,
) -> None:
    persons = [await somebody(office, "grade.student_id", skip=each) for each in (4, 5)]
    old, young = [(await office.restrict(each, "normal_flow"))["id"] for each in persons]
    for request_id, days in ((old, 31), (young, 29)):
        await office.workplace.execute(
            "UPDATE restriction SET created_at = $1 WHERE subject_request_id = $2",
            datetime.now(UTC) - timedelta(days=days),
            request_id,
        )
    body = {"right": "erasure", "older_than_days": 30, "reason": "a test"}
    preview = await office.post("previews", body, 200)
    assert preview["subject_count"] == 1
    emptying = {
        "older_than_days": 30,
        "preview_digest": preview["digest"],
        "approval": APPROVAL,
    }
    (item,) = (await office.post("restrictions/empty", emptying))["items"]
    assert item["status"] == 202
    await office.carried_out(item["subject_request"])
    states = {
        each["subject_request_id"]: each["state"]
        for each in (await office.get("restrictions?ground=normal_flow&limit=200"))["items"]
    }
    assert (states[old], states[young]) == ("erased", "active")
    left = "SELECT count(*) FROM grade WHERE student_id = $1"
    assert [await office.lms(left, each.id) > 0 for each in persons] == [False, True]


async def test_of_a_container_the_trail_keeps_the_table_where_the_map_has_it_and_no_other_word(
    office: Office,
) -> None:
    for table in ("course", "Kari Canary 12.03.2009"):
        await office.post("lms-events", {"type": "container.deleted", "table": table, "key": "1"})
    told = [each for each in await office.trail() if each["action"] == "lms_event.received"][:2]
    assert [json.loads(each["details"]) for each in told] == [
        {"type": "container.deleted"},
        {"type": "container.deleted", "table": "course"},
    ]
