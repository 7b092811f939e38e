"""The hard cells of the article's tables, each in the smallest school that shows it."""

import pytest

from tests.oracle.model import Model
from tests.oracle.rows import Rows
from tests.oracle.small_school import STAND_IN, column, course, people, school, thread


@pytest.fixture
def rows() -> Rows:
    return school()


def test_messages_of_an_erased_person_are_anonymised_while_others_take_part(rows: Rows) -> None:
    a, b = people(rows, 2)
    thread(rows, a, [a, b], [a, b])
    model = Model(rows.campus())
    model.erase(a)
    assert column(model, "message", "sender_id") == [STAND_IN, b]
    assert column(model, "thread", "created_by_id") == [STAND_IN]


def test_a_conversation_dies_with_its_last_participant_though_they_only_received(
    rows: Rows,
) -> None:
    a, b = people(rows, 2)
    thread(rows, a, [a, b], [a, a])
    model = Model(rows.campus())
    model.erase(a)
    model.erase(b)
    assert not model.campus.tables["message"]
    assert not model.campus.tables["thread"]


def test_somebody_who_merely_left_a_conversation_still_takes_part(rows: Rows) -> None:
    a, b = people(rows, 2)
    made = thread(rows, a, [a, b], [a])
    model = Model(rows.campus())
    model.campus.tables["thread_member"][made, b]["left_at"] = "2026-03-01T08:00:00+00:00"
    model.erase(a)
    assert column(model, "message", "sender_id") == [STAND_IN]


def test_a_restricted_participant_is_still_one(rows: Rows) -> None:
    a, b = people(rows, 2)
    thread(rows, a, [a, b], [a, b])
    model = Model(rows.campus())
    number = model.restrict(b)
    model.erase(a)
    assert column(model, "message", "sender_id") == [STAND_IN, STAND_IN]
    model.lift(number)
    assert column(model, "message", "sender_id") == [STAND_IN, b]


def test_a_message_goes_with_the_conversation_though_its_restricted_sender_is_no_part_of_it(
    rows: Rows,
) -> None:
    a, b = people(rows, 2)
    thread(rows, a, [a], [b])
    model = Model(rows.campus())
    number = model.restrict(b)
    model.erase(a)
    model.lift(number)
    assert not model.campus.tables["message"]


def test_discussions_lose_the_name_and_go_with_their_course(rows: Rows) -> None:
    a, b = people(rows, 2)
    made = course(rows, [a, b])
    discussion = rows.add("discussion", course_id=made, started_by_id=a)
    post = rows.add("discussion_post", discussion_id=discussion, author_id=b)
    rows.add("discussion_post", discussion_id=discussion, author_id=a, parent_id=post)
    model = Model(rows.campus())
    model.erase(a)
    assert column(model, "discussion", "started_by_id") == [STAND_IN]
    assert column(model, "discussion_post", "author_id") == [b, STAND_IN]
    model.delete_course(made)
    assert not model.campus.tables["discussion_post"]


def test_an_erased_teachers_name_stays_beside_grades_until_the_student_is_erased(
    rows: Rows,
) -> None:
    teacher, student = people(rows, 2)
    rows.add("grade", student_id=student, teacher_id=teacher)
    model = Model(rows.campus())
    model.erase(teacher)
    assert column(model, "grade", "teacher_id") == [teacher]
    left = model.campus.person(teacher)
    assert (left["full_name"], left["email"], left["active"]) == ("Åse Berg", None, False)
    assert left["in_trash"]
    model.erase(student)
    assert not model.campus.tables["grade"]
    assert not model.campus.tables["person"]


def test_a_restricted_teachers_grades_stay_as_they_are(rows: Rows) -> None:
    teacher, student = people(rows, 2)
    rows.add("grade", student_id=student, teacher_id=teacher)
    model = Model(rows.campus())
    model.restrict(teacher)
    assert column(model, "grade", "is_hidden") == [False]
    assert column(model, "grade", "teacher_id") == [teacher]
    assert model.campus.person(teacher)["in_trash"]


def test_a_name_stays_no_longer_than_the_comment_that_a_deleted_course_takes_along(
    rows: Rows,
) -> None:
    teacher, student = people(rows, 2)
    made = course(rows, [student, teacher])
    assignment = rows.add("assignment", course_id=made, author_id=student)
    submission = rows.add("submission", assignment_id=assignment, student_id=student)
    rows.add("marking_comment", submission_id=submission, assessor_id=teacher)
    model = Model(rows.campus())
    model.erase(teacher)
    model.delete_course(made)
    assert column(model, "person", "id") == [teacher, student]
    model.re_examine(1)
    assert column(model, "person", "id") == [student]


def test_a_guardian_of_siblings_goes_with_the_last_of_them(rows: Rows) -> None:
    a, b = people(rows, 2)
    guardian = rows.add("guardian")
    for child in (a, b):
        rows.add("guardian_of", guardian_id=guardian, person_id=child)
    model = Model(rows.campus())
    number = model.restrict(a)
    assert column(model, "guardian", "is_hidden") == [False]
    model.lift(number)
    model.erase(a)
    assert column(model, "guardian", "id") == [guardian]
    model.erase(b)
    assert not model.campus.tables["guardian"]


def test_personal_events_go_and_shared_ones_lose_the_name(rows: Rows) -> None:
    (a,) = people(rows, 1)
    rows.add("event", owner_id=a)
    rows.add("event", owner_id=a, kind="shared")
    model = Model(rows.campus())
    model.erase(a)
    assert column(model, "event", "kind") == ["shared"]
    assert column(model, "event", "owner_id") == [STAND_IN]


def test_what_somebody_did_to_themselves_is_hidden_by_a_restriction(rows: Rows) -> None:
    a, b = people(rows, 2)
    rows.add("activity_log", person_id=a, about_id=a)
    rows.add("activity_log", person_id=b, about_id=a)
    model = Model(rows.campus())
    model.restrict(a)
    assert column(model, "activity_log", "is_hidden") == [True, False]
    assert column(model, "activity_log", "about_id") == [a, None]
