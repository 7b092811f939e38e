"""Valid rows of every table of the campus LMS; a case changes what it is about."""

from datetime import date, time, timedelta
from decimal import Decimal

from tests.spec.rows import WHEN, Row

INSTITUTION: dict[str, object] = {"institution_id": 1}


def person(name: str, role: str = "student", **changes: object) -> Row:
    own = {
        "full_name": name,
        "role": role,
        "school": "Elm School",
        "email": f"{name.lower()}@elm.example",
        "phone": "+44 7700 900123",
        "picture_path": f"pictures/{name.lower()}.png",
        "picture_name": "me.png",
        "created_at": WHEN,
    }
    return Row(name, "person", INSTITUTION | own | changes)


def guardian(name: str) -> Row:
    own = {"full_name": name, "phone": "+44 7700 900456"}
    return Row(name, "guardian", INSTITUTION | own)


def parent(name: str, guardian: str, child: str) -> Row:
    names = {"guardian_id": guardian, "person_id": child}
    return Row(name, "guardian_of", {"relation": "mother"}, names)


def login(name: str, who: str) -> Row:
    own = {"ip_address": "192.0.2.7", "browser": "Firefox 143", "operating_system": "Ubuntu"}
    times: dict[str, object] = {"started_at": WHEN, "last_seen_at": WHEN}
    return Row(name, "login_session", times | own, {"person_id": who})


def log_entry(name: str, who: str, about: str | None = None) -> Row:
    names = {"person_id": who} | ({"about_id": about} if about else {})
    own = {"happened_at": WHEN, "action": "viewed", "object": "submission"}
    return Row(name, "activity_log", own | {"ip_address": "192.0.2.7"}, names)


def course(name: str, responsible: str) -> Row:
    own = {"code": name, "title": name, "starts_on": date(2026, 1, 8), "ends_on": date(2026, 6, 1)}
    return Row(name, "course", INSTITUTION | own, {"responsible_id": responsible})


def enrolment(name: str, course: str, who: str, **changes: object) -> Row:
    own = {"role": "student", "enrolled_at": WHEN}
    return Row(name, "enrolment", own | changes, {"course_id": course, "person_id": who})


def project(name: str, creator: str) -> Row:
    own = {"title": name, "description": "What we found out.", "created_at": WHEN}
    return Row(name, "project", INSTITUTION | own, {"created_by_id": creator})


def project_member(name: str, project: str, who: str, **changes: object) -> Row:
    own: dict[str, object] = {"joined_at": WHEN}
    names = {"project_id": project, "person_id": who}
    return Row(name, "project_member", own | changes, names)


def thread(name: str, creator: str) -> Row:
    own = {"subject": "Tomorrow", "created_at": WHEN}
    return Row(name, "thread", INSTITUTION | own, {"created_by_id": creator})


def thread_member(name: str, thread: str, who: str, **changes: object) -> Row:
    own: dict[str, object] = {"joined_at": WHEN}
    return Row(name, "thread_member", own | changes, {"thread_id": thread, "person_id": who})


def message(name: str, thread: str, sender: str, **changes: object) -> Row:
    own = {"body": "See you at nine.", "sent_at": WHEN}
    attached = {"attachment_path": f"messages/{sender}.png", "attachment_name": "map.png"}
    return Row(
        name, "message", own | attached | changes, {"thread_id": thread, "sender_id": sender}
    )


def discussion(name: str, course: str, author: str) -> Row:
    own = {"title": "Algae", "body": "Why do they bloom?", "created_at": WHEN}
    return Row(name, "discussion", own, {"course_id": course, "started_by_id": author})


def post(name: str, discussion: str, author: str, parent: str | None = None) -> Row:
    names = {"discussion_id": discussion, "author_id": author}
    answered = {"parent_id": parent} if parent else {}
    return Row(
        name, "discussion_post", {"body": "Warm water.", "posted_at": WHEN}, names | answered
    )


def announcement(name: str, course: str, author: str) -> Row:
    own = {"title": "Trip", "body": "Bring boots.", "published_at": WHEN}
    return Row(name, "announcement", own, {"course_id": course, "author_id": author})


def comment(name: str, announcement: str, author: str) -> Row:
    names = {"announcement_id": announcement, "author_id": author}
    return Row(name, "announcement_comment", {"body": "Great!", "commented_at": WHEN}, names)


def assignment(name: str, course: str, author: str) -> Row:
    own = {"title": "Essay", "instructions": "Two pages.", "created_at": WHEN}
    return Row(name, "assignment", own, {"course_id": course, "author_id": author})


def test(name: str, course: str, author: str) -> Row:
    own = {"title": "Quiz", "opens_at": WHEN, "closes_at": WHEN + timedelta(hours=1)}
    return Row(name, "test", own, {"course_id": course, "author_id": author})


def question(name: str, place: tuple[str, str], author: str, position: int = 1) -> Row:
    own = {"position": position, "body": "What is a thesis?", "max_points": Decimal(2)}
    names = {"course_id": place[0], "test_id": place[1], "author_id": author}
    return Row(name, "test_question", own, names)


def note(name: str, owner: str) -> Row:
    return Row(name, "note", {"body": "Buy paper.", "created_at": WHEN}, {"owner_id": owner})


def material(
    name: str, owner: str, scope: str = "personal", names: dict[str, str] | None = None
) -> Row:
    own = {
        "scope": scope,
        "title": name,
        "path": f"materials/{name.replace(' ', '-')}.pdf",
        "original_name": "plan.pdf",
        "media_type": "application/pdf",
        "size_bytes": 4,
        "uploaded_at": WHEN,
    }
    return Row(name, "material", INSTITUTION | own, {"owner_id": owner} | (names or {}))


def share(name: str, material: str, reader: str) -> Row:
    names = {"material_id": material, "person_id": reader}
    return Row(name, "material_share", {"shared_at": WHEN}, names)


def submission(name: str, assignment: str, student: str) -> Row:
    own = {"answer": "The thesis is this.", "submitted_at": WHEN}
    return Row(name, "submission", own, {"assignment_id": assignment, "student_id": student})


def submission_file(name: str, submission: str) -> Row:
    own = {"path": "submissions/essay.pdf", "original_name": "essay.pdf"}
    about = {"media_type": "application/pdf", "size_bytes": 4, "uploaded_at": WHEN}
    return Row(name, "submission_file", own | about, {"submission_id": submission})


def plagiarism_check(name: str, submission: str) -> Row:
    own = {"checker": "Originality", "similarity": Decimal(7), "report": "{}", "checked_at": WHEN}
    return Row(name, "plagiarism_check", own, {"submission_id": submission})


def attempt(name: str, test: str, student: str) -> Row:
    own = {"started_at": WHEN, "allowed_time": timedelta(hours=1), "ip_address": "192.0.2.7"}
    device = {"browser": "Firefox 143", "operating_system": "Ubuntu"}
    return Row(name, "test_attempt", own | device, {"test_id": test, "student_id": student})


def answer(name: str, attempt: str, question: str) -> Row:
    own = {"answer": "A claim.", "points": Decimal(2), "time_spent": timedelta(seconds=40)}
    names = {"attempt_id": attempt, "question_id": question}
    return Row(name, "test_answer", own | {"answered_at": WHEN}, names)


def grade(name: str, student: str, teacher: str) -> Row:
    own = {"title": "Essay", "grade": "B", "feedback": "Well argued.", "given_at": WHEN}
    return Row(name, "grade", own, {"student_id": student, "teacher_id": teacher})


def marking_comment(name: str, submission: str, assessor: str) -> Row:
    names = {"submission_id": submission, "assessor_id": assessor}
    return Row(name, "marking_comment", {"body": "Source?", "commented_at": WHEN}, names)


def attendance(name: str, student: str, teacher: str) -> Row:
    own = {"held_on": date(2026, 3, 2), "starts_at": time(9), "status": "late", "comment": "Bus."}
    return Row(name, "attendance", own, {"student_id": student, "recorded_by_id": teacher})


def behaviour_comment(name: str, student: str, teacher: str) -> Row:
    own = {"body": "Helps others.", "written_at": WHEN}
    return Row(name, "behaviour_comment", own, {"student_id": student, "teacher_id": teacher})


def extra_time(name: str, student: str, teacher: str) -> Row:
    own = {"extra": timedelta(minutes=20), "reason": "Dyslexia.", "granted_at": WHEN}
    return Row(name, "extra_time", own, {"student_id": student, "granted_by_id": teacher})


def event(name: str, owner: str, kind: str, names: dict[str, str] | None = None) -> Row:
    own = {"kind": kind, "title": "Dentist", "starts_at": WHEN.replace(tzinfo=None)}
    return Row(name, "event", INSTITUTION | own, {"owner_id": owner} | (names or {}))


def setting(name: str, who: str) -> Row:
    return Row(name, "person_setting", {"name": "language", "value": "sv"}, {"person_id": who})


def ui_state(name: str, who: str, kind: str) -> Row:
    own = {"kind": kind, "name": "calendar", "value": '"week"', "saved_at": WHEN}
    return Row(name, "ui_state", own, {"person_id": who})
