"""What using the LMS leaves behind: logins, activity logs, settings, the state of the screen."""

import json
import uuid
from datetime import timedelta

from app.demo.phrases import ACTIONS, DEVICES, STAFF_ACTIONS
from app.demo.school import Person, School
from app.demo.school_year import moment

_LANGUAGES = ("sv", "nb", "en", "fr", "pl", "uk")


def add_traces(school: School) -> None:
    """Add logins, activity logs and internal logic for everybody at the school.

    Args:
        school: With people.
    """
    for person in (*school.teachers, *school.students):
        for _ in range(school.chance.randrange(2, 5)):
            _add_session(school, person)
        _add_internal_logic(school, person)
    for teacher in school.teachers:
        for student in (school.students[0], *school.chance.sample(school.students, 6)):
            _add_staff_action(school, teacher, student)


def address(school: School) -> str:
    """Choose an IP address, sometimes of version 6, that is reserved for documentation.

    Args:
        school: Where somebody logs in.
    """
    chance = school.chance
    if chance.random() < 0.2:
        return f"2001:db8:{school.institution.number:x}::{chance.randrange(1, 0xFFFF):x}"
    return f"{chance.choice(('192.0.2', '198.51.100', '203.0.113'))}.{chance.randrange(1, 255)}"


def _add_session(school: School, person: Person) -> None:
    chance = school.chance
    browser, operating_system = chance.choice(DEVICES)
    ip_address = address(school)
    started_at = moment(chance)
    happened_at = started_at
    for action, thing in (ACTIONS[0], *chance.choices(ACTIONS[1:-1], k=3)):
        happened_at += timedelta(seconds=chance.randrange(20, 900))
        school.rows.add(
            "activity_log",
            person_id=person.id,
            about_id=None,
            happened_at=happened_at,
            action=action,
            object=thing,
            ip_address=ip_address,
            browser=browser,
            operating_system=operating_system,
            details=None if action != "downloaded" else '{"format": "pdf", "pages": [1, 2]}',
        )
    school.rows.link(
        "login_session",
        id=uuid.UUID(int=chance.getrandbits(128), version=4),
        person_id=person.id,
        ip_address=ip_address,
        browser=browser,
        operating_system=operating_system,
        started_at=started_at,
        last_seen_at=happened_at,
    )


def _add_staff_action(school: School, teacher: Person, student: Person) -> None:
    action, thing = school.chance.choice(STAFF_ACTIONS)
    browser, operating_system = school.chance.choice(DEVICES)
    is_about_student = thing != "question set"
    school.rows.add(
        "activity_log",
        person_id=teacher.id,
        about_id=student.id if is_about_student else None,
        happened_at=moment(school.chance),
        action=action,
        object=thing,
        ip_address=address(school),
        browser=browser,
        operating_system=operating_system,
        details=None if is_about_student else '{"questions_changed": 2}',
    )


def _add_internal_logic(school: School, person: Person) -> None:
    chance = school.chance
    settings = {
        "language": chance.choice(_LANGUAGES),
        "simplified_tree": chance.choice(("on", "off")),
        "accessibility": chance.choice(("none", "large text", "high contrast", "screen reader")),
    }
    for name, value in settings.items():
        school.rows.link("person_setting", person_id=person.id, name=name, value=value)
    states: tuple[tuple[str, str, object], ...] = (
        ("last_selection", "course_list", {"sort": chance.choice(("title", "latest"))}),
        ("last_selection", "calendar_view", chance.choice(("week", "month"))),
        ("cookie", "session_hint", f"{chance.getrandbits(64):016x}"),
    )
    for kind, name, state in states:
        school.rows.add(
            "ui_state",
            person_id=person.id,
            kind=kind,
            name=name,
            value=json.dumps(state),
            saved_at=moment(chance),
        )
