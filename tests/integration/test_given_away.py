"""What the platform gives to somebody else while a person is restricted is theirs from then on."""

from app.demo.school import Person
from tests.fixtures.office import Office

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
