"""What is held of a restricted person stays in their vault, and goes with the rest once nothing holds it."""

from collections.abc import Iterator

from app.demo.school import Person
from tests.fixtures.holding import end, place
from tests.fixtures.office import Office

_SHARED = """
    WITH shown AS (
        INSERT INTO material (institution_id, owner_id, scope, title, path, original_name, media_type,
            size_bytes, uploaded_at)
        VALUES ($1, $2, 'personal', 'Mine', 'held', 'held', 'application/pdf', 4, now()) RETURNING id)
    INSERT INTO material_share (material_id, person_id, shared_at) SELECT id, $3, now() FROM shown
    RETURNING material_id
"""


async def test_whom_only_held_records_in_a_vault_name_is_stripped_and_goes_with_the_rest(
    office: Office, students: Iterator[Person]
) -> None:
    owner, reader = next(students), next(students)
    material = await office.lms(_SHARED, owner.institution_id, owner.id, reader.id)
    await office.restrict(owner)
    assert await office.lms("SELECT owner_id FROM material WHERE id = $1", material) != owner.id
    hold = await place(office, owner, record_type="material")
    preview = await office.preview("erasure", owner)
    await office.erase(owner)
    row = "SELECT count(*) FROM person WHERE id = $1"
    assert [each["outcome"] for each in preview["lines"] if each["record_type"] == "person"] == [
        "anonymised"
    ]
    assert await office.lms(row, owner.id) == 1
    assert await office.lms("SELECT email FROM person WHERE id = $1", owner.id) is None
    await end(office, hold)
    (rest,) = (await office.get("subject-requests?limit=1"))["items"]
    assert (rest["right"], rest["state"]) == ("erasure", "completed"), rest["attention"]
    assert await office.lms(row, owner.id) == 0
    assert await office.workplace.execute("SELECT FROM held_records") == []
