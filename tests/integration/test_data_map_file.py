"""A data map in a file is checked against itself and against a real database."""

from pathlib import Path

import asyncpg
import pytest

from app.datamap.findings import Severity
from app.datamap.read import MAX_BYTES
from app.datamap.report import is_blocking, render
from app.domain.errors import Refused, SourceFailure
from app.embedded.stack import Stack
from app.services.data_maps import check_file
from tests.fixtures.data_maps import SCHEMA, SILENT, SOUND, line_of, with_change
from tests.fixtures.stack import NewDatabase


@pytest.fixture(scope="module")
async def school(stack: Stack, new_database: NewDatabase) -> str:
    url = stack.database_url(new_database())
    connection = await asyncpg.connect(url)
    await connection.execute(SCHEMA + SILENT)
    await connection.close()
    return url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "school.yaml"


def write(file: Path, content: str | bytes) -> None:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())


async def test_a_sound_map_is_silent_about_one_column_of_the_database(
    file: Path, school: str
) -> None:
    write(file, SOUND)
    assert await check_file(file, None) == []
    (found,) = await check_file(file, school)
    assert found.severity is Severity.UNCOVERED
    assert "`audit_mark.seen_person`" in found.detail


async def test_findings_of_both_kinds_stand_in_the_order_of_the_lines(
    file: Path, school: str
) -> None:
    text = with_change("column: teacher_id", "column: techer_id")
    write(file, with_change("country: DE", "country: US", text))
    findings = await check_file(file, school)
    assert [(one.severity.value, one.line) for one in findings] == [
        ("warning", line_of(text, "  hosting:")),
        ("uncovered", line_of(text, "record_types:")),
        ("uncovered", line_of(text, "      student: {column: student_id") - 1),
        ("error", line_of(text, "column: techer_id")),
    ]
    lines = list(render("school.yaml", findings))
    assert lines[-1] == "school.yaml: 1 error, 2 uncovered columns, 1 warning."
    assert lines[-2].endswith("has no column `techer_id`. Remedy: Did you mean `teacher_id`?")
    assert is_blocking(findings)


async def test_what_cannot_be_read_is_a_finding(file: Path) -> None:
    write(file, b"habeas: 1\nname: caf\xe9\n")
    (found,) = await check_file(file, None)
    assert (found.line, found.detail) == (2, "the document is no UTF-8")
    write(file, "habeas: [")
    assert is_blocking(await check_file(file, None))
    write(file, "# " + "x" * MAX_BYTES)
    (found,) = await check_file(file, None)
    assert "bytes long" in found.detail


async def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be read: No such file"):
        await check_file(tmp_path / "none.yaml", None)


@pytest.mark.parametrize(
    "url", ["postgresql://user:secret@/none?host=/nowhere", "nonsense://user:secret@x/y"]
)
async def test_a_database_out_of_reach_is_the_back_ends_move_and_its_address_is_not_told(
    file: Path, url: str
) -> None:
    write(file, SOUND)
    with pytest.raises(SourceFailure) as caught:
        await check_file(file, url)
    assert "secret" not in str(caught.value)
