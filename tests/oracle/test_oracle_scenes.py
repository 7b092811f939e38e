"""Sequences that random ones come by too rarely, on the real engine and on the model."""

import pytest

from tests.oracle.driver import Driver
from tests.oracle.rows import Rows
from tests.oracle.scene import Scene
from tests.oracle.small_school import course, people, school, thread
from tests.oracle.workshop import Workshop

in_either_order = pytest.mark.parametrize(
    "is_older_first", [True, False], ids=["older first", "newer first"]
)


@pytest.fixture
def rows() -> Rows:
    return school()


def belongings(rows: Rows, person: int) -> None:
    """Give a person something to hide, to anonymise, to remove, and to block."""
    rows.add("note", owner_id=person)
    rows.add("event", owner_id=person, kind="shared")
    rows.add("login_session", person_id=person)
    rows.add("person_setting", person_id=person)


@pytest.mark.parametrize("is_first_trash", [True, False], ids=["trash first", "trash second"])
@in_either_order
def test_of_two_restrictions_the_last_lift_gives_everything_back(
    workshop: Workshop[Driver],
    rows: Rows,
    is_first_trash: bool,  # noqa: FBT001 - a case
    is_older_first: bool,  # noqa: FBT001 - a case
) -> None:
    (person,) = people(rows, 1)
    belongings(rows, person)
    scene = Scene(workshop, rows)
    scene.restrict(person, is_trash=is_first_trash)
    scene.restrict(person, is_trash=not is_first_trash)
    scene.lift_both(person, is_trash_first=is_first_trash is is_older_first)


def test_whom_two_restrictions_hold_can_be_erased(workshop: Workshop[Driver], rows: Rows) -> None:
    (person,) = people(rows, 1)
    belongings(rows, person)
    scene = Scene(workshop, rows)
    scene.restrict(person)
    scene.restrict(person, is_trash=True)
    scene.erase(person)


def test_what_the_lms_changed_of_a_restricted_person_is_left(
    workshop: Workshop[Driver], rows: Rows
) -> None:
    (person,) = people(rows, 1)
    belongings(rows, person)
    scene = Scene(workshop, rows)
    scene.restrict(person)
    scene.edit("note", 1, is_hidden=False)
    scene.edit("person", person, in_trash=False)
    scene.lift(person)


@pytest.mark.parametrize("is_twice", [False, True], ids=["once", "twice"])
def test_what_the_lms_changed_of_a_restricted_person_is_shown_as_it_is_now(
    workshop: Workshop[Driver],
    rows: Rows,
    is_twice: bool,  # noqa: FBT001 - a case
) -> None:
    teacher, student = people(rows, 2)
    lesson = course(rows, [teacher, student])
    test = rows.add("test", course_id=lesson, author_id=teacher)
    attempt = rows.add("test_attempt", test_id=test, student_id=student)
    asked = [
        rows.add("test_question", test_id=test, course_id=lesson, author_id=teacher, position=each)
        for each in range(2)
    ]
    for each in asked:
        rows.add("test_answer", attempt_id=attempt, question_id=each, answer=f"first of {each}")
    scene = Scene(workshop, rows)
    scene.restrict(student)
    if is_twice:
        scene.restrict(student, is_trash=True)
    scene.look(student)
    scene.edit("test_answer", attempt, asked[0], answer="second thoughts", points="2.00")
    scene.look(student)
    if is_twice:
        scene.lift(student, is_trash=True)
        scene.look(student)
    scene.lift(student)
    scene.look(student)


def test_a_message_of_a_restricted_sender_goes_with_the_conversation(
    workshop: Workshop[Driver], rows: Rows
) -> None:
    member, sender = people(rows, 2)
    thread(rows, member, [member], [sender])
    scene = Scene(workshop, rows)
    scene.restrict(sender)
    scene.erase(member)
    scene.lift(sender)


@pytest.mark.parametrize("ending", ["lift", "erase"])
def test_a_file_that_a_removed_row_names_stays_until_the_row_can_nowhere_return_to(
    workshop: Workshop[Driver], rows: Rows, ending: str
) -> None:
    student, teacher = people(rows, 2)
    made = course(rows, [teacher, student])
    assignment = rows.add("assignment", course_id=made, author_id=teacher)
    submission = rows.add("submission", assignment_id=assignment, student_id=student)
    path = rows.upload("essay")
    rows.add("submission_file", submission_id=submission, path=path)
    rows.add("material", owner_id=teacher, path=path)
    scene = Scene(workshop, rows)
    scene.restrict(student)
    scene.erase(teacher)
    scene.delete_course(made)
    if ending == "lift":
        scene.lift(student)
    else:
        scene.erase(student)


def test_two_teachers_of_one_test_are_erased_one_after_the_other(
    workshop: Workshop[Driver], rows: Rows
) -> None:
    first, second = people(rows, 2)
    made = course(rows, [first, second])
    test = rows.add("test", course_id=made, author_id=first)
    rows.add("test_question", test_id=test, course_id=made, author_id=second)
    scene = Scene(workshop, rows)
    scene.erase(second)
    scene.erase(first)


@in_either_order
def test_a_second_restriction_holds_what_does_not_name_the_person_any_more_as_it_is(
    workshop: Workshop[Driver],
    rows: Rows,
    is_older_first: bool,  # noqa: FBT001 - a case
) -> None:
    creator, member = people(rows, 2)
    project = rows.add("project", created_by_id=creator)
    for person in (creator, member):
        rows.add("project_member", project_id=project, person_id=person)
    scene = Scene(workshop, rows)
    scene.restrict(creator)
    scene.erase(member)
    scene.restrict(creator, is_trash=True)
    scene.lift_both(creator, is_trash_first=not is_older_first)


@in_either_order
def test_a_second_restriction_adds_to_what_the_first_one_holds_of_a_record(
    workshop: Workshop[Driver],
    rows: Rows,
    is_older_first: bool,  # noqa: FBT001 - a case
) -> None:
    owner, friend = people(rows, 2)
    material = rows.add("material", owner_id=owner)
    scene = Scene(workshop, rows)
    scene.restrict(owner)
    scene.add("material_share", material_id=material, person_id=friend)
    scene.restrict(owner, is_trash=True)
    scene.lift_both(owner, is_trash_first=not is_older_first)


def test_what_only_a_vault_holds_is_shown_to_its_person(
    workshop: Workshop[Driver], rows: Rows
) -> None:
    student, teacher = people(rows, 2)
    made = course(rows, [teacher, student])
    assignment = rows.add("assignment", course_id=made, author_id=teacher)
    submission = rows.add("submission", assignment_id=assignment, student_id=student)
    rows.add("submission_file", submission_id=submission, path=rows.upload("essay"))
    scene = Scene(workshop, rows)
    scene.restrict(student)
    scene.look(student)
    scene.delete_course(made)
    scene.look(student)
    scene.restrict(student, is_trash=True)
    scene.look(student)


@pytest.mark.parametrize("ending", ["lift", "erase"])
def test_what_is_found_through_a_restricted_persons_work_is_found_as_before(
    workshop: Workshop[Driver], rows: Rows, ending: str
) -> None:
    teacher, colleague = people(rows, 2)
    made = course(rows, [teacher, colleague])
    test = rows.add("test", course_id=made, author_id=teacher)
    rows.add("test_question", test_id=test, course_id=made, author_id=colleague)
    scene = Scene(workshop, rows)
    scene.look(teacher)
    scene.restrict(teacher)
    scene.look(teacher)
    scene.restrict(teacher, is_trash=True)
    scene.lift(teacher)
    scene.look(teacher)
    scene.erase(colleague)
    if ending == "lift":
        scene.lift(teacher, is_trash=True)
        scene.look(teacher)
    else:
        scene.erase(teacher)
