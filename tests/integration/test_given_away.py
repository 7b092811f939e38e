"""What the platform gives to somebody else while a person is restricted is theirs from then on."""

from collections.abc import Iterator

import pytest

from app.demo.school import Person
from tests.fixtures.office import APPROVAL, Json, Office

_MATERIAL = """
    INSERT INTO material (institution_id, owner_id, scope, title, path, original_name, media_type,
        size_bytes, uploaded_at)
    VALUES ($1, $2, 'personal', 'Mine', 'given', 'given', 'application/pdf', 4, now()) RETURNING id
"""


async def test_what_the_platform_gave_to_somebody_else_meanwhile_is_not_erased(
    office: Office, student: Person
) -> None:
    other = office.workplace.campus.facts.teacher
    material = await office.lms(_MATERIAL, student.institution_id, student.id)
    await office.restrict(student)
    before = await counted(office, student)
    await office.lms("UPDATE material SET owner_id = $1 WHERE id = $2", other.id, material)
    assert await counted(office, student) == {right: n - 1 for right, n in before.items()}
    await office.erase(student)
    row = "SELECT owner_id::text || is_hidden::text FROM material WHERE id = $1"
    assert await office.lms(row, material) == f"{other.id}false"


async def counted(office: Office, person: Person) -> dict[str, int]:
    """Count the materials that previews of an export and of an erasure speak of."""
    previews = {right: await office.preview(right, person) for right in ("access", "erasure")}
    return {
        right: sum(each["count"] for each in preview["lines"] if each["record_type"] == "material")
        for right, preview in previews.items()
    }


async def shared(office: Office, owner: Person) -> int:
    """Have a person show a document to somebody else; restricted, they are its owner no more."""
    reader = office.workplace.campus.facts.teacher
    material: int = await office.lms(_MATERIAL, owner.institution_id, owner.id)
    await office.lms(
        "INSERT INTO material_share (material_id, person_id, shared_at) VALUES ($1, $2, now())",
        material,
        reader.id,
    )
    return material


async def give(office: Office, material: int, person: Person) -> None:
    await office.lms("UPDATE material SET owner_id = $1 WHERE id = $2", person.id, material)


async def owner(office: Office, material: int) -> int:
    found: int = await office.lms("SELECT owner_id FROM material WHERE id = $1", material)
    return found


async def lift(office: Office, restricted: Json) -> None:
    informed = {"informed_at": "2026-11-20T10:00:00Z", "how": "by letter"}
    body = {"approval": APPROVAL, "information": informed}
    path = f"restrictions/{restricted['restriction_id']}/lift"
    await office.carried_out(await office.post(path, body))


async def test_what_was_given_away_comes_back_to_whom_it_was_given(
    office: Office, students: Iterator[Person]
) -> None:
    first, second = next(students), next(students)
    material = await shared(office, first)
    of_first = await office.restrict(first)
    assert await owner(office, material) not in {first.id, second.id}
    await give(office, material, second)
    of_second = await office.restrict(second)
    assert await owner(office, material) not in {first.id, second.id}
    again = await office.restrict(first, "objection_pending")
    await lift(office, of_second)
    assert await owner(office, material) == second.id
    await lift(office, again)
    await lift(office, of_first)
    assert await owner(office, material) == second.id


@pytest.mark.parametrize("is_newer_first", [True, False])
async def test_what_the_platform_wrote_back_stays_restricted_while_one_restriction_stands(
    office: Office, student: Person, *, is_newer_first: bool
) -> None:
    material = await shared(office, student)
    older = await office.restrict(student)
    await give(office, material, student)
    newer = await office.restrict(student, "objection_pending")
    first, last = (newer, older) if is_newer_first else (older, newer)
    await lift(office, first)
    assert await owner(office, material) != student.id
    await lift(office, last)
    assert await owner(office, material) == student.id
