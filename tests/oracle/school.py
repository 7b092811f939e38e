"""One institution of a world while it is made: its people and how they are drawn."""

from dataclasses import dataclass, field
from typing import Any

from tests.oracle.chance import Chance
from tests.oracle.rows import Rows

POOL = "uploads/pool"
"""A file that records of both institutions may name."""


@dataclass(slots=True)
class School:
    """An institution.

    Attributes:
        rows: Where its rows go.
        chance: What decides.
        id: Its key.
        teachers: Who teaches.
        students: Who learns; some have assessed others, too.
    """

    rows: Rows
    chance: Chance
    id: int
    teachers: list[int] = field(default_factory=list)
    students: list[int] = field(default_factory=list)

    @property
    def people(self) -> list[int]:
        return self.teachers + self.students

    def anybody(self) -> int:
        return self.chance.one(self.people)

    def upload(self, table: str) -> str:
        """Store a file; sometimes it is one that others have stored, too."""
        if self.chance.likely(5):
            return self.rows.upload("pool")
        return self.rows.upload(f"{table}-{len(self.rows.files)}")

    def add(self, table: str, **given: Any) -> int:
        """Add a row that shows, or, now and then, one that the LMS itself has hidden."""
        if "is_hidden" not in given and table in _CAN_BE_HIDDEN and self.chance.likely(6):
            given["is_hidden"] = True
        return self.rows.add(table, **given)


_CAN_BE_HIDDEN = {"assignment", "material", "note", "event", "grade", "submission", "project"}


def add_people(school: School) -> None:
    """Add teachers, students, and guardians whom siblings share."""
    chance = school.chance
    most = 8 if chance.likely(4) else 3
    for number in range(chance.number(1, most)):
        school.teachers.append(_person(school, number, "teacher"))
    for number in range(chance.number(1, most + 2)):
        school.students.append(_person(school, 10 + number, "student"))
    for number in range(chance.number(0, 2)):
        guardian = school.add("guardian", institution_id=school.id, full_name=f"Parent {number}")
        for child in chance.some(school.students, least=1):
            school.add("guardian_of", guardian_id=guardian, person_id=child)


def _person(school: School, number: int, role: str) -> int:
    """Add a person; number and role make the twin of one in every other institution."""
    chance = school.chance
    picture = school.upload("person") if chance.likely(3) else None
    return school.add(
        "person",
        institution_id=school.id,
        full_name=f"{role.title()} {number}",
        role=role,
        email=f"{role}{number}@mail.example",
        username=f"{role}{number}",
        student_no=f"S{number}",
        candidate_id=chance.one((None, f"C{number}")),
        phone=chance.one((None, "+47 1")),
        born_on=chance.one((None, "2008-02-29")),
        home_address=chance.text_or_none(),
        about=chance.text_or_none(),
        school=chance.one((None, "North")),
        picture_path=picture,
        picture_name=picture and "me.png",
        active=not chance.likely(8),
    )
