"""Courses of a world, and everything that lies in them."""

from dataclasses import dataclass

from tests.oracle.school import School


@dataclass(frozen=True, slots=True)
class Course:
    """A course: who is or was enrolled in it."""

    id: int
    teachers: list[int]
    students: list[int]

    @property
    def people(self) -> list[int]:
        return self.teachers + self.students


def add_course(school: School) -> None:
    """Add a course that may have one teacher and nobody else."""
    chance = school.chance
    teachers = chance.some(school.teachers, least=1)
    students = chance.some(school.students)
    number = len(school.rows.tables["course"])
    course = Course(
        school.add(
            "course",
            institution_id=school.id,
            responsible_id=teachers[0],
            code=f"C{number}",
            description=chance.text_or_none(),
        ),
        teachers,
        students,
    )
    for person in course.people:
        school.add(
            "enrolment",
            course_id=course.id,
            person_id=person,
            role="teacher" if person in teachers else "student",
            left_at="2026-02-01T08:00:00+00:00" if chance.likely(4) else None,
        )
    _add_talk(school, course)
    for _ in range(chance.number(0, 2)):
        _add_assignment(school, course)
    for _ in range(chance.number(0, 2)):
        _add_test(school, course)
    _add_records(school, course)


def _add_talk(school: School, course: Course) -> None:
    chance = school.chance
    for _ in range(chance.number(0, 2)):
        discussion = school.add(
            "discussion",
            course_id=course.id,
            started_by_id=chance.one(course.people),
            body=chance.text(),
        )
        earlier: list[int | None] = [None]
        for _ in range(chance.number(0, 3)):
            post = school.add(
                "discussion_post",
                discussion_id=discussion,
                parent_id=chance.one(earlier),
                author_id=chance.one(course.people),
                body=chance.text(),
            )
            earlier.append(post)
    for _ in range(chance.number(0, 1)):
        announcement = school.add(
            "announcement", course_id=course.id, author_id=chance.one(course.people)
        )
        for person in chance.some(course.people):
            school.add(
                "announcement_comment",
                announcement_id=announcement,
                author_id=person,
                body=chance.text(),
            )


def _add_assignment(school: School, course: Course) -> None:
    chance = school.chance
    author = chance.one(course.teachers)
    assignment = school.add("assignment", course_id=course.id, author_id=author)
    for student in chance.some(course.students):
        submission = school.add(
            "submission", assignment_id=assignment, student_id=student, answer=chance.text_or_none()
        )
        for _ in range(chance.number(0, 2)):
            path = school.upload("submission_file")
            school.add("submission_file", submission_id=submission, path=path)
        if chance.likely():
            school.add("plagiarism_check", submission_id=submission)
        for teacher in chance.some(course.teachers):
            school.add("marking_comment", submission_id=submission, assessor_id=teacher)
        if chance.likely():
            school.add(
                "grade",
                student_id=student,
                teacher_id=chance.one(course.teachers),
                course_id=course.id,
                assignment_id=assignment,
                feedback=chance.text_or_none(),
            )


def _add_test(school: School, course: Course) -> None:
    chance = school.chance
    author = chance.one(course.teachers)
    test = school.add("test", course_id=course.id, author_id=author)
    questions = [
        school.add(
            "test_question",
            test_id=test,
            course_id=course.id,
            author_id=chance.one(school.teachers),
            position=position,
            choices=chance.one((None, [], ["a", 'b "c"', "NULL", ""])),
        )
        for position in range(chance.number(0, 2))
    ]
    for student in chance.some(course.students):
        attempt = school.add("test_attempt", test_id=test, student_id=student)
        for question in chance.some(questions):
            answer = chance.text_or_none()
            school.add("test_answer", attempt_id=attempt, question_id=question, answer=answer)
        if chance.likely(3):
            grantor = chance.one(course.teachers)
            school.add("extra_time", student_id=student, granted_by_id=grantor, test_id=test)


def _add_records(school: School, course: Course) -> None:
    chance = school.chance
    for student in chance.some(course.students):
        school.add(
            "attendance",
            course_id=course.id,
            student_id=student,
            recorded_by_id=chance.one(course.people),
        )
    for _ in range(chance.number(0, 2)):
        owner = chance.one(course.people)
        material = school.add(
            "material",
            institution_id=school.id,
            owner_id=owner,
            scope="course",
            course_id=course.id,
            path=school.upload("material"),
        )
        if chance.likely(3):
            school.add("material_share", material_id=material, person_id=school.anybody())
    for _ in range(chance.number(0, 1)):
        school.add(
            "event",
            institution_id=school.id,
            owner_id=chance.one(course.people),
            kind="shared",
            course_id=course.id,
        )
