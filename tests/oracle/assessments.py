"""Assessments: they are the student's. The teacher's name stays beside them until the student goes."""

from collections.abc import Iterator

from tests.oracle.campus import Campus
from tests.oracle.changes import Change, Place

ASSESSORS = {
    "grade": "teacher_id",
    "attendance": "recorded_by_id",
    "behaviour_comment": "teacher_id",
    "extra_time": "granted_by_id",
    "marking_comment": "assessor_id",
}


def restricted(campus: Campus, subject: int) -> Iterator[Change]:
    for place in of_student(campus, subject):
        yield Change(place, {"is_hidden": True})


def erased(campus: Campus, subject: int) -> Iterator[Change]:
    for place in of_student(campus, subject):
        yield Change(place)


def of_student(campus: Campus, subject: int) -> Iterator[Place]:
    for table in ("grade", "attendance", "behaviour_comment", "extra_time"):
        for row in campus.rows(table, student_id=subject):
            yield campus.place(table, row)
    for submission in campus.rows("submission", student_id=subject):
        for row in campus.rows("marking_comment", submission_id=submission["id"]):
            yield campus.place("marking_comment", row)


def still_name(campus: Campus, person_id: int) -> bool:
    """Say whether an assessment still shows the person's name as the assessor's."""
    return any(campus.rows(table, **{column: person_id}) for table, column in ASSESSORS.items())
