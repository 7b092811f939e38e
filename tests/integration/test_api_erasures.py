"""Erasing over HTTP: only what was previewed, to the end, and with a receipt."""

from dataclasses import replace
from uuid import uuid4

from app.demo.school import Person
from app.store import controllers
from app.store.transaction import transaction
from schemas.controllers import ControllerSettings
from tests.fixtures.office import APPROVAL, Json, Office


def submission(digest: str, confirmation: str) -> Json:
    return {
        "right": "erasure",
        "preview_digest": digest,
        "confirmation": confirmation,
        "approval": APPROVAL,
    }


async def test_an_erasure_needs_a_preview_of_this_person(office: Office) -> None:
    person = office.workplace.campus.facts.namesakes[0]
    confirmation = await office.confirmed(person)
    other = await office.preview("erasure", office.workplace.campus.facts.teacher)
    for digest in (other["digest"], "ab" * 32):
        body = submission(digest, confirmation)
        refused = await office.post("subject-requests", body, 422)
        assert refused["type"] == "/problems/preview-missing"
        assert refused["errors"][0]["pointer"] == "/preview_digest"
    of_restriction = await office.preview("restriction", person)
    body = submission(of_restriction["digest"], confirmation)
    assert (await office.post("subject-requests", body, 422))["type"] == "/problems/preview-missing"


async def test_an_expired_preview_is_approved_on_no_more(office: Office) -> None:
    person = office.workplace.campus.facts.namesakes[0]
    preview = await office.preview("erasure", person)
    await office.workplace.execute("UPDATE preview SET expires_at = now()")
    body = submission(preview["digest"], await office.confirmed(person))
    assert (await office.post("subject-requests", body, 422))["type"] == "/problems/preview-missing"


async def test_what_differs_from_the_preview_is_said(office: Office) -> None:
    person = office.workplace.campus.facts.namesakes[0]
    preview = await office.preview("erasure", person)
    course = await office.lms("SELECT id FROM course LIMIT 1")
    grade = await office.lms(
        "INSERT INTO grade (student_id, teacher_id, course_id, title, grade, given_at)"
        " SELECT student_id, $1, $2, title, grade, given_at FROM grade WHERE student_id <> $1"
        " LIMIT 1 RETURNING id",
        person.id,
        course,
    )
    body = submission(preview["digest"], await office.confirmed(person))
    refused = await office.post("subject-requests", body, 412)
    assert refused["type"] == "/problems/preview-outdated"
    assert [each["detail"] for each in refused["errors"]] == [
        "rule 0 of grade, assessor: keep now applies",
        "rule 0 of person, self: anonymise now applies",
        "rule 1 of person, self: delete no longer applies",
    ]
    await office.lms("DELETE FROM grade WHERE id = $1", grade)
    accepted = await office.post("subject-requests", body)
    cancellation = f"subject-requests/{accepted['id']}/cancellation"
    await office.post(cancellation, {"reason": "a test"}, 200)  # the sibling's erasure would differ


async def test_changed_settings_are_approved_anew(office: Office) -> None:
    person = office.workplace.campus.facts.namesakes[1]
    preview = await office.preview("erasure", person)
    controller = office.workplace.controller
    changed = ControllerSettings(excluded_fields={"person": ("phone",)})
    async with transaction(office.workplace.database, controller.id) as connection:
        await controllers.change_settings(connection, controller.id, changed)
    confirmation = await office.confirmed(person)
    body = submission(preview["digest"], confirmation)
    refused = await office.post("subject-requests", body, 412)
    assert [each["detail"] for each in refused["errors"]] == [
        "the controller's settings have changed since"
    ]
    async with transaction(office.workplace.database, controller.id) as connection:
        await controllers.change_settings(connection, controller.id, controller.settings)


async def test_an_erasure_runs_to_its_receipt_and_is_forgotten(office: Office) -> None:
    person = office.workplace.campus.facts.institutions[0].sibling
    before = await office.preview("erasure", person)
    erased = await office.erase(person)
    assert erased["preview_digest"] == before["digest"]
    receipt = await office.get(f"receipts/{erased['receipt_id']}/receipt.json")
    assert receipt["preview_digest"] == before["digest"]
    assert receipt["right"] == "erasure"
    assert erased["subject"] == {}
    assert erased["approval"]["reason"] == ""
    assert await office.lms("SELECT count(*) FROM note WHERE owner_id = $1", person.id) == 0


async def test_an_answer_is_given_again_also_when_the_preview_has_gone(office: Office) -> None:
    person = office.workplace.campus.facts.namesakes[1]
    preview = await office.preview("erasure", person)
    body = submission(preview["digest"], await office.confirmed(person))
    key = str(uuid4())
    first = await office.post("subject-requests", body, key=key)
    await office.workplace.execute("UPDATE preview SET expires_at = now()")
    assert await office.post("subject-requests", body, key=key) == first
    other = await office.post("subject-requests", body | {"received_at": None}, 202, key=key)
    assert other == first


async def newcomer(office: Office, email: str) -> Person:
    """Let somebody come to the first institution."""
    key = await office.lms(
        "INSERT INTO person (institution_id, full_name, role, email, username)"
        " VALUES ($1, 'Passing By', 'student', $2, $2) RETURNING id",
        int(office.workplace.controller.key_in_lms or "0"),
        email,
    )
    return replace(office.workplace.campus.facts.namesakes[0], id=key, email=email)


async def test_who_was_erased_since_the_search_is_erased_again_without_an_effect(
    office: Office,
) -> None:
    person = await newcomer(office, "twice@by.example")
    confirmation = await office.confirmed(person)
    await office.erase(person)
    asked = {"right": "erasure", "confirmation": confirmation, "reason": "a test"}
    preview = await office.post("previews", asked, 200)
    assert (preview["lines"], set(preview["totals"].values())) == ([], {0})
    body = submission(preview["digest"], confirmation)
    await office.carried_out(await office.post("subject-requests", body))


async def test_who_is_gone_since_the_search_is_searched_for_again(office: Office) -> None:
    person = await newcomer(office, "gone@by.example")
    confirmation = await office.confirmed(person)
    digest = (await office.preview("erasure", person))["digest"]
    await office.lms("DELETE FROM person WHERE id = $1", person.id)
    asked = {"right": "erasure", "confirmation": confirmation, "reason": "a test"}
    refused = await office.post("previews", asked, 422)
    assert refused["type"] == "/problems/confirmation-invalid"
    body = submission(digest, confirmation)
    refused = await office.post("subject-requests", body, 422)
    assert refused["type"] == "/problems/confirmation-invalid"
