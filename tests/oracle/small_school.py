"""Small schools, built by hand: a test adds what it is about."""

from typing import Any

from tests.oracle.model import Model
from tests.oracle.rows import Rows

STAND_IN = -1
"""Of the only institution."""


def school() -> Rows:
    """Give an institution with nobody in it."""
    made = Rows()
    made.add("institution")
    return made


def people(rows: Rows, count: int) -> list[int]:
    return [rows.add("person", email=f"p{number}@s.example") for number in range(count)]


def thread(rows: Rows, creator: int, members: list[int], senders: list[int]) -> int:
    made = rows.add("thread", created_by_id=creator)
    for person in members:
        rows.add("thread_member", thread_id=made, person_id=person)
    for person in senders:
        rows.add("message", thread_id=made, sender_id=person)
    return made


def course(rows: Rows, people_in_it: list[int]) -> int:
    made = rows.add("course", responsible_id=people_in_it[0], code=str(people_in_it))
    for person in people_in_it:
        rows.add("enrolment", course_id=made, person_id=person)
    return made


def column(model: Model, table: str, name: str) -> list[Any]:
    return [row[name] for row in model.campus.tables[table].values()]
