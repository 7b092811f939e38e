"""The people of a school and their families."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from app.demo.names import STREETS, NameGiver, spell_plainly
from app.demo.phrases import ABOUT_ME
from app.demo.school import Person, School

NAMESAKE = "Linnéa Sjöberg"
"""Two students of each first school have this name, and different e-mail addresses."""

TWIN = "Amina Haddad"
TWIN_EMAIL = "amina.haddad@teachers.example"
"""One teacher of each first school has this e-mail address: equal in several institutions."""

_CREATED_AT = datetime(2025, 8, 11, 7, tzinfo=UTC)


def add_people(school: School) -> None:
    """Add teachers, an administrator, students, and the students' guardians.

    Args:
        school: Without people.
    """
    names = NameGiver(school.chance)
    names.reserve(NAMESAKE)
    names.reserve(TWIN)
    for number in range(max(4, school.size.people // 10)):
        full_name = names.name(names.surname())
        if school.is_first and number == 1:
            school.teachers.append(_add_person(school, TWIN, "teacher", TWIN_EMAIL))
        else:
            school.teachers.append(_add_person(school, full_name, "teacher"))
    _add_person(school, names.name(names.surname()), "administrator")
    for family in _families(school, names):
        children = [_add_person(school, child, "student") for child in family]
        school.students.extend(children)
        _add_guardians(school, children)


def _families(school: School, names: NameGiver) -> Iterator[list[str]]:
    """Name the children of one family after the other; the first namesake has a sibling."""
    left = school.size.people - len(school.teachers) - 1
    if school.is_first:
        yield [NAMESAKE, names.name(NAMESAKE.partition(" ")[2])]
        yield [NAMESAKE]
        left -= 3
    while left > 0:
        surname = names.surname()
        count = min(left, school.chance.choice((1, 1, 1, 2, 2, 3)))
        yield [names.name(surname) for _ in range(count)]
        left -= count


def _add_person(school: School, full_name: str, role: str, email: str | None = None) -> Person:
    chance = school.chance
    number = school.rows.number("person")
    local = spell_plainly(full_name)
    is_student = role == "student"
    person = Person(
        id=number,
        institution_id=school.institution.id,
        full_name=full_name,
        email=email or f"{local}{number % 1000}@{school.domain}",
        username=f"{local[:3]}{local.partition('.')[2][:3]}{number}",
        student_no=f"{'S' if is_student else 'E'}25-{number:08d}",
        candidate_id=f"C{number * 7919 + 13:010d}" if is_student else None,
        role=role,
    )
    has_picture = chance.random() < 0.3 or full_name == NAMESAKE
    picture = school.store("pictures", "me.png", full_name) if has_picture else None
    school.rows.link(
        "person",
        id=number,
        institution_id=person.institution_id,
        full_name=full_name,
        role=role,
        school=school.name,
        email=person.email,
        username=person.username,
        student_no=person.student_no,
        candidate_id=person.candidate_id,
        phone=_phone(school) if chance.random() < 0.7 else None,
        born_on=date(2011 - (0 if is_student else 30), 1 + number % 12, 1 + number % 28),
        home_address=_address(school),
        about=chance.choice(ABOUT_ME),
        picture_path=picture.path if picture else None,
        picture_name=picture.original_name if picture else None,
        created_at=_CREATED_AT,
    )
    return person


def _add_guardians(school: School, children: list[Person]) -> None:
    surname = children[0].full_name.partition(" ")[2]
    names = NameGiver(school.chance)
    address = _address(school)
    relations = [("mother", "father"), ("mother", "mother"), ("father", "grandmother"), ("aunt",)]
    for relation in school.chance.choice(relations[:2] if len(children) > 1 else relations):
        full_name = names.name(surname)
        guardian_id = school.rows.add(
            "guardian",
            institution_id=school.institution.id,
            full_name=full_name,
            email=f"{spell_plainly(full_name)}@post.example",
            phone=_phone(school),
            home_address=address,
        )
        for child in children:
            school.rows.link(
                "guardian_of", guardian_id=guardian_id, person_id=child.id, relation=relation
            )


def _phone(school: School) -> str:
    """Give a number that is reserved for fiction."""
    return f"+44 7700 900{school.chance.randrange(1000):03d}"


def _address(school: School) -> str:
    street = school.chance.choice(STREETS)
    town = school.institution.domain.split(".")[-2].title()
    return f"{street} {school.chance.randrange(1, 90)}, {town}"
