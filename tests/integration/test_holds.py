"""An erasure keeps what is held, to the byte, with what it hangs on; when the hold ends it goes on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.engine import housekeeping
from schemas.controllers import ErasureException
from tests.fixtures.holding import CLAIM, end, last_day, place, rows, somebody
from tests.fixtures.office import APPROVAL, Json, Office

OF_ATTEMPTS = "attempt_id IN (SELECT id FROM test_attempt WHERE student_id = $1)"
OF_SUBMISSIONS = "submission_id IN (SELECT id FROM submission WHERE student_id = $1)"
NAMING: Mapping[str, str] = {
    "person": "id = $1",
    "guardian_of": "person_id = $1",
    "login_session": "person_id = $1",
    "activity_log": "person_id = $1 OR about_id = $1",
    "enrolment": "person_id = $1",
    "thread_member": "person_id = $1",
    "message": "sender_id = $1",
    "note": "owner_id = $1",
    "grade": "student_id = $1",
    "submission": "student_id = $1",
    "submission_file": OF_SUBMISSIONS,
    "test_attempt": "student_id = $1",
    "test_answer": OF_ATTEMPTS,
}
"""By table, which rows name a student."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is held, and what stays for it.

    Attributes:
        about: What the hold is about, beside the person.
        stays: The tables in which every row of the person stays as it is.
        goes: Some of those in which none stays.
        hangs: The record types that are kept since what is held hangs on them.
    """

    about: Mapping[str, Any]
    stays: frozenset[str]
    goes: frozenset[str]
    hangs: frozenset[str] = frozenset()


CASES = {
    "everything of a person": Case({}, frozenset(NAMING), frozenset()),
    "one record type": Case(
        {"record_type": "grade"}, frozenset({"grade"}), frozenset({"note", "message", "enrolment"})
    ),
    "what is located via another": Case(
        {"record_type": "test_answer"},
        frozenset({"test_attempt", "test_answer"}),
        frozenset({"grade", "note", "submission"}),
        frozenset({"test_attempt"}),
    ),
    "what refers to what would go": Case(
        {"record_type": "submission_file"},
        frozenset({"submission_file"}),
        frozenset({"grade", "note"}),
        frozenset({"submission"}),
    ),
    "messages, with the memberships that lead to them": Case(
        {"record_type": "message"},
        frozenset({"message", "thread_member"}),
        frozenset({"note", "grade"}),
        frozenset({"thread_member"}),
    ),
    "a category": Case(
        {"category": "student_responses"},
        frozenset({"submission", "submission_file", "test_attempt", "test_answer"}),
        frozenset({"note", "grade", "enrolment"}),
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_an_erasure_keeps_what_is_held_and_goes_on_when_the_hold_ends(
    office: Office, name: str
) -> None:
    case = CASES[name]
    person = await somebody(
        office, "grade.student_id", "test_attempt.student_id", "message.sender_id"
    )
    hold = await place(office, person, **case.about)
    before = await rows(office, NAMING, person)
    done = await office.erase(person)
    after = await rows(office, NAMING, person)
    assert {table: after[table] for table in case.stays} == {
        table: before[table] for table in case.stays
    }
    assert [table for table in case.goes if after[table]] == []
    listed = [each for each in await held(office) if each["since"] > done["accepted_at"]]
    assert {each["record_type"] for each in listed if each["held_by"] == "dependence"} >= case.hangs
    assert all(each["article"] == "17(3)(e)" for each in listed)
    await end(office, hold)
    assert not any((await rows(office, NAMING, person)).values())
    assert await held(office) == []


async def held(office: Office) -> list[Json]:
    """List what is kept since it is held."""
    listed = (await office.get("deferrals?limit=200"))["items"]
    return [each for each in listed if each["held_by"] is not None]


async def test_a_hold_shows_in_preview_receipt_and_trail_and_without_its_reason(
    office: Office,
) -> None:
    person = await somebody(office, "grade.student_id")
    hold = await place(office, person, record_type="grade")
    preview = await office.preview("erasure", person)
    (line,) = [each for each in preview["lines"] if each["record_type"] == "grade"]
    assert (line["outcome"], line["because"]) == ("deferred", "it is held")
    assert (line["article"], line["until"]) == ("17(3)(e)", "the hold ends")
    done = await office.erase(person)
    text = (await office.http.get(f"/v1/receipts/{done['receipt_id']}/receipt.json")).text
    assert '"until":"the hold ends"' in text.replace('": "', '":"')
    assert CLAIM["reason"] not in text
    await end(office, hold)
    actions = [row["action"] for row in await office.trail()]
    assert {"hold.placed", "hold.ended"} <= set(actions)
    rest = (await office.get("subject-requests?right=erasure&limit=1"))["items"][0]
    assert rest["state"] == "completed"
    assert rest["id"] != done["id"]


async def test_a_hold_placed_since_the_preview_makes_it_outdated(office: Office) -> None:
    person = await somebody(office, "grade.student_id")
    preview = await office.preview("erasure", person)
    hold = await place(office, person)
    body = {"right": "erasure", "preview_digest": preview["digest"], "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(person)
    refused = await office.post("subject-requests", body, 412)
    assert "what is held has changed since" in [each["detail"] for each in refused["errors"]]
    await end(office, hold)
    accepted = await office.post("subject-requests", body)
    assert (await office.carried_out(accepted))["state"] == "completed"


async def test_a_hold_placed_since_the_submission_keeps_all_the_same(office: Office) -> None:
    person = await somebody(office, "grade.student_id")
    digest = (await office.preview("erasure", person))["digest"]
    body = {"right": "erasure", "preview_digest": digest, "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(person)
    accepted = await office.post("subject-requests", body)
    hold = await place(office, person)
    before = await rows(office, NAMING, person)
    await office.carried_out(accepted)
    assert await rows(office, NAMING, person) == before
    await end(office, hold)
    assert (await rows(office, NAMING, person))["grade"] == []


async def test_a_hold_stops_neither_a_restriction_nor_an_export(office: Office) -> None:
    person = await somebody(office, "grade.student_id")
    hold = await place(office, person, article="18(1)(c)")
    await office.restrict(person, "needed_for_claims")
    restricted = await rows(office, NAMING, person)
    await office.erase(person)
    assert await rows(office, NAMING, person) == restricted  # it stays restricted
    (active,) = (await office.get("restrictions?state=active"))["items"]
    assert active["ground"] == "needed_for_claims"
    await end(office, hold)
    assert (await office.get("restrictions?state=active"))["items"] == []
    assert (await rows(office, NAMING, person))["grade"] == []


async def test_what_another_hold_holds_stays_when_one_ends(office: Office) -> None:
    person = await somebody(office, "grade.student_id")
    wide = await place(office, record_type="grade", article="17(3)(d)")
    own = await place(office, person)
    await office.erase(person)
    await end(office, own)
    after = await rows(office, NAMING, person)
    assert after["grade"]
    assert after["note"] == after["message"] == []
    assert {each["record_type"] for each in await held(office)} == {"grade"}
    await end(office, wide)
    assert (await rows(office, NAMING, person))["grade"] == []


async def test_an_erasure_that_was_refused_once_does_not_keep_what_was_held_at_a_later_one(
    office: Office,
) -> None:
    person = await somebody(office, "grade.student_id")
    digest = (await office.preview("erasure", person))["digest"]
    body = {"right": "erasure", "preview_digest": digest, "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(person)
    first = await office.post("subject-requests", body)
    refusal = {"article": "17(3)(e)", "reason": "The school defends itself against a claim."}
    await office.post(f"subject-requests/{first['id']}/refusal", refusal, 200)
    hold = await place(office, person, record_type="grade")
    second = await office.erase(person)
    assert (await rows(office, NAMING, person))["grade"]
    assert {each["record_type"] for each in await held(office)} == {"grade"}
    await end(office, hold)
    assert not any((await rows(office, NAMING, person)).values())
    assert await held(office) == []
    rest = (await office.get("subject-requests?right=erasure&limit=1"))["items"][0]
    assert rest["state"] == "completed"
    assert rest["id"] not in {first["id"], second["id"]}


async def test_an_expired_hold_holds_nothing_and_what_it_kept_goes(office: Office) -> None:
    person = await somebody(office, "grade.student_id")
    hold = await place(office, person, ends_on=datetime.now(UTC).date().isoformat())
    await office.erase(person)
    assert (await rows(office, NAMING, person))["grade"]
    await last_day(office, hold, datetime.now(UTC).date() - timedelta(days=1))
    assert await housekeeping.expire_holds(office.workplace.context) == 1
    assert await housekeeping.expire_holds(office.workplace.context) == 0
    await office.work()
    assert (await rows(office, NAMING, person))["grade"] == []
    assert (await office.get(f"holds/{hold['id']}"))["state"] == "expired"
    assert "hold.expired" in [row["action"] for row in await office.trail()]


async def test_an_exception_of_the_controller_keeps_like_a_hold(office: Office) -> None:
    person = await somebody(office, "grade.student_id")
    await except_from_erasure(office, {"category": "assessments", "article": "b"})
    await office.erase(person)
    after = await rows(office, NAMING, person)
    assert after["grade"]
    assert after["note"] == []
    shown = {(each["record_type"], each["held_by"], each["until"]) for each in await held(office)}
    assert ("grade", "exception", "the controller's exception ends") in shown
    await except_from_erasure(office)
    await housekeeping.re_examine_deferrals(office.workplace.context)
    await office.work()
    assert (await rows(office, NAMING, person))["grade"] == []


async def except_from_erasure(office: Office, *exceptions: Json) -> None:
    """Set what the controller excepts."""
    settings = office.workplace.controller.settings.model_copy(
        update={
            "erasure_exceptions": tuple(
                ErasureException.model_validate(
                    each | {"reason": "The archives act", "ends_on": "2099-12-31"}
                )
                for each in exceptions
            )
        }
    )
    await office.workplace.execute(
        "UPDATE controller SET settings = $1 WHERE id = $2",
        settings.model_dump_json(exclude_defaults=True),
        office.workplace.controller.id,
    )


async def test_a_wide_hold_stops_what_waited_for_others(office: Office) -> None:
    """Messages of erased persons, which go with the last one in the thread, do not while held."""
    person = await somebody(office, "message.sender_id")
    await office.erase(person)
    hold = await place(office, record_type="message")
    waiting = (await office.get("deferrals?limit=200"))["items"]
    threads = {
        each["container"]["thread_id"] for each in waiting if each["record_type"] == "message"
    }
    of_them = "thread_id = ANY ($1::bigint[])"
    ids = [int(each) for each in threads]
    listed = ", ".join(str(each) for each in ids)
    await office.workplace.lms_does(
        f"DELETE FROM thread_member WHERE thread_id IN ({listed});"
        f"DELETE FROM message USING person WHERE thread_id IN ({listed})"
        " AND sender_id = person.id AND role <> 'nobody'"
    )
    before = await office.lms(f"SELECT count(*) FROM message WHERE {of_them}", ids)
    assert before, "of the erased"
    await housekeeping.re_examine_deferrals(office.workplace.context)
    await office.work()
    assert await office.lms(f"SELECT count(*) FROM message WHERE {of_them}", ids) == before
    await end(office, hold)
    after = await office.lms(f"SELECT count(*) FROM message WHERE {of_them}", ids)
    assert after == 0
    threads_of_the_erased = (
        "SELECT count(*) FROM thread JOIN person ON created_by_id = person.id"
        " WHERE role = 'nobody' AND thread.id = ANY ($1::bigint[])"
    )
    assert await office.lms(threads_of_the_erased, ids) == 0


async def test_habeas_holds_nobodys_name_once_nothing_is_held(office: Office) -> None:
    person = await somebody(office, "grade.student_id")
    hold = await place(office, person, reason=f"{person.email} may be a witness.")
    await office.erase(person)
    assert (await office.get(f"holds/{hold['id']}"))["subject"]["email"] == person.email
    await end(office, hold)
    forgotten = await office.get(f"holds/{hold['id']}")
    assert (forgotten["subject"], forgotten["reason"]) == ({}, None)
    told = "SELECT FROM hold WHERE sealed IS NOT NULL AND subject_digest IS NOT NULL"
    assert await office.workplace.execute(told) == []
    assert await office.workplace.execute("SELECT FROM held_records") == []
