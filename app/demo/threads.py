"""Conversations of several shapes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.demo.phrases import DIFFICULT_TEXTS, MESSAGES, THREAD_SUBJECTS
from app.demo.school import Person, School
from app.demo.school_year import moment


@dataclass(frozen=True, slots=True)
class _Said:
    """What somebody wrote in a conversation."""

    sender: Person
    body: str | None
    sent_at: datetime
    is_attached: bool


def add_threads(school: School) -> None:
    """Add conversations of two, of groups, of classes, and of everybody with themselves.

    Among them are members who only received, members who left, and one who is alone by now.

    Args:
        school: With people and courses.
    """
    chance = school.chance
    first = school.students[0]
    _add_difficult_thread(school, first, school.teachers[0])
    _add_thread(school, [first, school.students[1]], writers=[first])
    _add_thread(school, [school.teachers[0], first], writers=[school.teachers[0]])
    _add_thread(school, [first], writers=[first])
    for course in school.courses:
        _add_thread(school, course.everybody, writers=[course.teacher])
    for _ in range(len(school.students) // 2):
        pair = chance.sample(school.students, 2)
        _add_thread(school, pair, writers=pair)
        group = chance.sample([*school.students, *school.teachers], chance.randrange(3, 7))
        left = group[1:] if chance.random() < 0.1 else group[2:3]
        _add_thread(school, group, writers=group[:-1], left=left)


def _add_thread(
    school: School,
    members: Iterable[Person],
    *,
    writers: list[Person],
    left: Iterable[Person] = (),
) -> None:
    """Add a conversation that the first writer starts; those who left have a time for it."""
    chance = school.chance
    started_at = moment(chance)
    thread_id = _open(school, writers[0], chance.choice(THREAD_SUBJECTS), started_at)
    sent_at = started_at
    for number in range(max(len(writers), chance.randrange(2, 7))):
        sent_at += timedelta(minutes=chance.randrange(1, 300))
        sender = writers[number % len(writers)]
        attachment = chance.random() < 0.06 or (number == 0 and sender is school.students[0])
        said = _Said(sender, chance.choice(MESSAGES), sent_at, is_attached=attachment)
        _say(school, thread_id, said)
    _join(school, thread_id, members, started_at, gone=left)


def _add_difficult_thread(school: School, student: Person, teacher: Person) -> None:
    """Add a conversation with everything that people paste, also with no text at all."""
    started_at = moment(school.chance)
    thread_id = _open(school, student, "Strange characters in my text: <é> & “ö” 🤔", started_at)
    sent_at = started_at
    for number, text in enumerate((*DIFFICULT_TEXTS, None)):
        sent_at += timedelta(minutes=1)
        sender = student if number % 4 != 3 else teacher
        _say(school, thread_id, _Said(sender, text, sent_at, is_attached=text is None))
    _join(school, thread_id, (student, teacher), started_at)


def _open(school: School, creator: Person, subject: str, created_at: datetime) -> int:
    return school.rows.add(
        "thread",
        institution_id=school.institution.id,
        created_by_id=creator.id,
        subject=subject,
        created_at=created_at,
    )


def _say(school: School, thread_id: int, said: _Said) -> None:
    upload = school.store("messages", "bild från idag.png", "") if said.is_attached else None
    is_edited = school.chance.random() < 0.05
    school.rows.add(
        "message",
        thread_id=thread_id,
        sender_id=said.sender.id,
        body=said.body,
        attachment_path=upload.path if upload else None,
        attachment_name=upload.original_name if upload else None,
        sent_at=said.sent_at,
        edited_at=said.sent_at + timedelta(minutes=3) if is_edited else None,
    )


def _join(
    school: School,
    thread_id: int,
    members: Iterable[Person],
    started_at: datetime,
    gone: Iterable[Person] = (),
) -> None:
    those_gone = set(gone)
    for person in members:
        school.rows.link(
            "thread_member",
            thread_id=thread_id,
            person_id=person.id,
            joined_at=started_at,
            left_at=moment(school.chance, started_at) if person in those_gone else None,
            last_read_at=moment(school.chance, started_at) if person.id % 5 else None,
        )
