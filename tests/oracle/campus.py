"""The campus LMS in memory: rows, who is there, who can see what, and deletes that are refused."""

from collections.abc import Iterable, Iterator
from typing import Any

from app.demo.schema import TABLES
from tests.oracle.changes import Change, Key, Place, Row
from tests.oracle.lms_schema import FILE_COLUMNS, REFERENCES, OnDelete, key_columns


class DanglingRowError(AssertionError):
    """A row refers to one that is gone: PostgreSQL would have refused that delete."""


class Campus:
    """All rows of all institutions.

    The stand-in of an institution is known here by that institution's negative id. It is no row:
    nobody can find it, and it never counts as somebody.

    Args:
        tables: Rows by table.
        files: The paths of the file store.
    """

    def __init__(self, tables: dict[str, list[Row]], files: Iterable[str] = ()) -> None:
        self.tables: dict[str, dict[Key, Row]] = {table: {} for table in TABLES}
        for table, rows in tables.items():
            for row in rows:
                self.insert(table, row)
        self.files = set(files)
        self.remnants: set[int] = set()
        """Erased, but kept records still show the name: the rest of the row."""

    def insert(self, table: str, row: Row) -> None:
        self.tables[table][self.key(table, row)] = dict(row)

    def key(self, table: str, row: Row) -> Key:
        return tuple(row[column] for column in key_columns(table))

    def place(self, table: str, row: Row) -> Place:
        return table, self.key(table, row)

    def find(self, place: Place) -> Row | None:
        table, key = place
        return self.tables[table].get(key)

    def rows(self, table: str, **where: Any) -> list[Row]:
        return [
            row
            for row in self.tables[table].values()
            if all(row[column] == value for column, value in where.items())
        ]

    # Who is there --------------------------------------------------------------------------------

    def person(self, person_id: int) -> Row:
        return self.tables["person"][(person_id,)]

    def is_living(self, person_id: int | None) -> bool:
        """Say whether somebody is there: also while restricted, not any more once erased."""
        return (person_id,) in self.tables["person"] and person_id not in self.remnants

    def living(self, institution_id: int) -> set[int]:
        rows = self.rows("person", institution_id=institution_id)
        return {row["id"] for row in rows} - self.remnants

    def stand_in(self, person_id: int) -> int:
        """Give what names nobody in the institution of a person."""
        return -int(self.person(person_id)["institution_id"])

    # Who can see what ----------------------------------------------------------------------------

    def taking_part(self, table: str, **container: Any) -> set[int]:
        """Give the living whom a membership table names, whether or not they left."""
        rows = self.rows(table, **container)
        return {row["person_id"] for row in rows if self.is_living(row["person_id"])}

    def readers(self, material: Row) -> set[int]:
        """Give the living who can see a document."""
        readers = self.taking_part("material_share", material_id=material["id"])
        if material["course_id"] is not None:
            readers |= self.taking_part("enrolment", course_id=material["course_id"])
        if material["project_id"] is not None:
            readers |= self.taking_part("project_member", project_id=material["project_id"])
        if material["scope"] == "library":
            readers |= self.living(material["institution_id"])
        return readers

    # What happens to rows ------------------------------------------------------------------------

    def apply(self, changes: Iterable[Change]) -> list[Place]:
        """Change rows and delete others, all at once, as the end of one transaction shows it.

        Returns:
            Where rows were deleted, also those that went along.
        """
        doomed = []
        for change in changes:
            if change.is_removal:
                doomed.append(change.place)
            else:
                self.tables[change.place[0]][change.place[1]].update(change.columns)
        return self.delete(doomed)

    def delete(self, places: Iterable[Place]) -> list[Place]:
        """Delete rows as PostgreSQL does: some go along, some forget, some forbid it."""
        gone = []
        waiting = [place for place in places if self.find(place) is not None]
        while waiting:
            table, key = waiting.pop()
            if self.tables[table].pop(key, None) is not None:
                gone.append((table, key))
                waiting.extend(self._go_along(table, key))
        self.check()
        return gone

    def _go_along(self, target: str, key: Key) -> Iterator[Place]:
        for table, column, refers_to, on_delete in REFERENCES:
            if refers_to != target or on_delete is OnDelete.REFUSE:
                continue
            for row in self.rows(table, **{column: key[0]}):
                if on_delete is OnDelete.FORGET:
                    row[column] = None
                else:
                    yield self.place(table, row)

    def check(self) -> None:
        """Find rows that refer to what is gone.

        Raises:
            DanglingRowError: There are some.
        """
        for table, column, target, _ in REFERENCES:
            there = self.tables[target]
            for key, row in self.tables[table].items():
                value = row[column]
                is_stand_in = target == "person" and value is not None and value < 0
                if value is not None and not is_stand_in and (value,) not in there:
                    raise DanglingRowError(f"{table} {key}: {column} {value} is gone")

    def paths(self) -> set[str]:
        """Give every file that a row names."""
        return {
            row[column]
            for table, column in FILE_COLUMNS.items()
            for row in self.tables[table].values()
            if row[column] is not None
        }
