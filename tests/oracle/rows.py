"""Whole rows of the campus LMS, of which a test gives what it is about.

Values are spelled as PostgreSQL's ``to_jsonb`` spells them, except numbers with decimals, which are texts.
"""

from collections import Counter
from typing import Any
from uuid import UUID

from tests.oracle.campus import Campus
from tests.oracle.changes import Row
from tests.oracle.lms_schema import OWN_KEYS

_AT = "2026-01-05T08:00:00+00:00"
_DEVICE = {"ip_address": "10.0.0.7", "browser": "Firefox", "operating_system": "Linux"}
_FILE = {"original_name": "Essay.pdf", "media_type": "application/pdf", "size_bytes": 4}
_PERSON: tuple[str, ...] = (
    "school",
    "email",
    "username",
    "student_no",
    "candidate_id",
    "phone",
    "born_on",
)
_PERSON += ("home_address", "about", "picture_path", "picture_name")
_SHOWN = {"is_hidden": False}

_ROWS: dict[str, Row] = {
    "institution": {"name": "School", "country": "NO", "mail_domain": "s.example"}
    | {"created_at": _AT},
    "person": {"institution_id": 1, "full_name": "Åse Berg", "role": "student"}
    | dict.fromkeys(_PERSON)
    | {"active": True, "in_trash": False, "created_at": _AT},
    "guardian": {"institution_id": 1, "full_name": "Ola Berg", "email": "ola@home.example"}
    | {"phone": None, "home_address": None, **_SHOWN},
    "guardian_of": {"guardian_id": 0, "person_id": 0, "relation": "father", **_SHOWN},
    "login_session": {"person_id": 0, **_DEVICE, "started_at": _AT, "last_seen_at": _AT},
    "activity_log": {"person_id": 0, "about_id": None, "happened_at": _AT, "action": "viewed"}
    | {"object": "a profile", **_DEVICE, "details": {"from": "list"}, **_SHOWN},
    "course": {"institution_id": 1, "responsible_id": 0, "code": "", "title": "Physics"}
    | {"description": None, "starts_on": "2026-01-05", "ends_on": "2026-06-19"},
    "enrolment": {"course_id": 0, "person_id": 0, "role": "student", "enrolled_at": _AT}
    | {"left_at": None, **_SHOWN},
    "project": {"institution_id": 1, "created_by_id": 0, "title": "Bridge", "description": None}
    | {"created_at": _AT, **_SHOWN},
    "project_member": {"project_id": 0, "person_id": 0, "task": None, "joined_at": _AT}
    | {"left_at": None, **_SHOWN},
    "thread": {"institution_id": 1, "created_by_id": 0, "subject": "Lunch", "created_at": _AT},
    "thread_member": {"thread_id": 0, "person_id": 0, "joined_at": _AT, "left_at": None}
    | {"last_read_at": None, **_SHOWN},
    "message": {"thread_id": 0, "sender_id": 0, "body": "Hello", "attachment_path": None}
    | {"attachment_name": None, "sent_at": _AT, "edited_at": None},
    "discussion": {"course_id": 0, "started_by_id": 0, "title": "Light", "body": "A wave?"}
    | {"created_at": _AT},
    "discussion_post": {"discussion_id": 0, "parent_id": None, "author_id": 0, "body": "Both"}
    | {"posted_at": _AT, "edited_at": None},
    "announcement": {"course_id": 0, "author_id": 0, "title": "Trip", "body": "On Monday"}
    | {"published_at": _AT},
    "announcement_comment": {"announcement_id": 0, "author_id": 0, "body": "Great"}
    | {"commented_at": _AT},
    "assignment": {"course_id": 0, "author_id": 0, "title": "Lens", "instructions": "Write"}
    | {"due_at": None, "created_at": _AT, **_SHOWN},
    "test": {"course_id": 0, "author_id": 0, "title": "Optics", "instructions": None}
    | {"uses_candidates": False, "opens_at": _AT, "closes_at": _AT, **_SHOWN},
    "test_question": {"test_id": 0, "course_id": 0, "author_id": 0, "position": 1}
    | {"body": "Why?", "choices": ["a", "b"], "max_points": "2.50", **_SHOWN},
    "note": {"owner_id": 0, "title": None, "body": "Remember", "created_at": _AT}
    | {"changed_at": None, **_SHOWN},
    "material": {"institution_id": 1, "owner_id": 0, "scope": "personal", "course_id": None}
    | {"project_id": None, "title": "Notes", "description": None, "tags": ["x"], "path": ""}
    | {**_FILE, "uploaded_at": _AT, **_SHOWN},
    "material_share": {"material_id": 0, "person_id": 0, "may_edit": False, "shared_at": _AT}
    | _SHOWN,
    "submission": {"assignment_id": 0, "student_id": 0, "answer": "Light", "submitted_at": _AT}
    | _SHOWN,
    "submission_file": {"submission_id": 0, "path": "", **_FILE, "uploaded_at": _AT},
    "plagiarism_check": {"submission_id": 0, "checker": "Checker", "similarity": "12.50"}
    | {"report": {"pages": ["one"]}, "checked_at": _AT},
    "test_attempt": {"test_id": 0, "student_id": 0, "candidate_id": None, "started_at": _AT}
    | {"submitted_at": None, "allowed_time": "01:00:00", **_DEVICE, **_SHOWN},
    "test_answer": {"attempt_id": 0, "question_id": 0, "answer": "a", "points": "1.50"}
    | {"time_spent": "00:01:00", "answered_at": _AT},
    "grade": {"student_id": 0, "teacher_id": 0, "course_id": None, "assignment_id": None}
    | {"test_id": None, "title": "Lens", "grade": "5", "points": "17.25", "feedback": "Good"}
    | {"given_at": _AT, **_SHOWN},
    "marking_comment": {"submission_id": 0, "assessor_id": 0, "body": "Source?"}
    | {"commented_at": _AT, **_SHOWN},
    "attendance": {"course_id": None, "student_id": 0, "recorded_by_id": 0}
    | {"held_on": "2026-01-07", "starts_at": "08:15:00", "status": "late", "comment": "Bus"}
    | _SHOWN,
    "behaviour_comment": {"student_id": 0, "teacher_id": 0, "body": "Helps", "written_at": _AT}
    | _SHOWN,
    "extra_time": {"student_id": 0, "granted_by_id": 0, "test_id": None, "extra": "00:15:00"}
    | {"reason": "Dyslexia", "granted_at": _AT, **_SHOWN},
    "event": {"institution_id": 1, "owner_id": 0, "kind": "personal", "course_id": None}
    | {"project_id": None, "title": "Dentist", "description": None, "place": None}
    | {"starts_at": "2026-01-08T09:00:00", "ends_at": None, **_SHOWN},
    "person_setting": {"person_id": 0, "name": "language", "value": "nb"},
    "ui_state": {"person_id": 0, "kind": "cookie", "name": "theme", "value": {"dark": True}}
    | {"saved_at": _AT},
}
"""A valid row of each table, but for the rows that it refers to."""


def whole_row(table: str, **given: Any) -> Row:
    """Give a row; what is not given is as in every other row."""
    if unknown := given.keys() - _ROWS[table].keys() - {"id"}:
        raise KeyError(table, unknown)
    return _ROWS[table] | given


class Rows:
    """Collects rows and the files that they name."""

    def __init__(self) -> None:
        self.tables: dict[str, list[Row]] = {table: [] for table in _ROWS}
        self.files: set[str] = set()
        self._last: Counter[str] = Counter()

    def add(self, table: str, **given: Any) -> int:
        """Add a row; what is not given is as in every other row.

        Returns:
            Its id; 0 where the table has another key.
        """
        row = whole_row(table, **given)
        if table in OWN_KEYS:
            self.tables[table].append(row)
            return 0
        self._last[table] += 1
        number = self._last[table]
        shown = str(UUID(int=number)) if table == "login_session" else number
        self.tables[table].append({"id": shown} | row)
        return number

    def upload(self, name: str) -> str:
        """Put a file into the file store.

        Returns:
            Its path.
        """
        path = f"uploads/{name}"
        self.files.add(path)
        return path

    def campus(self) -> Campus:
        return Campus(self.tables, self.files)
