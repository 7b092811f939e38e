"""What the tables of the campus LMS promise each other, written down a second time by hand."""

from enum import Enum, auto

OWN_KEYS = {
    "guardian_of": ("guardian_id", "person_id"),
    "enrolment": ("course_id", "person_id"),
    "project_member": ("project_id", "person_id"),
    "thread_member": ("thread_id", "person_id"),
    "material_share": ("material_id", "person_id"),
    "test_answer": ("attempt_id", "question_id"),
    "person_setting": ("person_id", "name"),
}
"""The key columns of tables whose key is not ``id``."""

UNIQUE = {"ui_state": ("person_id", "kind", "name")}
"""What else may stand in a table only once, as far as the LMS writes it anew."""

FILE_COLUMNS = {
    "person": "picture_path",
    "message": "attachment_path",
    "material": "path",
    "submission_file": "path",
}
"""Where a table names a file of the file store."""


class OnDelete(Enum):
    """What the database does with a row when the row that it refers to is deleted."""

    REFUSE = auto()
    GO_ALONG = auto()
    FORGET = auto()


_PERSONS = {
    "guardian_of": "person_id",
    "activity_log": "person_id",
    "course": "responsible_id",
    "enrolment": "person_id",
    "project": "created_by_id",
    "project_member": "person_id",
    "thread": "created_by_id",
    "thread_member": "person_id",
    "message": "sender_id",
    "discussion": "started_by_id",
    "discussion_post": "author_id",
    "announcement": "author_id",
    "announcement_comment": "author_id",
    "assignment": "author_id",
    "test": "author_id",
    "test_question": "author_id",
    "note": "owner_id",
    "material": "owner_id",
    "material_share": "person_id",
    "submission": "student_id",
    "test_attempt": "student_id",
    "grade": "student_id",
    "marking_comment": "assessor_id",
    "attendance": "student_id",
    "behaviour_comment": "student_id",
    "extra_time": "student_id",
    "event": "owner_id",
}
_ASSESSORS = {
    "grade": "teacher_id",
    "attendance": "recorded_by_id",
    "behaviour_comment": "teacher_id",
    "extra_time": "granted_by_id",
}
_IN_A_COURSE = ("enrolment", "discussion", "announcement", "assignment", "test", "test_question")

REFERENCES: tuple[tuple[str, str, str, OnDelete], ...] = (
    *((table, column, "person", OnDelete.REFUSE) for table, column in _PERSONS.items()),
    *((table, column, "person", OnDelete.REFUSE) for table, column in _ASSESSORS.items()),
    ("activity_log", "about_id", "person", OnDelete.FORGET),
    ("login_session", "person_id", "person", OnDelete.GO_ALONG),
    ("person_setting", "person_id", "person", OnDelete.GO_ALONG),
    ("ui_state", "person_id", "person", OnDelete.GO_ALONG),
    ("guardian_of", "guardian_id", "guardian", OnDelete.REFUSE),
    *((table, "course_id", "course", OnDelete.GO_ALONG) for table in _IN_A_COURSE),
    *(
        (table, "course_id", "course", OnDelete.FORGET)
        for table in ("material", "grade", "attendance", "event")
    ),
    ("project_member", "project_id", "project", OnDelete.REFUSE),
    ("material", "project_id", "project", OnDelete.FORGET),
    ("event", "project_id", "project", OnDelete.FORGET),
    ("thread_member", "thread_id", "thread", OnDelete.REFUSE),
    ("message", "thread_id", "thread", OnDelete.REFUSE),
    ("discussion_post", "discussion_id", "discussion", OnDelete.REFUSE),
    ("discussion_post", "parent_id", "discussion_post", OnDelete.REFUSE),
    ("announcement_comment", "announcement_id", "announcement", OnDelete.REFUSE),
    ("test_question", "test_id", "test", OnDelete.REFUSE),
    ("material_share", "material_id", "material", OnDelete.REFUSE),
    ("submission", "assignment_id", "assignment", OnDelete.REFUSE),
    ("submission_file", "submission_id", "submission", OnDelete.GO_ALONG),
    ("plagiarism_check", "submission_id", "submission", OnDelete.GO_ALONG),
    ("marking_comment", "submission_id", "submission", OnDelete.REFUSE),
    ("test_attempt", "test_id", "test", OnDelete.REFUSE),
    ("test_answer", "attempt_id", "test_attempt", OnDelete.GO_ALONG),
    ("test_answer", "question_id", "test_question", OnDelete.REFUSE),
    ("grade", "assignment_id", "assignment", OnDelete.FORGET),
    ("grade", "test_id", "test", OnDelete.FORGET),
    ("extra_time", "test_id", "test", OnDelete.FORGET),
)
"""Table, its column, the table that the column refers to by ``id``, and what a delete there does."""

PERSON_COLUMNS = {(table, column) for table, column, target, _ in REFERENCES if target == "person"}
"""Every column that names a person."""


def key_columns(table: str) -> tuple[str, ...]:
    return OWN_KEYS.get(table, ("id",))
