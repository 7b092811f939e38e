"""Personal information: not visible while restricted, permanently deleted when erased."""

from collections.abc import Iterator

from tests.oracle.campus import Campus
from tests.oracle.changes import Change, Row

_OWN = ("guardian_of", "enrolment", "project_member")
"""Links of the person that the LMS can hide."""


def restricted(campus: Campus, subject: int) -> Iterator[Change]:
    yield Change(("person", (subject,)), {"in_trash": True, "active": False})
    for table in _OWN:
        for row in campus.rows(table, person_id=subject):
            yield Change(campus.place(table, row), {"is_hidden": True})
    for guardian in guardians_of_nobody_else(campus, subject):
        yield Change(campus.place("guardian", guardian), {"is_hidden": True})
    for row in campus.rows("login_session", person_id=subject):
        yield Change(campus.place("login_session", row))
    for row in campus.rows("activity_log", person_id=subject):
        yield Change(campus.place("activity_log", row), {"is_hidden": True})
    for row in logged_by_others(campus, subject):
        yield Change(campus.place("activity_log", row), {"about_id": None})


def erased(campus: Campus, subject: int) -> Iterator[Change]:
    """Everything but the person's own row, which goes last."""
    for table in (*_OWN, "login_session", "activity_log"):
        for row in campus.rows(table, person_id=subject):
            yield Change(campus.place(table, row))
    for guardian in guardians_of_nobody_else(campus, subject):
        yield Change(campus.place("guardian", guardian))
    for row in logged_by_others(campus, subject):
        yield Change(campus.place("activity_log", row), {"about_id": None})


def guardians_of_nobody_else(campus: Campus, subject: int) -> Iterator[Row]:
    """Give the parents who have no other child in the school: those of siblings stay."""
    for link in campus.rows("guardian_of", person_id=subject):
        children = campus.taking_part("guardian_of", guardian_id=link["guardian_id"])
        if not children - {subject}:
            yield campus.tables["guardian"][(link["guardian_id"],)]


def logged_by_others(campus: Campus, subject: int) -> Iterator[Row]:
    """Give what others did that was about the person."""
    for row in campus.rows("activity_log", about_id=subject):
        if row["person_id"] != subject:
            yield row


def stripped() -> Row:
    """Give what becomes of a person's row whose name kept assessments still show."""
    return dict.fromkeys(_PROFILE) | {"active": False, "in_trash": True}


_PROFILE = (
    "school",
    "email",
    "username",
    "student_no",
    "candidate_id",
    "phone",
    "born_on",
    "home_address",
    "about",
    "picture_path",
    "picture_name",
)
