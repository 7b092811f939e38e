"""The campus LMS with the article's rules: what must be there after every right."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass

from tests.oracle import (
    assessments,
    calendar_entries,
    communication,
    course_material,
    holds,
    internal_logic,
    personal,
    student_responses,
)
from tests.oracle.campus import Campus
from tests.oracle.changes import Change, Place, Row
from tests.oracle.vault import Vault

_RESTRICTED = (
    personal.restricted,
    communication.restricted,
    course_material.restricted,
    assessments.restricted,
    calendar_entries.restricted,
    student_responses.restricted,
    internal_logic.removed,
)
_ERASED = (
    personal.erased,
    communication.erased,
    course_material.erased,
    assessments.erased,
    calendar_entries.erased,
    student_responses.erased,
    internal_logic.removed,
)
_IN_A_COURSE = (
    ("discussion", "discussion_post", "discussion_id"),
    ("announcement", "announcement_comment", "announcement_id"),
    ("test", "test_attempt", "test_id"),
    ("assignment", "submission", "assignment_id"),
)
"""What lies in a course, and what goes before it."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """Whom it restricts, and whether that was the trashcan."""

    subject: int
    is_trash: bool


class Model:
    """A campus, and what restrictions hold back of it.

    Args:
        campus: As it is to begin with.
    """

    def __init__(self, campus: Campus) -> None:
        self.campus = campus
        self.vault = Vault()
        self.restrictions: dict[int, Restriction] = {}
        self.institutions = {
            row["id"]: row["institution_id"] for row in campus.tables["person"].values()
        }
        """Of everybody who was ever there."""
        self.holds: dict[int, str] = {}
        """What is held of whom."""
        self.half_erased: set[int] = set()
        """Of whom an erasure kept something, since it is held."""
        self._last_number = 0

    def restrict(self, subject: int, *, is_trash: bool = False) -> int:
        """Restrict a person, who may be restricted already: what is held is held once more.

        What does not name the person any more is not judged anew.

        Returns:
            The number of the restriction.
        """
        older = self.restrictions_of(subject)
        self._last_number += 1
        for change in [change for rule in _RESTRICTED for change in rule(self.campus, subject)]:
            self.vault.hold(self.campus, self._last_number, change, older)
        self.vault.hold_too(older, self._last_number)
        self.restrictions[self._last_number] = Restriction(subject, is_trash)
        return self._last_number

    def trash(self, subject: int) -> int:
        return self.restrict(subject, is_trash=True)

    def lift(self, number: int) -> None:
        held = self.vault.paths()
        del self.restrictions[number]
        self.vault.give_back(self.campus, number)
        # A file whose row can nowhere return to is nobody's any more.
        self._drop(held)

    def erase(self, subject: int) -> None:
        """Erase a person; one who is erased already only has what was kept looked at again."""
        if self.campus.is_living(subject):
            self._end_restrictions(subject)
            changes = [change for rule in _ERASED for change in rule(self.campus, subject)]
            if subject in self.holds:
                self._erase_the_rest_of(subject, changes)
            else:
                self._erase_whole(subject, changes)
        self.re_examine(self.institutions[subject])

    def _erase_whole(self, subject: int, changes: list[Change]) -> None:
        self._carry_out(changes)
        self.half_erased.discard(subject)
        self.campus.remnants.add(subject)
        self._carry_out([Change(("person", (subject,)), personal.stripped())])

    def _erase_the_rest_of(self, subject: int, changes: list[Change]) -> None:
        """Erase what is not held; the person counts as there until nothing is held any more."""
        held = self.holds[subject]
        free = holds.allowed(self.campus, changes, held)
        kept = len(changes) - len(free)
        if not holds.is_anything_held(self.campus, subject, held, kept):
            self._erase_whole(subject, changes)
            return
        self._carry_out(free)
        self.half_erased.add(subject)
        if held != holds.EVERYTHING and "person" not in holds.tables_of(held):
            self._carry_out([Change(("person", (subject,)), personal.stripped())])

    def hold(self, subject: int, held: str) -> None:
        """Order that something of a person is not erased."""
        self.holds[subject] = held

    def end_hold(self, subject: int) -> None:
        """End the order: what it kept is erased."""
        del self.holds[subject]
        if subject in self.half_erased:
            self.erase(subject)
        else:
            self.re_examine(self.institutions[subject])

    def empty(self, numbers: Iterable[int]) -> None:
        """Empty the trashcan: erase whom these restrictions put there, one after the other."""
        for subject in [self.restrictions[number].subject for number in numbers]:
            self.erase(subject)

    def delete_course(self, course_id: int) -> None:
        """Delete a course as the LMS does; nothing that was kept is looked at."""
        doomed: list[Place] = [("course", (course_id,))]
        for container, table, column in _IN_A_COURSE:
            for each in self.campus.rows(container, course_id=course_id):
                doomed += self._places(table, column, each["id"])
        for submission_id in [key[0] for table, key in doomed if table == "submission"]:
            doomed += self._places("marking_comment", "submission_id", submission_id)
        self.campus.delete(doomed)

    def delete_project(self, project_id: int) -> None:
        """Delete a project as the LMS does; nothing that was kept is looked at."""
        members = self._places("project_member", "project_id", project_id)
        self.campus.delete([*members, ("project", (project_id,))])

    def re_examine(self, institution_id: int) -> None:
        """Look again at what was kept, until nothing more may go."""
        while released := self._released(institution_id):
            self._carry_out(released)

    def as_before(self, subject: int) -> Campus:
        """Give the campus as it would be without the person's restrictions."""
        campus, vault = deepcopy((self.campus, self.vault))
        for number in self.restrictions_of(subject):
            vault.give_back(campus, number)
        return campus

    def held_only(self, subject: int) -> list[tuple[str, Row]]:
        """Give the rows that the person's restrictions took away and that can nowhere return to."""
        return self.vault.stranded(self.campus, self.restrictions_of(subject))

    def restrictions_of(self, subject: int) -> list[int]:
        return [number for number, each in self.restrictions.items() if each.subject == subject]

    def _places(self, table: str, column: str, value: int) -> list[Place]:
        rows = self.campus.rows(table, **{column: value})
        return [self.campus.place(table, row) for row in rows]

    def _end_restrictions(self, subject: int) -> None:
        for number in self.restrictions_of(subject):
            self.lift(number)

    def _released(self, institution_id: int) -> list[Change]:
        produced = list(course_material.for_nobody(self.campus, institution_id))
        persons = [
            ("person", (person_id,))
            for person_id in self.campus.remnants
            if self.institutions[person_id] == institution_id
            and self.campus.find(("person", (person_id,))) is not None
            and not assessments.still_name(self.campus, person_id)
        ]
        return [Change(place) for place in produced + persons if not self.vault.is_held(place)]

    def _carry_out(self, changes: list[Change]) -> None:
        named = self.campus.paths()
        for place in self.campus.apply(changes):
            self.vault.forget(place)
        self._drop(named)

    def _drop(self, named: set[str]) -> None:
        """Delete files that were named, from the file store, unless something still names them."""
        self.campus.files -= named - self.campus.paths() - self.vault.paths()
