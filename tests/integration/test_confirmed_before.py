"""Who was erased after a caller looked at them is not taken up again by what the caller then sends."""

from uuid import UUID, uuid4

import pytest

from app.demo.school import Person
from schemas.vocabulary import Right
from tests.fixtures.office import APPROVAL, Json, Office
from tests.integration.test_nothing_is_kept import everything_held, identifiers

LATER: list[tuple[str, Json]] = [
    ("subject-requests", {"right": "access", "approval": APPROVAL}),
    (
        "subject-requests",
        {"right": "restriction", "ground": "objection_pending", "approval": APPROVAL},
    ),
    ("holds", {"article": "17(3)(e)", "reason": "a claim"}),
]
_AS_OF_THE_ERASED = """
    WITH erased AS (SELECT subject_digest FROM subject_request WHERE id = $3), made AS (
        UPDATE subject_request
        SET subject_digest = erased.subject_digest,
            subject_display = jsonb_build_object('name', $2::text)
        FROM erased WHERE id = $1)
    UPDATE job SET subject_digest = erased.subject_digest FROM erased WHERE subject_request_id = $1
"""


@pytest.mark.parametrize(("path", "body"), LATER, ids=["access", "restriction", "hold"])
async def test_a_confirmation_of_before_the_erasure_is_refused(
    office: Office, student: Person, path: str, body: Json
) -> None:
    named = await identifiers(office, student.id)
    confirmation = await office.confirmed(student)
    await office.erase(student)
    refused = await office.post(path, body | {"confirmation": confirmation}, 422)
    assert refused["type"] == "/problems/confirmation-invalid"
    assert refused["errors"][0]["pointer"] == "/confirmation"
    held = await everything_held(office)
    assert [name for name in named if name in held] == []


async def test_in_a_batch_the_one_who_was_erased_is_refused_alone(
    office: Office, student: Person
) -> None:
    other = office.workplace.campus.facts.teacher
    tokens = [await office.confirmed(other), await office.confirmed(student)]
    named = await identifiers(office, student.id)
    await office.erase(student)
    body: Json = {"right": "access", "approval": APPROVAL, "subjects": tokens}
    answer = await office.post("subject-requests", body)
    taken, refused = answer["items"]
    assert taken["subject_request"]["state"] == "accepted"
    assert refused["problem"]["type"] == "/problems/confirmation-invalid"
    assert refused["problem"]["errors"][0]["pointer"] == "/subjects/1"
    await office.work()
    held = await everything_held(office)
    assert [name for name in named if name in held] == []


@pytest.mark.parametrize("right", [Right.ACCESS, Right.RESTRICTION])
async def test_what_was_accepted_at_that_moment_finds_nobody_and_keeps_no_name(
    office: Office, student: Person, right: Right
) -> None:
    erased = await office.erase(student)
    options = {"ground": "objection_pending"} if right is Right.RESTRICTION else {}
    request = await office.workplace.accept(str(student.id), right, **options)
    name = f"Seen {uuid4()}"
    await office.workplace.execute(_AS_OF_THE_ERASED, request.id, name, UUID(erased["id"]))
    await office.work()
    shown = await office.get(f"subject-requests/{request.id}")
    assert shown["attention"]["reason"] == "subject_not_found"
    assert shown["subject"] == {}
    (row,) = await office.workplace.execute(
        "SELECT subject_key, subject_display::text FROM subject_request WHERE id = $1", request.id
    )
    assert tuple(row) == (None, "{}")
    assert name not in await everything_held(office)
