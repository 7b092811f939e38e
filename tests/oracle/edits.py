"""What the LMS and its people do in between: they write, leave, join, hide, and start anew."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.oracle.changes import Place, Row
from tests.oracle.model import Model
from tests.oracle.rows import whole_row

_LATER = "2026-04-01T08:00:00+00:00"
FIRST_NEW_ID = 500_000
"""Ids of rows that the LMS adds meanwhile."""

_TEXTS: dict[str, Row] = {
    "message": {"body": "Edited", "edited_at": _LATER},
    "note": {"body": "Rewritten", "changed_at": _LATER},
    "material": {"title": "Renamed"},
    "thread": {"subject": "Renamed"},
    "person": {"phone": "+47 2", "active": True},
    "grade": {"feedback": "Even better"},
    "test_answer": {"answer": "Second thoughts", "points": "2.00"},
    "course": {"description": "Moved to room 5"},
}
_SWITCHES = (
    "guardian",
    "guardian_of",
    "activity_log",
    "enrolment",
    "project",
    "thread_member",
    "assignment",
    "test_question",
    "note",
    "material",
    "material_share",
    "submission",
    "test_attempt",
    "grade",
    "marking_comment",
    "event",
)
_MEMBERSHIPS = {
    "enrolment": ("course", "course_id"),
    "project_member": ("project", "project_id"),
    "thread_member": ("thread", "thread_id"),
    "material_share": ("material", "material_id"),
    "guardian_of": ("guardian", "guardian_id"),
}
_OTHERWISE: Row = {
    "is_hidden": False,
    "in_trash": False,
    "active": True,
    "answer": "Found again",
    "responsible_id": None,
}
"""What the LMS may put where a restriction changed something."""
_GIVEN_AWAY = {
    "note": "owner_id",
    "material": "owner_id",
    "event": "owner_id",
    "project": "created_by_id",
    "discussion": "started_by_id",
    "announcement": "author_id",
    "assignment": "author_id",
    "test": "author_id",
    "test_question": "author_id",
    "grade": "teacher_id",
}
"""By table: the column that names whose it is."""
_LEAVABLE = ("enrolment", "project_member", "thread_member")


@dataclass(frozen=True, slots=True)
class Edit:
    """A row that the LMS changes, or adds where ``is_new``."""

    place: Place
    columns: Row
    is_new: bool = False


Draw = Callable[[st.SearchStrategy[int]], int]


class Edits:
    """Draws edits of a campus as it is.

    Args:
        model: Whose campus, and whose vault: what is held there is changed more often.
        draw: Hypothesis's, for numbers.
    """

    def __init__(self, model: Model, draw: Draw) -> None:
        self._campus = model.campus
        self._vault = model.vault
        self._draw = draw

    def one(self, number: int) -> Edit | None:
        """Draw an edit.

        Args:
            number: Of the row that it may add, counted from 0.
        """
        meddling = (self._meddle, self._meddle, self._give_away, self._give_away)
        kinds = (*meddling, self._write, self._switch, self._leave, self._join)
        added = (self._say, self._set_anew, self._set_anew, self._assess)
        choice = self._number(len(kinds) + len(added))
        if choice < len(kinds):
            return kinds[choice]()
        return added[choice - len(kinds)](FIRST_NEW_ID + number)

    def _number(self, count: int) -> int:
        return self._draw(st.integers(0, count - 1))

    def _row(self, table: str) -> Row | None:
        rows = self._campus.rows(table)
        return rows[self._number(len(rows))] if rows else None

    def _change(self, table: str, columns: Row) -> Edit | None:
        row = self._row(table)
        if row is None or (table == "person" and not self._campus.is_living(row["id"])):
            return None
        return Edit(self._campus.place(table, row), columns)

    def _meddle(self) -> Edit | None:
        """Change a cell that a restriction holds: a lift must leave it then."""
        held = [
            (place, column)
            for place, cells in self._vault.cells.items()
            for column in cells
            if column in _OTHERWISE and self._campus.find(place) is not None
        ]
        if not held:
            return self._write()
        place, column = held[self._number(len(held))]
        if column == "responsible_id":
            return self._reassign()
        return Edit(place, {column: _OTHERWISE[column]})

    def _write(self) -> Edit | None:
        table = sorted(_TEXTS)[self._number(len(_TEXTS))]
        return self._change(table, _TEXTS[table])

    def _switch(self) -> Edit | None:
        table = _SWITCHES[self._number(len(_SWITCHES))]
        row = self._row(table)
        if row is None:
            return None
        return Edit(self._campus.place(table, row), {"is_hidden": not row["is_hidden"]})

    def _leave(self) -> Edit | None:
        return self._change(_LEAVABLE[self._number(len(_LEAVABLE))], {"left_at": _LATER})

    def _join(self) -> Edit | None:
        table = sorted(_MEMBERSHIPS)[self._number(len(_MEMBERSHIPS))]
        container, column = _MEMBERSHIPS[table]
        row = self._row(container)
        people = sorted(self._campus.living(row["institution_id"])) if row else []
        if row is None or not people:
            return None
        person = people[self._number(len(people))]
        return self._new(table, **{column: row["id"], "person_id": person})

    def _reassign(self) -> Edit | None:
        course = self._row("course")
        people = sorted(self._campus.living(course["institution_id"])) if course else []
        if course is None or not people:
            return None
        person = people[self._number(len(people))]
        return Edit(self._campus.place("course", course), {"responsible_id": person})

    def _give_away(self) -> Edit | None:
        """Give what is somebody's to another one, every other time of what a restriction holds."""
        held = [
            (table, row)
            for table, key in self._vault.cells
            if table in _GIVEN_AWAY and (row := self._campus.find((table, key))) is not None
        ]
        if held and self._number(2):
            table, row = held[self._number(len(held))]
        else:
            table = sorted(_GIVEN_AWAY)[self._number(len(_GIVEN_AWAY))]
            row = self._row(table)
        if row is None:
            return None
        place, column = self._campus.place(table, row), _GIVEN_AWAY[table]
        cell = self._vault.cells.get(place, {}).get(column)
        owner = row[column] if cell is None else cell.former
        if not self._campus.is_living(owner):
            return None
        institution_id = self._campus.person(owner)["institution_id"]
        people = sorted(self._campus.living(institution_id))
        return Edit(place, {column: people[self._number(len(people))]})

    def _say(self, new_id: int) -> Edit | None:
        member = self._row("thread_member")
        if member is None:
            return None
        return self._new(
            "message", id=new_id, thread_id=member["thread_id"], sender_id=member["person_id"]
        )

    def _set_anew(self, new_id: int) -> Edit | None:
        """Write what was there once: a restriction may have taken it away."""
        taken = [each.row for each in self._vault.removed.values() if "name" in each.row]
        if taken:
            row = taken[self._number(len(taken))]
            given = {name: row[name] for name in ("person_id", "name", "kind") if name in row}
            return self._setting(new_id, **given)
        person = self._row("person")
        if person is None or not self._campus.is_living(person["id"]):
            return None
        return self._setting(new_id, person_id=person["id"], name="font")

    def _setting(self, new_id: int, **given: Any) -> Edit | None:
        if "kind" in given:
            return self._new("ui_state", id=new_id, **given)
        return self._new("person_setting", value="se", **given)

    def _assess(self, new_id: int) -> Edit | None:
        enrolment = self._row("enrolment")
        if enrolment is None:
            return None
        course = self._campus.tables["course"][(enrolment["course_id"],)]
        if not self._campus.is_living(course["responsible_id"]):
            return None
        return self._new(
            "grade",
            id=new_id,
            student_id=enrolment["person_id"],
            teacher_id=course["responsible_id"],
            course_id=course["id"],
        )

    def _new(self, table: str, **given: object) -> Edit | None:
        row = whole_row(table, **given)
        place = self._campus.place(table, row)
        if self._campus.find(place) is not None or self._is_taken(table, row):
            return None
        return Edit(place, row, is_new=True)

    def _is_taken(self, table: str, row: Row) -> bool:
        once = {name: row[name] for name in ("person_id", "kind", "name") if name in row}
        return table == "ui_state" and bool(self._campus.rows(table, **once))
