"""What a hold keeps of an erasure: the person's records of one kind, and whatever they hang on."""

from collections.abc import Iterable, Iterator

from tests.oracle.access import expected
from tests.oracle.campus import Campus
from tests.oracle.changes import Change, Place, Row
from tests.oracle.lms_schema import REFERENCES

EVERYTHING = "everything"

HOLDABLE = (
    EVERYTHING,
    "grade",
    "attendance",
    "marking_comment",
    "message",
    "thread",
    "thread_member",
    "discussion",
    "discussion_post",
    "announcement_comment",
    "enrolment",
    "guardian_of",
    "material",
    "test_question",
    "submission",
    "submission_file",
    "test_attempt",
    "test_answer",
    "note",
)
"""Kinds of records that are a table each."""

_LED = (
    ("guardian", "id", "guardian_of", "guardian_id"),
    ("thread", "id", "thread_member", "thread_id"),
    ("message", "thread_id", "thread_member", "thread_id"),
    ("test_question", "test_id", "test", "id"),
    ("marking_comment", "submission_id", "submission", "id"),
    ("submission_file", "submission_id", "submission", "id"),
    ("plagiarism_check", "submission_id", "submission", "id"),
    ("test_answer", "attempt_id", "test_attempt", "id"),
)
"""Table and column of what is found through another one, and that one's table and column."""


def allowed(campus: Campus, changes: Iterable[Change], held: str) -> list[Change]:
    """Give what an erasure may still do.

    A row is not deleted while something held hangs on it, by a reference or because it is found
    through it; and neither is it changed where something held would not be found again.

    Args:
        campus: As it is before.
        changes: What would be done if nothing were held.
        held: One of ``HOLDABLE``.
    """
    if held == EVERYTHING:
        return []
    bearing = _bearing(campus, held)
    leading = {
        through
        for table, row in _rows(campus)
        if table == held or campus.place(table, row) in bearing
        for through in _led_through(campus, table, row)
    }
    return [
        each
        for each in changes
        if each.place[0] != held and each.place not in (bearing if each.is_removal else leading)
    ]


def is_anything_held(campus: Campus, subject: int, held: str, kept: int) -> bool:
    """Say whether a person's erasure is not over.

    Args:
        campus: As it is before.
        subject: The person.
        held: One of ``HOLDABLE``.
        kept: How many changes are not allowed.
    """
    return (
        held == EVERYTHING or kept > 0 or any(name == held for name, _ in expected(campus, subject))
    )


def _bearing(campus: Campus, held: str) -> set[Place]:
    """Give every row that something held hangs on, however far away."""
    found: set[Place] = set()
    waiting = [(held, row) for row in campus.tables[held].values()]
    while waiting:
        table, row = waiting.pop()
        for place in (*_referred(campus, table, row), *_led_through(campus, table, row)):
            if place not in found:
                found.add(place)
                waiting.append((place[0], campus.tables[place[0]][place[1]]))
    return found


def _referred(campus: Campus, table: str, row: Row) -> Iterator[Place]:
    for referring, column, target, _ in REFERENCES:
        if referring == table and target != "person" and row[column] is not None:
            place = (target, (row[column],))
            if campus.find(place) is not None:
                yield place


def _led_through(campus: Campus, table: str, row: Row) -> Iterator[Place]:
    for led, column, through, match in _LED:
        if led == table:
            for each in campus.rows(through, **{match: row[column]}):
                yield campus.place(through, each)


def _rows(campus: Campus) -> Iterator[tuple[str, Row]]:
    for table in {led for led, *_ in _LED}:
        for row in campus.tables[table].values():
            yield table, row
