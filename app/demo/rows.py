"""Rows of many tables, collected until they are copied into the database."""

from collections import defaultdict
from collections.abc import Iterator

from app.demo.schema import TABLES

FIRST_IDS = {"institution": 101, "person": 10_001, "thread": 501, "course": 201}
"""Where ids start, where not at 1: a person's id shall not look like anything else's."""


class Ids:
    """Numbers the rows of every table, across all schools."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def next(self, table: str) -> int:
        """Give the next id of a table.

        Args:
            table: The table's name.
        """
        number = self._last.get(table, FIRST_IDS.get(table, 1) - 1) + 1
        self._last[table] = number
        return number


class Rows:
    """The rows of one school, table by table.

    Args:
        ids: Where the ids come from.
    """

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._columns: dict[str, tuple[str, ...]] = {}
        self._values: defaultdict[str, list[tuple[object, ...]]] = defaultdict(list)

    def add(self, table: str, **values: object) -> int:
        """Add a row to a table with an id of its own.

        Args:
            table: The table's name.
            values: The other columns; each row of a table names the same, in the same order.

        Returns:
            The row's id.
        """
        number = self.number(table)
        self.link(table, id=number, **values)
        return number

    def number(self, table: str) -> int:
        """Take the next id of a table, for a row that mentions its own id.

        Args:
            table: The table's name.
        """
        return self._ids.next(table)

    def link(self, table: str, **values: object) -> None:
        """Add a row to a table whose key is made of other columns, or given.

        Args:
            table: The table's name.
            values: The columns; each row of a table names the same, in the same order.
        """
        columns = tuple(values)
        if self._columns.setdefault(table, columns) != columns:
            raise ValueError(f"rows of {table} name different columns")
        self._values[table].append(tuple(values.values()))

    def tables(self) -> Iterator[tuple[str, tuple[str, ...], list[tuple[object, ...]]]]:
        """Go through the tables that have rows, those referred to first.

        Yields:
            The table's name, its columns and its rows.
        """
        for table in TABLES:
            if table in self._columns:
                yield table, self._columns[table], self._values[table]
