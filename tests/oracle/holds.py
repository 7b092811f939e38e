"""What a hold keeps of an erasure: the person's records of some kinds, and whatever they hang on."""

from collections.abc import Iterable, Iterator

from tests.oracle.access import expected
from tests.oracle.campus import Campus
from tests.oracle.changes import Change, Place, Row
from tests.oracle.lms_schema import REFERENCES

EVERYTHING = "everything"

_OF_CATEGORY = {
    "personal_information": {
        "person",
        "guardian_of",
        "guardian",
        "login_session",
        "activity_log",
        "enrolment",
        "project_member",
    },
    "communication": {
        "thread",
        "thread_member",
        "message",
        "discussion",
        "discussion_post",
        "announcement",
        "announcement_comment",
    },
    "course_material": {
        "course",
        "project",
        "assignment",
        "test",
        "test_question",
        "note",
        "material",
        "material_share",
    },
    "assessments": {"grade", "marking_comment", "attendance", "behaviour_comment", "extra_time"},
    "calendar": {"event"},
    "student_responses": {
        "submission",
        "submission_file",
        "plagiarism_check",
        "test_attempt",
        "test_answer",
    },
    "internal_logic": {"person_setting", "ui_state"},
}
"""The tables of each category."""

CATEGORIES = tuple(_OF_CATEGORY)

HOLDABLE = (
    EVERYTHING,
    *CATEGORIES,
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
"""Everything, a category, or a kind of records that is a table."""

_SHARED_TABLES = {
    "event_personal": "event",
    "event_shared": "event",
    "last_selection": "ui_state",
    "cookie": "ui_state",
}
"""The table of kinds of records that have none of their own."""

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
    tables = tables_of(held)
    bearing = _bearing(campus, tables)
    leading = {
        through
        for table, row in _rows(campus)
        if table in tables or campus.place(table, row) in bearing
        for through in _led_through(campus, table, row)
    }
    return [
        each
        for each in changes
        if each.place[0] not in tables
        and each.place not in (bearing if each.is_removal else leading)
    ]


def is_anything_held(campus: Campus, subject: int, held: str, kept: int) -> bool:
    """Say whether a person's erasure is not over.

    Args:
        campus: As it is before.
        subject: The person.
        held: One of ``HOLDABLE``.
        kept: How many changes are not allowed.
    """
    tables = tables_of(held)
    return (
        held == EVERYTHING
        or kept > 0
        or any(_SHARED_TABLES.get(name, name) in tables for name, _ in expected(campus, subject))
    )


def tables_of(held: str) -> set[str]:
    """Name the tables of which every record of the person is held; none where everything is.

    Args:
        held: One of ``HOLDABLE``.
    """
    return _OF_CATEGORY.get(held, {held} - {EVERYTHING})


def _bearing(campus: Campus, tables: Iterable[str]) -> set[Place]:
    """Give every row that something held hangs on, however far away."""
    found: set[Place] = set()
    waiting = [(table, row) for table in tables for row in campus.tables[table].values()]
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
