"""What is held outlasts an erasure, and goes when the hold ends: every kind of record, engine and model."""

import pytest

from tests.oracle.driver import Driver
from tests.oracle.holds import CATEGORIES, HOLDABLE
from tests.oracle.rows import Rows
from tests.oracle.scene import Scene
from tests.oracle.small_school import course, people, school, thread
from tests.oracle.workshop import Workshop

TEACHER, STUDENT, FRIEND = 1, 2, 3


@pytest.fixture
def rows() -> Rows:
    """A school in which a student has something of every kind, and the teacher of most."""
    rows = school()
    assert people(rows, 3) == [TEACHER, STUDENT, FRIEND]
    guardian = rows.add("guardian")
    for child in (STUDENT, FRIEND):
        rows.add("guardian_of", guardian_id=guardian, person_id=child)
    _write(rows)
    _learn(rows, course(rows, [TEACHER, STUDENT]))
    return rows


def _write(rows: Rows) -> None:
    thread(rows, STUDENT, [STUDENT, FRIEND], [STUDENT, FRIEND])
    thread(rows, FRIEND, [STUDENT], [STUDENT, TEACHER])
    rows.add("note", owner_id=STUDENT)
    for table in ("login_session", "activity_log", "person_setting", "ui_state"):
        rows.add(table, person_id=STUDENT)
    rows.add("event", owner_id=STUDENT)
    shared = rows.add("material", owner_id=STUDENT, path=rows.upload("shared"))
    rows.add("material_share", material_id=shared, person_id=FRIEND)


def _learn(rows: Rows, lesson: int) -> None:
    discussion = rows.add("discussion", course_id=lesson, started_by_id=STUDENT)
    post = rows.add("discussion_post", discussion_id=discussion, author_id=STUDENT)
    rows.add("discussion_post", discussion_id=discussion, author_id=TEACHER, parent_id=post)
    news = rows.add("announcement", course_id=lesson, author_id=TEACHER)
    rows.add("announcement_comment", announcement_id=news, author_id=STUDENT)
    task = rows.add("assignment", course_id=lesson, author_id=TEACHER)
    essay = rows.add("submission", assignment_id=task, student_id=STUDENT)
    rows.add("submission_file", submission_id=essay, path=rows.upload("essay"))
    rows.add("marking_comment", submission_id=essay, assessor_id=TEACHER)
    test = rows.add("test", course_id=lesson, author_id=TEACHER)
    asked = rows.add("test_question", test_id=test, course_id=lesson, author_id=STUDENT)
    attempt = rows.add("test_attempt", test_id=test, student_id=STUDENT)
    rows.add("test_answer", attempt_id=attempt, question_id=asked)
    rows.add("grade", student_id=STUDENT, teacher_id=TEACHER, course_id=lesson, test_id=test)
    rows.add("attendance", student_id=STUDENT, recorded_by_id=TEACHER, course_id=lesson)
    rows.add("behaviour_comment", student_id=STUDENT, teacher_id=TEACHER)
    rows.add("extra_time", student_id=STUDENT, granted_by_id=TEACHER)
    rows.add("event", owner_id=TEACHER, kind="shared", course_id=lesson)


@pytest.mark.parametrize("held", HOLDABLE)
def test_what_is_held_of_a_student_stays_with_what_it_hangs_on_until_the_hold_ends(
    workshop: Workshop[Driver], rows: Rows, held: str
) -> None:
    scene = Scene(workshop, rows)
    scene.hold(STUDENT, held)
    scene.erase(STUDENT)
    scene.look(STUDENT)
    scene.erase(FRIEND)
    scene.end_hold(STUDENT)
    assert not scene.model.half_erased


@pytest.mark.parametrize(
    "held", ["test_answer", "grade", "test_question", "enrolment", *CATEGORIES]
)
def test_what_is_held_of_a_teacher_bears_what_others_did(
    workshop: Workshop[Driver], rows: Rows, held: str
) -> None:
    scene = Scene(workshop, rows)
    scene.hold(TEACHER, held)
    scene.erase(TEACHER)
    scene.erase(STUDENT)
    scene.end_hold(TEACHER)


def test_what_others_left_waiting_goes_although_the_last_one_is_under_a_hold_of_the_same_kind(
    workshop: Workshop[Driver], rows: Rows
) -> None:
    scene = Scene(workshop, rows)
    scene.erase(STUDENT)
    scene.hold(FRIEND, "material")
    scene.erase(FRIEND)  # who was the last to read a document of the student's


def a_project() -> tuple[Rows, int, int, int]:
    """Give a school, a founder, another member, and their project."""
    rows = school()
    founder, member = people(rows, 2)
    project = rows.add("project", created_by_id=founder)
    for person in (founder, member):
        rows.add("project_member", project_id=project, person_id=person)
    return rows, founder, member, project


def test_what_others_left_for_somebody_waits_while_something_of_the_last_one_is_held(
    workshop: Workshop[Driver],
) -> None:
    rows, founder, member, _ = a_project()
    scene = Scene(workshop, rows)
    scene.erase(founder)
    scene.hold(member, "project_member")
    scene.erase(member)
    assert workshop.do(workshop.lms.read())["project"], "its last member is held"
    scene.end_hold(member)
    assert not workshop.do(workshop.lms.read())["project"]


def test_what_others_left_goes_with_the_last_one_also_where_something_held_refers_to_it(
    workshop: Workshop[Driver],
) -> None:
    rows, founder, member, project = a_project()
    rows.add("event", owner_id=member, kind="shared", project_id=project)
    scene = Scene(workshop, rows)
    scene.erase(founder)
    scene.hold(member, "calendar")
    scene.erase(member)
    found = workshop.do(workshop.lms.read())
    assert not found["project"], "nobody is left in it"
    assert [row["owner_id"] for row in found["event"]] == [member]
    scene.end_hold(member)
