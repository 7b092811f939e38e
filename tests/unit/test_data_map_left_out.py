"""A column that refers to a person may be left out where the map says why; nothing else may."""

import pytest

from app.datamap.check_live import check_live
from app.datamap.findings import Finding, Severity
from app.datamap.read import read
from app.datamap.report import is_blocking
from tests.fixtures.catalogues import SOUND_CATALOGUE
from tests.fixtures.data_maps import SOUND, line_of, with_change

WHY = "it says who looked, and nothing of them"


def left_out(columns: str) -> str:
    entry = f"left_out:\n  - columns: {columns}\n    because: {WHY}.\nrecord_types:\n"
    return with_change("record_types:\n", entry)


def found_in(text: str) -> list[Finding]:
    return check_live(read(text), SOUND_CATALOGUE)


def test_a_column_that_the_map_leaves_out_with_a_reason_is_listed_and_does_not_block() -> None:
    assert is_blocking(found_in(SOUND))
    text = left_out("[audit_mark.seen_person]")
    (found,) = found_in(text)
    assert (found.severity, found.path) == (Severity.LEFT_OUT, "left_out[0].columns[0]")
    assert found.line == line_of(text, "  - columns:")
    assert found.detail.endswith(f"`*_person`, and no right reaches it: {WHY}")
    assert not is_blocking([found])


def test_one_column_may_stand_alone() -> None:
    assert [found.severity for found in found_in(left_out("audit_mark.seen_person"))] == [
        Severity.LEFT_OUT
    ]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        pytest.param("grade.teacher_id", "stands in a role", id="a column of a role"),
        pytest.param("message.body", "refers to no person", id="a column that refers to nobody"),
        pytest.param("audit_mark.seen_persons", "no column `seen_persons`", id="no such column"),
        pytest.param("audit_marks.seen_person", "no table `audit_marks`", id="no such table"),
    ],
)
def test_what_is_left_out_in_vain_is_an_error(columns: str, words: str) -> None:
    text = left_out(f"[audit_mark.seen_person, {columns}]")
    (found,) = [one for one in found_in(text) if one.severity is not Severity.LEFT_OUT]
    assert (found.severity, found.path) == (Severity.ERROR, "left_out[0].columns[1]")
    assert words in found.detail


def test_a_column_of_another_table_stays_uncovered() -> None:
    (found,) = [one for one in found_in(SOUND) if one.is_blocking]
    assert "`left_out`" in found.remedy
