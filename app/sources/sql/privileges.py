"""Reads off statements which privileges they need, so that grants cannot drift from what is run.

Reference:
    PostgreSQL, "GRANT", and "SELECT", "The Locking Clause".
"""

from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Alias, ClauseElement, ColumnClause, Delete, Select, TableClause
from sqlalchemy.sql.dml import Insert, Update


class Privilege(StrEnum):
    """What may be done with a table or some of its columns."""

    SELECT = "SELECT"
    INSERT = "INSERT"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


@dataclass(slots=True)
class Privileges:
    """What some statements need.

    Attributes:
        columns: By privilege and table.
        locked: Tables whose rows are locked: that takes ``UPDATE`` on any one column.
    """

    columns: dict[tuple[Privilege, str], set[str]] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)

    def note(self, statement: ClauseElement) -> None:
        """Add what a statement needs.

        Args:
            statement: Any, with all that stands within it.
        """
        waiting, seen = [statement], set[int]()
        kept_alive = []  # an id says which only while its element lives
        while waiting:
            element = waiting.pop()
            if id(element) not in seen:
                seen.add(id(element))
                kept_alive.append(element)
                waiting += self._within(element)

    def _within(self, element: ClauseElement) -> list[ClauseElement]:
        """Note what one element needs by itself, and give those within it."""
        within = list(element.get_children())
        match element:
            case Update():
                self._add(Privilege.UPDATE, element.table, *element._values or ())  # noqa: SLF001 - told nowhere else
            case Insert():
                self._add(Privilege.INSERT, element.table, *element._values or ())  # noqa: SLF001
                self._add(Privilege.INSERT, element.table, *element._select_names or ())  # noqa: SLF001
            case Delete():
                self._add(Privilege.DELETE, element.table)
            case ColumnClause() if element.table is not None:
                self._add(Privilege.SELECT, element.table, element)
                within.append(element.table)
            case Select() if element._for_update_arg is not None:  # noqa: SLF001
                of = element._for_update_arg.of or ()  # noqa: SLF001
                self.locked |= {name for each in of if (name := _table(each)) is not None}
            case _:
                pass
        return within

    def _add(self, privilege: Privilege, of: object, *columns: object) -> None:
        if (name := _table(of)) is not None:
            known = self.columns.setdefault((privilege, name), set())
            known |= {str(getattr(column, "name", column)) for column in columns}


def _table(of: object) -> str | None:
    """Name the table that something is, or stands for."""
    while isinstance(of, Alias):
        of = of.element
    return of.name if isinstance(of, TableClause) else None
