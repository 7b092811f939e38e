"""A world in which people are restricted, trashed, restored and erased while the LMS goes on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.oracle.campus import DanglingRowError
from tests.oracle.campus_machine import CampusMachine
from tests.oracle.holds import HOLDABLE
from tests.oracle.model import Model, Restriction
from tests.oracle.rights import Rights
from tests.oracle.workshop import Workshop
from tests.oracle.worlds import INSTITUTIONS


class RightsMachine(CampusMachine):
    """Every right in any order; after each step, the database equals the model."""

    workshop: ClassVar[Workshop[Rights]]

    def open_trashcan(self, data: st.DataObject) -> None:
        """Restrict up to three: otherwise few sequences would do anything to the restricted."""
        for _ in range(data.draw(st.integers(0, 3))):
            self.restrict_somebody(data)

    @rule(data=st.data())
    def restrict_somebody(self, data: st.DataObject) -> None:
        subject, is_trash = self.somebody(data), data.draw(st.booleans())
        if subject is None or Restriction(subject, is_trash) in self.model.restrictions.values():
            return
        if subject in self.model.holds:  # whose vault would be held, too
            return
        with self.in_one_institution(subject) as institution_id:
            self._restrict(institution_id, subject, is_trash=is_trash)

    @precondition(lambda self: self.model.restrictions)
    @rule(data=st.data())
    def lift(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.model.restrictions)))
        with self.in_one_institution(self.model.restrictions[number].subject):
            self._lift(number)

    @rule(data=st.data())
    def restrict_and_lift(self, data: st.DataObject) -> None:
        subject = self.somebody(data)
        if subject is None or self.model.restrictions_of(subject):
            return
        before = self.found().tables
        with self.in_one_institution(subject) as institution_id:
            number = self._restrict(institution_id, subject, is_trash=False)
            self.every_table_equals_the_model()
            self._lift(number)
        assert self.found().tables == before

    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        """Erase somebody, now and then once more."""
        subject, gone = self.somebody(data), self.gone()
        if gone and (subject is None or not data.draw(st.integers(0, 5))):
            subject = data.draw(st.sampled_from(gone))
        if subject is not None:
            self._erase(subject)

    @rule(data=st.data())
    def hold_and_erase(self, data: st.DataObject) -> None:
        """Hold something of somebody who is not restricted, and, mostly, erase the rest."""
        subject = self.somebody(data)
        if subject is None or subject in self.model.holds or self.model.restrictions_of(subject):
            return
        held = data.draw(st.sampled_from(HOLDABLE))
        institution_id = self.model.institutions[subject]
        self.workshop.do(self.workshop.habeas.hold(institution_id, subject, held))
        self.model.hold(subject, held)
        if data.draw(st.integers(0, 5)):
            self._erase(subject)

    @precondition(lambda self: self.model.holds)
    @rule(data=st.data())
    def end_hold(self, data: st.DataObject) -> None:
        subject = data.draw(st.sampled_from(sorted(self.model.holds)))
        if self._is_refused(lambda model: model.end_hold(subject)):
            return
        with self.in_one_institution(subject) as institution_id:
            self.workshop.do(self.workshop.habeas.end_hold(institution_id, subject))
            self.model.end_hold(subject)

    @precondition(lambda self: any(each.is_trash for each in self.model.restrictions.values()))
    @rule(data=st.data())
    def empty(self, data: st.DataObject) -> None:
        trashed = {
            each.subject: number
            for number, each in self.model.restrictions.items()
            if each.is_trash
        }
        first = data.draw(st.sampled_from(sorted(trashed)))
        with self.in_one_institution(first) as institution_id:
            chosen = [
                subject
                for subject in sorted(trashed)
                if self.model.institutions[subject] == institution_id
            ]
            if self._is_refused(lambda model: model.empty(trashed[each] for each in chosen)):
                return
            order = self.workshop.do(self.workshop.habeas.empty(institution_id, chosen))
            assert sorted(order) == chosen
            self.model.empty([trashed[subject] for subject in order])

    @rule(data=st.data(), is_told=st.booleans())
    def delete_container(self, data: st.DataObject, is_told: bool) -> None:  # noqa: FBT001 - drawn
        """Delete a course or project as the LMS does, which tells Habeas of it or does not."""
        containers = [
            (table, row) for table in ("course", "project") for row in self.model.campus.rows(table)
        ]
        if not containers:
            return
        table, row = data.draw(st.sampled_from(containers))
        if table == "course":
            self.model.delete_course(row["id"])
            self.workshop.do(self.workshop.lms.delete_course(row["id"]))
        else:
            self.model.delete_project(row["id"])
            self.workshop.do(self.workshop.lms.delete_project(row["id"]))
        if is_told:
            self.model.re_examine(row["institution_id"])
            self.workshop.do(self.workshop.habeas.re_examine(row["institution_id"]))

    def gone(self) -> list[int]:
        """Give those who were erased."""
        everybody = sorted(self.model.institutions)
        return [each for each in everybody if not self.model.campus.is_living(each)]

    @contextmanager
    def in_one_institution(self, subject: int) -> Iterator[int]:
        """See that what happens to somebody leaves every row elsewhere as it is."""
        institution_id = self.model.institutions[subject]
        before = self.digests_elsewhere(institution_id)
        assert len(before) == len(INSTITUTIONS) - 1
        yield institution_id
        assert self.digests_elsewhere(institution_id) == before

    def _restrict(self, institution_id: int, subject: int, *, is_trash: bool) -> int:
        do, habeas = self.workshop.do, self.workshop.habeas
        do(habeas.restrict(institution_id, subject, is_trash=is_trash))
        return self.model.restrict(subject, is_trash=is_trash)

    def _lift(self, number: int) -> None:
        lifted = self.model.restrictions[number]
        institution_id = self.model.institutions[lifted.subject]
        do, habeas = self.workshop.do, self.workshop.habeas
        do(habeas.lift(institution_id, lifted.subject, is_trash=lifted.is_trash))
        self.model.lift(number)

    def _is_refused(self, does: Callable[[Model], None]) -> bool:
        """Say whether the database would refuse: what is held of one refers to what is to go with another.

        Such an erasure needs attention until the hold has ended: ``test_holds_of_others.py``.
        """
        if not self.model.holds:
            return False
        try:
            does(deepcopy(self.model))
        except DanglingRowError:
            return True
        return False

    def _erase(self, subject: int) -> None:
        if self._is_refused(lambda model: model.erase(subject)):
            return
        with self.in_one_institution(subject) as institution_id:
            self.workshop.do(self.workshop.habeas.erase(institution_id, subject))
            self.model.erase(subject)
