"""What a person is to be given: every record that names them, without what is about others."""

from collections.abc import Iterable, Iterator

from tests.oracle.assessments import ASSESSORS
from tests.oracle.campus import Campus
from tests.oracle.changes import Row
from tests.oracle.communication import conversations

Record = tuple[str, tuple[str, ...]]
"""A record type, and the key of a record of it, as texts."""

WITHHELD = "withheld: about somebody else"

_NAMED_ONCE = {
    "guardian_of": ("person_id", ("relation",)),
    "login_session": ("person_id", ("browser", "ip_address")),
    "enrolment": ("person_id", ("role",)),
    "project_member": ("person_id", ("task",)),
    "thread_member": ("person_id", ()),
    "discussion": ("started_by_id", ("title", "body")),
    "discussion_post": ("author_id", ("body",)),
    "announcement": ("author_id", ("title", "body")),
    "announcement_comment": ("author_id", ("body",)),
    "course": ("responsible_id", ("code", "title", "description")),
    "project": ("created_by_id", ("title", "description")),
    "assignment": ("author_id", ("title", "instructions")),
    "test": ("author_id", ("title", "instructions")),
    "note": ("owner_id", ("title", "body")),
    "material": ("owner_id", ("title", "description", "scope")),
    "material_share": ("person_id", ()),
    "submission": ("student_id", ("answer",)),
    "test_attempt": ("student_id", ("candidate_id", "browser")),
}
"""By table: the column that names the person, and texts of the record."""

_OF_STUDENTS = {
    "grade": ("grade", "feedback"),
    "attendance": ("status", "comment"),
    "behaviour_comment": ("body",),
    "extra_time": ("reason",),
}
"""By table: what the assessor is not given, since it is about the student."""


_PARTS = {"submission_file": ("media_type",), "plagiarism_check": ("checker",)}


def expected(campus: Campus, subject: int) -> dict[Record, Row]:
    """Give every record of a person with its texts.

    Args:
        campus: As it is without the person's own restrictions.
        subject: Whom it is for.
    """
    return {
        (record_type, tuple(str(part) for part in campus.key(table, row))): texts
        for record_type, table, row, texts in _records(campus, subject)
    }


def held_only(held: Iterable[tuple[str, Row]]) -> dict[Record, Row]:
    """Give records that only a vault holds: what they were part of is gone, they are theirs still.

    Args:
        held: Tables and rows.
    """
    return {
        (table, (str(row["id"]),)): _texts(row, _PARTS[table])
        for table, row in held
        if table in _PARTS
    }


def _records(campus: Campus, subject: int) -> Iterator[tuple[str, str, Row, Row]]:
    for table, (column, fields) in _NAMED_ONCE.items():
        for row in campus.rows(table, **{column: subject}):
            yield table, table, row, _texts(row, fields)
    for table, row, texts in (
        *_personal(campus, subject),
        *_conversations(campus, subject),
        *_questions(campus, subject),
        *_assessments(campus, subject),
        *_responses(campus, subject),
    ):
        yield table, table, row, texts
    for row in campus.rows("event", owner_id=subject):
        yield f"event_{row['kind']}", "event", row, _texts(row, ("title", "description", "place"))


def _personal(campus: Campus, subject: int) -> Iterator[tuple[str, Row, Row]]:
    person = campus.person(subject)
    yield "person", person, _texts(person, ("full_name", "email", "phone", "about", "school"))
    for link in campus.rows("guardian_of", person_id=subject):
        guardian = campus.tables["guardian"][(link["guardian_id"],)]
        yield "guardian", guardian, _texts(guardian, ("full_name", "email", "home_address"))
    for row in campus.tables["activity_log"].values():
        if subject in (row["person_id"], row["about_id"]):
            others = () if row["person_id"] == subject else ("browser", "ip_address")
            texts = _texts(row, ("action", "object", "browser", "ip_address"), others)
            yield "activity_log", row, texts


def _conversations(campus: Campus, subject: int) -> Iterator[tuple[str, Row, Row]]:
    for thread_id in conversations(campus, subject):
        thread = campus.tables["thread"][(thread_id,)]
        takes_part = bool(campus.rows("thread_member", thread_id=thread_id, person_id=subject))
        if takes_part or thread["created_by_id"] == subject:
            yield "thread", thread, _texts(thread, ("subject",))
        for row in campus.rows("message", thread_id=thread_id):
            if row["sender_id"] == subject:
                yield "message", row, _texts(row, ("body",))
            elif takes_part:
                yield "message", row, _texts(row, ("body",), ("body",))


def _assessments(campus: Campus, subject: int) -> Iterator[tuple[str, Row, Row]]:
    for table, fields in _OF_STUDENTS.items():
        for row in campus.tables[table].values():
            if row["student_id"] == subject:
                yield table, row, _texts(row, fields)
            elif row[ASSESSORS[table]] == subject:
                yield table, row, _texts(row, fields, fields)
    own = {row["id"] for row in campus.rows("submission", student_id=subject)}
    for row in campus.tables["marking_comment"].values():
        if row["submission_id"] in own:
            yield "marking_comment", row, _texts(row, ("body",))
        elif row["assessor_id"] == subject:
            yield "marking_comment", row, _texts(row, ("body",), ("body",))


def _questions(campus: Campus, subject: int) -> Iterator[tuple[str, Row, Row]]:
    tests = {row["id"] for row in campus.rows("test", author_id=subject)}
    for row in campus.tables["test_question"].values():
        if row["author_id"] == subject:
            yield "test_question", row, _texts(row, ("body",))
        elif row["test_id"] in tests:
            yield "test_question", row, _texts(row, ("body",), ("body",))


def _responses(campus: Campus, subject: int) -> Iterator[tuple[str, Row, Row]]:
    for submission in campus.rows("submission", student_id=subject):
        for part, fields in _PARTS.items():
            for row in campus.rows(part, submission_id=submission["id"]):
                yield part, row, _texts(row, fields)
    for attempt in campus.rows("test_attempt", student_id=subject):
        for row in campus.rows("test_answer", attempt_id=attempt["id"]):
            yield "test_answer", row, _texts(row, ("answer",))


def _texts(row: Row, fields: Iterable[str], withheld: Iterable[str] = ()) -> Row:
    # Of nothing, nothing is withheld.
    return {
        field: WITHHELD if field in withheld and row[field] is not None else row[field]
        for field in fields
    }
