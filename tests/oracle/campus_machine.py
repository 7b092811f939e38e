"""A world in which the LMS goes its way and people look at their data."""

from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.oracle.access import expected, held_only
from tests.oracle.campus import Campus
from tests.oracle.comparison import (
    differences,
    digest_of,
    file_differences,
    require_same,
    table_differences,
)
from tests.oracle.edits import Edit, Edits
from tests.oracle.model import Model
from tests.oracle.rows import Rows
from tests.oracle.workshop import Workshop
from tests.oracle.worlds import INSTITUTIONS, worlds


class CampusMachine(RuleBasedStateMachine):
    """Steps of the LMS and the right of access; after each, the database equals the model."""

    workshop: ClassVar[Workshop[Any]]

    @initialize(world=worlds(), data=st.data())
    def open_schools(self, world: Rows, data: st.DataObject) -> None:
        self.model = Model(world.campus())
        self.edit_count = 0
        self.people = {
            institution_id: {
                row["id"]
                for row in world.tables["person"]
                if row["institution_id"] == institution_id
            }
            for institution_id in INSTITUTIONS
        }
        self.workshop.files.load(world.files)
        self.workshop.do(self.workshop.lms.load(world.tables))
        self.workshop.do(self.workshop.habeas.begin())
        self.open_trashcan(data)

    def open_trashcan(self, data: st.DataObject) -> None:
        """Have somebody restricted to begin with, where the machine can."""

    @rule(data=st.data())
    def lms_goes_on(self, data: st.DataObject) -> None:
        for _ in range(data.draw(st.integers(1, 4))):
            edit = Edits(self.model, data.draw).one(self.edit_count)
            self.edit_count += 1
            if edit is not None:
                self._edit(edit)

    def _edit(self, edit: Edit) -> None:
        table, key = edit.place
        if edit.is_new:
            self.model.campus.insert(table, edit.columns)
            self.workshop.do(self.workshop.lms.insert(table, edit.columns))
        else:
            self.model.campus.tables[table][key].update(edit.columns)
            self.workshop.do(self.workshop.lms.update(edit.place, edit.columns))

    @rule(data=st.data())
    def somebody_looks(self, data: st.DataObject) -> None:
        subject = self.somebody(data)
        if subject is None:
            return
        institution_id = self.model.institutions[subject]
        found = self.workshop.do(self.workshop.habeas.access(institution_id, subject))
        wanted = expected(self.model.as_before(subject), subject)
        wanted |= held_only(self.model.held_only(subject))
        require_same(differences(found, wanted))

    @invariant()
    def every_table_equals_the_model(self) -> None:
        require_same(table_differences(self.found(), self.model.campus))
        require_same(file_differences(self.workshop.files.read(), self.model.campus.files))

    def somebody(self, data: st.DataObject) -> int | None:
        """Choose somebody who is there, every other time one who is restricted, if there are any."""
        living = sorted(set().union(*map(self.model.campus.living, INSTITUTIONS)))
        restricted = sorted({each.subject for each in self.model.restrictions.values()})
        is_wanted = data.draw(st.booleans())
        if restricted and is_wanted:
            return data.draw(st.sampled_from(restricted))
        return data.draw(st.sampled_from(living)) if living else None

    def found(self) -> Campus:
        """Give what the database holds now."""
        return Campus(self.workshop.do(self.workshop.lms.read()))

    def digests_elsewhere(self, institution_id: int) -> dict[int, str]:
        """Give a digest of all rows of every other institution."""
        found = self.found()
        return {
            other: digest_of(found, other, self.people[other])
            for other in INSTITUTIONS
            if other != institution_id
        }
