"""What a lift gives back, when restrictions overlap and the LMS goes on meanwhile."""

import pytest

from tests.oracle.model import Model
from tests.oracle.rows import Rows
from tests.oracle.small_school import school


@pytest.fixture
def rows() -> Rows:
    return school()


def test_of_two_restrictions_the_last_lift_gives_back_the_oldest_value(rows: Rows) -> None:
    person = rows.add("person")
    event = rows.add("event", owner_id=person, kind="shared")
    model = Model(rows.campus())
    first, second = model.restrict(person), model.trash(person)
    model.lift(first)
    assert model.campus.tables["event"][(event,)]["owner_id"] == -1
    assert not model.campus.person(person)["active"]
    model.lift(second)
    assert model.campus.tables["event"][(event,)]["owner_id"] == person
    assert model.campus.person(person)["active"]


def test_what_the_lms_changed_meanwhile_is_left(rows: Rows) -> None:
    person, other = rows.add("person"), rows.add("person")
    course = rows.add("course", responsible_id=person)
    model = Model(rows.campus())
    number = model.restrict(person)
    model.campus.tables["course"][(course,)]["responsible_id"] = other
    model.lift(number)
    assert model.campus.tables["course"][(course,)]["responsible_id"] == other


def test_a_row_that_the_lms_wrote_anew_meanwhile_is_left(rows: Rows) -> None:
    person = rows.add("person")
    rows.add("ui_state", person_id=person, value={"dark": True})
    model = Model(rows.campus())
    number = model.restrict(person)
    (removed,) = model.vault.removed.values()
    model.campus.insert("ui_state", removed.row | {"id": 99, "value": {"dark": False}})
    model.lift(number)
    assert [row["id"] for row in model.campus.tables["ui_state"].values()] == [99]


def test_a_file_of_a_removed_row_stays_in_the_store_and_goes_with_its_person(rows: Rows) -> None:
    student, other = rows.add("person"), rows.add("person")
    course = rows.add("course", responsible_id=other)
    for person in (student, other):
        rows.add("enrolment", course_id=course, person_id=person)
    assignment = rows.add("assignment", course_id=course, author_id=other)
    submission = rows.add("submission", assignment_id=assignment, student_id=student)
    path = rows.upload("essay")
    rows.add("submission_file", submission_id=submission, path=path)
    rows.add("material", owner_id=other, path=path)
    model = Model(rows.campus())
    model.restrict(student)
    assert not model.campus.tables["submission_file"]
    model.erase(other)
    assert model.campus.files == {path}
    model.delete_course(course)
    model.erase(student)
    assert not model.campus.files
