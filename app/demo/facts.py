"""Who and what on a campus is worth a story or a test."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.demo.people import NAMESAKE, TWIN_EMAIL
from app.demo.school import Institution, Person, School


@dataclass(frozen=True, slots=True)
class InstitutionFacts:
    """The interesting persons of one institution.

    Attributes:
        institution: The controller.
        key: Its key in the LMS, as Habeas writes it.
        namesakes: Two students of one school with the same name. The first has records of every
            type that a student can have, difficult texts among them; one file of the first
            institution's is missing from the file store.
        sibling: A student who has the same guardians as the first namesake.
        teacher: A teacher with records of every type that a teacher can have, among them
            assessments of the first namesake.
        twin: A teacher whose e-mail address is the same in every institution.
    """

    institution: Institution
    key: str
    namesakes: tuple[Person, Person]
    sibling: Person
    teacher: Person
    twin: Person


@dataclass(frozen=True, slots=True)
class CampusFacts:
    """What was loaded.

    Attributes:
        institutions: In the order of their keys.
        row_counts: The rows of each table.
        missing_paths: Uploads that are in the tables and not in the file store.
    """

    institutions: tuple[InstitutionFacts, ...]
    row_counts: Mapping[str, int]
    missing_paths: tuple[str, ...]

    @property
    def namesakes(self) -> tuple[Person, Person]:
        """The two students of the first institution who share a name."""
        return self.institutions[0].namesakes

    @property
    def teacher(self) -> Person:
        """The first institution's teacher who assessed the first namesake."""
        return self.institutions[0].teacher

    @property
    def twins(self) -> tuple[Person, ...]:
        """One person of each institution, all with the same e-mail address."""
        return tuple(facts.twin for facts in self.institutions)


def facts_of(school: School) -> InstitutionFacts:
    """Tell who is interesting in the first school of an institution.

    Args:
        school: With people.
    """
    first, second = (person for person in school.students if person.full_name == NAMESAKE)
    return InstitutionFacts(
        institution=school.institution,
        key=str(school.institution.id),
        namesakes=(first, second),
        sibling=school.students[1],
        teacher=school.teachers[0],
        twin=next(person for person in school.teachers if person.email == TWIN_EMAIL),
    )
