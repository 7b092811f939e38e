"""What teachers note about students: grades, comments, attendance, extra time."""

from datetime import time, timedelta
from decimal import Decimal

from app.demo.phrases import ATTENDANCE_COMMENTS, BEHAVIOUR, EXTRA_TIME_REASONS, FEEDBACK, MARKING
from app.demo.school import Course, Handed, Person, School
from app.demo.school_year import moment, school_day

_STATUSES = ("present",) * 8 + ("late", "excused", "absent")


def add_assessments(school: School) -> None:
    """Assess what was handed in, and note attendance, behaviour and extra time.

    Args:
        school: With responses.
    """
    first = school.students[0]
    for handed in school.handed_in:
        if handed.student is first or school.chance.random() < 0.8:
            _assess(school, handed)
        if handed.test_id and (handed.student is first or school.chance.random() < 0.05):
            _grant_extra_time(school, handed)
    for course in school.courses:
        _note_attendance(school, course)
    for student in (first, *school.chance.sample(school.students, len(school.students) // 5)):
        teacher = school.teachers[0] if student is first else school.chance.choice(school.teachers)
        _note_behaviour(school, student, teacher)


def _assess(school: School, handed: Handed) -> None:
    chance = school.chance
    given_at = moment(chance)
    school.rows.add(
        "grade",
        student_id=handed.student.id,
        teacher_id=handed.course.teacher.id,
        course_id=handed.course.id,
        assignment_id=handed.assignment_id,
        test_id=handed.test_id,
        title=handed.title,
        grade=chance.choice("ABBCCCDDEF"),
        points=Decimal(chance.randrange(0, 240)) / 2 if handed.test_id else None,
        feedback=chance.choice((*FEEDBACK, None)),
        given_at=given_at,
    )
    if handed.submission_id is not None:
        school.rows.add(
            "marking_comment",
            submission_id=handed.submission_id,
            assessor_id=handed.course.teacher.id,
            body=chance.choice(MARKING),
            commented_at=given_at,
        )


def _note_attendance(school: School, course: Course) -> None:
    """Note who was there in four lessons."""
    chance = school.chance
    for _ in range(4):
        held_on = school_day(chance)
        starts_at = time(chance.randrange(8, 15), chance.choice((0, 20, 45)))
        for student in course.students:
            status = chance.choice(_STATUSES)
            school.rows.add(
                "attendance",
                course_id=course.id,
                student_id=student.id,
                recorded_by_id=course.teacher.id,
                held_on=held_on,
                starts_at=starts_at,
                status=status,
                comment=chance.choice(ATTENDANCE_COMMENTS[status]),
            )


def _note_behaviour(school: School, student: Person, teacher: Person) -> None:
    school.rows.add(
        "behaviour_comment",
        student_id=student.id,
        teacher_id=teacher.id,
        body=school.chance.choice(BEHAVIOUR),
        written_at=moment(school.chance),
    )


def _grant_extra_time(school: School, handed: Handed) -> None:
    school.rows.add(
        "extra_time",
        student_id=handed.student.id,
        granted_by_id=handed.course.teacher.id,
        test_id=handed.test_id,
        extra=timedelta(minutes=school.chance.choice((15, 20, 30))),
        reason=school.chance.choice(EXTRA_TIME_REASONS),
        granted_at=moment(school.chance),
    )
