"""An upload that a restriction would have to give back stays; whether one would, the vault need not be opened."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from schemas.vocabulary import Right
from tests.fixtures.workplace import Workplace

HANDED_IN, OWN = "essay.pdf", "own.pdf"


@dataclass(frozen=True, slots=True)
class Shared:
    """An upload that one person handed in, and that a document of another person names, too.

    Attributes:
        workplace: Where rights are carried out.
        student: The key of who handed it in; a restriction takes that row to the vault.
        other: The key of who has a document of it; an erasure deletes that row.
        directory: Where these uploads are, and no others.
    """

    workplace: Workplace
    student: str
    other: str
    directory: Path

    async def restrict(self, person: str) -> str:
        """Restrict a person; give the restriction's id."""
        request = await self._did(person, Right.RESTRICTION, ground="accuracy_contested")
        (row,) = await self.workplace.execute(
            "SELECT id FROM restriction WHERE subject_request_id = $1", request
        )
        return str(row["id"])

    async def lift(self, person: str, restriction_id: str) -> None:
        """Lift a restriction of a person."""
        await self._did(person, Right.RESTRICTION_LIFT, restriction_id=restriction_id)

    async def erase(self, person: str) -> None:
        """Erase a person."""
        await self._did(person, Right.ERASURE)

    async def _did(self, person: str, right: Right, **options: object) -> Any:
        request = await self.workplace.carry_out(person, right, **options)
        job = await self.workplace.job(request)
        assert job["state"] == "completed", (job["attention_reason"], job["attention_detail"])
        return request.id

    @property
    def stored(self) -> set[str]:
        """Which of the two uploads are in the file store."""
        return {name for name in (HANDED_IN, OWN) if (self.directory / name).is_file()}


@pytest.fixture
async def shared(workplace: Workplace) -> Shared:
    """Two new persons, the first with a submission whose file a document of the second names, too."""
    institution = int(workplace.controller.key_in_lms or "0")
    lms = await asyncpg.connect(workplace.campus.url)
    student, other = [
        await lms.fetchval(
            "INSERT INTO person (institution_id, full_name, role) VALUES ($1, 'Somebody', 'student')"
            " RETURNING id",
            institution,
        )
        for _ in range(2)
    ]
    directory = workplace.campus.files_directory / str(other)
    directory.mkdir()
    for name in (HANDED_IN, OWN):
        (directory / name).write_bytes(b"%PDF")
    await lms.execute(
        "WITH handed_in AS ("
        "    INSERT INTO submission (assignment_id, student_id, answer)"
        "    SELECT min(assignment.id), $1, 'here' FROM assignment"
        "    JOIN course ON course.id = course_id WHERE institution_id = $2 RETURNING id)"
        " INSERT INTO submission_file (submission_id, path, original_name, media_type, size_bytes,"
        "     uploaded_at)"
        " SELECT id, $3, $3, 'application/pdf', 4, now() FROM handed_in",
        student,
        institution,
        f"{other}/{HANDED_IN}",
    )
    await lms.execute(
        "INSERT INTO material (institution_id, owner_id, scope, title, path, original_name,"
        "     media_type, size_bytes, uploaded_at)"
        " SELECT $1, $2, 'personal', 'Mine', path, path, 'application/pdf', 4, now()"
        " FROM unnest($3::text[]) AS path",
        institution,
        other,
        [f"{other}/{name}" for name in (HANDED_IN, OWN)],
    )
    await lms.close()
    return Shared(workplace, str(student), str(other), directory)


async def _of_vault(shared: Shared, restriction_id: str, change: str) -> None:
    """Change what a restriction's vault holds of files handed in, past every rule."""
    await shared.workplace.execute(
        f"UPDATE vault_entry SET {change} WHERE record_type = 'submission_file'"
        " AND restriction_id = $1",
        restriction_id,
    )


async def test_what_a_vault_holds_stays_and_goes_with_its_person(shared: Shared) -> None:
    await shared.restrict(shared.student)
    await shared.erase(shared.other)
    assert shared.stored == {HANDED_IN}
    await shared.erase(shared.student)
    assert shared.stored == set()


async def test_no_vault_is_opened_to_know_what_it_holds(shared: Shared) -> None:
    restriction_id = await shared.restrict(shared.student)
    (entry,) = await shared.workplace.execute(
        "SELECT sealed FROM vault_entry WHERE record_type = 'submission_file'"
        " AND restriction_id = $1",
        restriction_id,
    )
    await _of_vault(shared, restriction_id, "sealed = '\\x00'")
    await shared.erase(shared.other)
    assert shared.stored == {HANDED_IN}
    await _of_vault(shared, restriction_id, f"sealed = '\\x{entry['sealed'].hex()}'")
    await shared.lift(shared.student, restriction_id)
    assert shared.stored == {HANDED_IN}


@pytest.mark.parametrize("lifted_first", ["the older", "the newer"])
async def test_what_two_restrictions_hold_stays_until_both_are_gone(
    shared: Shared, lifted_first: str
) -> None:
    """The newer one takes over what the older one holds; either of them keeps the upload."""
    older = await shared.restrict(shared.student)
    newer = await shared.restrict(shared.student)
    await shared.lift(shared.student, older if lifted_first == "the older" else newer)
    await shared.erase(shared.other)
    assert shared.stored == {HANDED_IN}
    await shared.erase(shared.student)
    assert shared.stored == set()


async def test_an_entry_of_before_uploads_were_noted_is_read(shared: Shared) -> None:
    restriction_id = await shared.restrict(shared.student)
    await _of_vault(shared, restriction_id, "upload_digests = NULL")
    await shared.erase(shared.other)
    assert shared.stored == {HANDED_IN}


async def test_an_entry_of_a_restriction_under_another_data_map_is_read(shared: Shared) -> None:
    """Which columns name uploads, that map may not have known."""
    restriction_id = await shared.restrict(shared.student)
    await _of_vault(shared, restriction_id, "upload_digests = ''")
    copied = (
        "INSERT INTO data_map_version SELECT (jsonb_populate_record(version, jsonb_build_object("
        "    'id', gen_random_uuid(), 'digest', repeat('0', 64)))).*"
        " FROM data_map_version AS version WHERE controller_id = $1 LIMIT 1 RETURNING id"
    )
    (version,) = await shared.workplace.execute(copied, shared.workplace.controller.id)
    await shared.workplace.execute(
        "UPDATE restriction SET data_map_version_id = $2 WHERE id = $1",
        restriction_id,
        version["id"],
    )
    await shared.erase(shared.other)
    assert shared.stored == {HANDED_IN}
