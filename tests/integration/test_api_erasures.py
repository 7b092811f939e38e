"""Erasing over HTTP: only what was previewed, to the end, and with a receipt."""

from uuid import uuid4

from app.store import controllers
from app.store.transaction import transaction
from schemas.controllers import ControllerSettings
from tests.fixtures.office import APPROVAL, Json, Office


async def submission(office: Office, digest: str) -> Json:
    confirmation = await office.confirmed(office.workplace.campus.facts.namesakes[0])
    return {
        "right": "erasure",
        "preview_digest": digest,
        "confirmation": confirmation,
        "approval": APPROVAL,
    }


async def test_an_erasure_needs_a_preview_of_this_person(office: Office) -> None:
    other = await office.preview("erasure", office.workplace.campus.facts.teacher)
    for digest in (other["digest"], "ab" * 32):
        refused = await office.post("subject-requests", await submission(office, digest), 422)
        assert refused["type"] == "/problems/preview-missing"
        assert refused["errors"][0]["pointer"] == "/preview_digest"
    of_restriction = await office.preview("restriction", office.workplace.campus.facts.namesakes[0])
    body = await submission(office, of_restriction["digest"])
    assert (await office.post("subject-requests", body, 422))["type"] == "/problems/preview-missing"


async def test_an_expired_preview_is_approved_on_no_more(office: Office) -> None:
    preview = await office.preview("erasure", office.workplace.campus.facts.namesakes[0])
    await office.workplace.execute("UPDATE preview SET expires_at = now()")
    body = await submission(office, preview["digest"])
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
    refused = await office.post(
        "subject-requests", await submission(office, preview["digest"]), 412
    )
    assert refused["type"] == "/problems/preview-outdated"
    assert [each["detail"] for each in refused["errors"]] == [
        "rule 0 of grade, assessor: keep now applies",
        "rule 0 of person, self: anonymise now applies",
        "rule 1 of person, self: delete no longer applies",
    ]
    await office.lms("DELETE FROM grade WHERE id = $1", grade)
    await office.post("subject-requests", await submission(office, preview["digest"]))


async def test_changed_settings_are_approved_anew(office: Office) -> None:
    person = office.workplace.campus.facts.namesakes[1]
    preview = await office.preview("erasure", person)
    controller = office.workplace.controller
    changed = ControllerSettings(excluded_fields={"person": ("phone",)})
    async with transaction(office.workplace.context.database, controller.id) as connection:
        await controllers.change_settings(connection, controller.id, changed)
    confirmation = await office.confirmed(person)
    body = await submission(office, preview["digest"]) | {"confirmation": confirmation}
    refused = await office.post("subject-requests", body, 412)
    assert [each["detail"] for each in refused["errors"]] == [
        "the controller's settings have changed since"
    ]
    async with transaction(office.workplace.context.database, controller.id) as connection:
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
    body = await submission(office, preview["digest"])
    body |= {"confirmation": await office.confirmed(person)}
    key = str(uuid4())
    first = await office.post("subject-requests", body, key=key)
    await office.workplace.execute("UPDATE preview SET expires_at = now()")
    assert await office.post("subject-requests", body, key=key) == first
    other = await office.post("subject-requests", body | {"received_at": None}, 202, key=key)
    assert other == first
