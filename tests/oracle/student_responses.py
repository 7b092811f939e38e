"""Student responses: not visible while restricted, permanently deleted when erased."""

from collections.abc import Iterator

from tests.oracle.campus import Campus
from tests.oracle.changes import Change

_EMPTIED = {"answer": None, "points": None, "time_spent": None, "answered_at": None}
_PARTS = ("submission_file", "plagiarism_check")


def restricted(campus: Campus, subject: int) -> Iterator[Change]:
    for submission in campus.rows("submission", student_id=subject):
        yield Change(campus.place("submission", submission), {"is_hidden": True})
    yield from _parts(campus, subject)
    for attempt in campus.rows("test_attempt", student_id=subject):
        yield Change(campus.place("test_attempt", attempt), {"is_hidden": True})
        for answer in campus.rows("test_answer", attempt_id=attempt["id"]):
            yield Change(campus.place("test_answer", answer), dict(_EMPTIED))


def erased(campus: Campus, subject: int) -> Iterator[Change]:
    yield from _parts(campus, subject)
    for attempt in campus.rows("test_attempt", student_id=subject):
        # They would go along with it; where the attempt is held, they go all the same.
        for answer in campus.rows("test_answer", attempt_id=attempt["id"]):
            yield Change(campus.place("test_answer", answer))
    for table in ("submission", "test_attempt"):
        for row in campus.rows(table, student_id=subject):
            yield Change(campus.place(table, row))


def _parts(campus: Campus, subject: int) -> Iterator[Change]:
    """Files and checks have nothing to hide them by: they leave the table either way."""
    for submission in campus.rows("submission", student_id=subject):
        for table in _PARTS:
            for row in campus.rows(table, submission_id=submission["id"]):
                yield Change(campus.place(table, row))
