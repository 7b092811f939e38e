"""What restrictions hold back, and how a lift gives it back."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from tests.oracle.campus import Campus
from tests.oracle.changes import Change, Place, Row
from tests.oracle.lms_schema import FILE_COLUMNS, REFERENCES, UNIQUE


@dataclass(slots=True)
class Held:
    """A cell: its oldest former value, what was put there, and the restrictions that hold it."""

    former: Any
    put: Any
    holders: set[int]


@dataclass(slots=True)
class Removed:
    """A row that left its table, and the restrictions that keep it away."""

    row: Row
    holders: set[int]


class Vault:
    """Former values, by the row and column that they belong to."""

    def __init__(self) -> None:
        self.cells: dict[Place, dict[str, Held]] = {}
        self.removed: dict[Place, Removed] = {}

    def hold(
        self, campus: Campus, restriction: int, change: Change, older: Collection[int] = ()
    ) -> None:
        """Carry a change of a restriction out, and remember what was there.

        Args:
            campus: Where.
            restriction: Which one.
            change: What.
            older: The restrictions of the same person, which hold what this one holds.
        """
        if change.is_removal:
            self._remove(campus, restriction, change.place, older)
            return
        row = campus.tables[change.place[0]][change.place[1]]
        cells = self.cells.setdefault(change.place, {})
        for column, value in change.columns.items():
            held = cells.get(column)
            if held is not None and row[column] == held.put:
                held.holders.add(restriction)
            else:
                # Nobody held it, or somebody changed it meanwhile, which a lift would leave too.
                holders = {restriction} | ({*older} & held.holders if held is not None else set())
                cells[column] = Held(row[column], value, holders)
                row[column] = value

    def _remove(
        self, campus: Campus, restriction: int, place: Place, older: Collection[int]
    ) -> None:
        row = campus.tables[place[0]].pop(place[1], None)
        if row is not None:
            before = self.removed.get(place)
            holders = {*older} & before.holders if before is not None else set[int]()
            self.removed[place] = Removed(row, {restriction} | holders)
        else:
            self.removed[place].holders.add(restriction)

    def hold_too(self, older: Collection[int], restriction: int) -> None:
        """Hold what older restrictions of the same person hold."""
        every: list[Held | Removed] = [*self.removed.values()]
        every += [held for row in self.cells.values() for held in row.values()]
        for held in every:
            if not held.holders.isdisjoint(older):
                held.holders.add(restriction)

    def give_back(self, campus: Campus, restriction: int) -> None:
        """Lift a restriction: what it alone held is as before, unless somebody changed it."""
        for place, cells in self.cells.items():
            for column in [each for each, held in cells.items() if restriction in held.holders]:
                held = cells[column]
                held.holders.remove(restriction)
                if not held.holders:
                    del cells[column]
                    row = campus.find(place)
                    if row is not None and row[column] == held.put:
                        row[column] = held.former
        self.cells = {place: cells for place, cells in self.cells.items() if cells}
        for place, removed in list(self.removed.items()):
            removed.holders.discard(restriction)
            if not removed.holders:
                del self.removed[place]
                if can_return(campus, place, removed.row):
                    campus.insert(place[0], removed.row)

    def stranded(self, campus: Campus, restrictions: Collection[int]) -> list[tuple[str, Row]]:
        """Give the rows that these restrictions took away and that have no place any more."""
        return [
            (place[0], removed.row)
            for place, removed in self.removed.items()
            if not removed.holders.isdisjoint(restrictions)
            and not can_return(campus, place, removed.row)
        ]

    def forget(self, place: Place) -> None:
        """Drop what is held of a row that is gone for good."""
        self.cells.pop(place, None)

    def is_held(self, place: Place) -> bool:
        return place in self.cells

    def paths(self) -> set[str]:
        """Give every file that a removed row names: a lift would want it back."""
        return {
            removed.row[FILE_COLUMNS[table]]
            for (table, _), removed in self.removed.items()
            if table in FILE_COLUMNS
        }


def can_return(campus: Campus, place: Place, row: Row) -> bool:
    """Say whether a removed row has a place: nothing new stands there, and what it is part of is."""
    table, _ = place
    if campus.find(place) is not None:
        return False
    once = UNIQUE.get(table, ())
    if once and campus.rows(table, **{column: row[column] for column in once}):
        return False
    return all(
        row[column] is None or campus.find((target, (row[column],))) is not None
        for referring, column, target, _ in REFERENCES
        if referring == table
    )
