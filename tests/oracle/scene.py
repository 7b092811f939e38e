"""A sequence that a person wrote: the same steps on Habeas and on the model, compared after each."""

from tests.oracle.access import expected, held_only
from tests.oracle.campus import Campus
from tests.oracle.comparison import differences, file_differences, require_same, table_differences
from tests.oracle.model import Model, Restriction
from tests.oracle.rights import Rights
from tests.oracle.rows import Rows, whole_row
from tests.oracle.workshop import Workshop


class Scene:
    """A world and what is done in it.

    Args:
        workshop: What to work with.
        rows: The world.
    """

    def __init__(self, workshop: Workshop[Rights], rows: Rows) -> None:
        self.model = Model(rows.campus())
        self._workshop = workshop
        workshop.files.load(rows.files)
        workshop.do(workshop.lms.load(rows.tables))
        workshop.do(workshop.habeas.begin())

    def restrict(self, subject: int, *, is_trash: bool = False) -> None:
        place = self.model.institutions[subject]
        habeas = self._workshop.habeas
        self._workshop.do(habeas.restrict(place, subject, is_trash=is_trash))
        self.model.restrict(subject, is_trash=is_trash)
        self._compare()

    def look(self, subject: int) -> None:
        """Let somebody see their records."""
        place = self.model.institutions[subject]
        found = self._workshop.do(self._workshop.habeas.access(place, subject))
        wanted = expected(self.model.as_before(subject), subject)
        require_same(differences(found, wanted | held_only(self.model.held_only(subject))))

    def lift(self, subject: int, *, is_trash: bool = False) -> None:
        place = self.model.institutions[subject]
        self._workshop.do(self._workshop.habeas.lift(place, subject, is_trash=is_trash))
        wanted = Restriction(subject, is_trash)
        (number,) = [each for each, found in self.model.restrictions.items() if found == wanted]
        self.model.lift(number)
        self._compare()

    def lift_both(self, subject: int, *, is_trash_first: bool) -> None:
        """Lift the restriction of the trashcan and the other one, one after the other."""
        self.lift(subject, is_trash=is_trash_first)
        self.lift(subject, is_trash=not is_trash_first)

    def erase(self, subject: int) -> None:
        place = self.model.institutions[subject]
        self._workshop.do(self._workshop.habeas.erase(place, subject))
        self.model.erase(subject)
        self._compare()

    def hold(self, subject: int, held: str) -> None:
        place = self.model.institutions[subject]
        self._workshop.do(self._workshop.habeas.hold(place, subject, held))
        self.model.hold(subject, held)

    def end_hold(self, subject: int) -> None:
        place = self.model.institutions[subject]
        self._workshop.do(self._workshop.habeas.end_hold(place, subject))
        self.model.end_hold(subject)
        self._compare()

    def delete_course(self, course_id: int) -> None:
        """Delete a course, and tell Habeas of it."""
        institution_id = self.model.campus.tables["course"][(course_id,)]["institution_id"]
        self._workshop.do(self._workshop.lms.delete_course(course_id))
        self.model.delete_course(course_id)
        self._workshop.do(self._workshop.habeas.re_examine(institution_id))
        self.model.re_examine(institution_id)
        self._compare()

    def edit(self, table: str, *key: int, **columns: object) -> None:
        """Change a row as the LMS does."""
        self.model.campus.tables[table][key].update(columns)
        self._workshop.do(self._workshop.lms.update((table, key), columns))
        self._compare()

    def add(self, table: str, **columns: object) -> None:
        """Add a row as the LMS does."""
        row = whole_row(table, **columns)
        self.model.campus.insert(table, row)
        self._workshop.do(self._workshop.lms.insert(table, row))
        self._compare()

    def _compare(self) -> None:
        found = Campus(self._workshop.do(self._workshop.lms.read()))
        require_same(table_differences(found, self.model.campus))
        require_same(file_differences(self._workshop.files.read(), self.model.campus.files))
