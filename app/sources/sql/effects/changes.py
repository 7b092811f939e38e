"""What anonymising or hiding sets, as SQL.

A column that names persons is only set where it names the subject: a record that names two authors loses one.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, null
from sqlalchemy.sql.selectable import FromClause

from app.domain.catalogue import Column, Table
from app.domain.errors import SourceFailure
from app.rules import OWN_KEY, STAND_IN, person_columns
from app.sources.sql.bind import SUBJECT_SETTING, subject_key
from app.sources.sql.effects.cells import typed
from app.sources.sql.effects.living import stand_in_key
from schemas.data_map import Change, RecordType, Scalar

Assignments = dict[str, ColumnElement[Any]]


def assignments(table: Table, change: Change) -> Assignments:
    """Give each column that a change sets, with its new value, whoever the row names.

    Args:
        table: As the live catalogue describes it.
        change: With ``set`` or ``blank``.

    Raises:
        SourceFailure: A column that may not be empty cannot be blanked.
    """
    values = {
        name: _value(table.columns[name], value) for name, value in (change.set_ or {}).items()
    }
    return values | {name: _empty(table.columns[name]) for name in change.blank or ()}


@dataclass(frozen=True, slots=True)
class Setter:
    """Compiles changes of one record type.

    Attributes:
        spec: The record type.
        table: Its table.
    """

    spec: RecordType
    table: Table

    def assignments(self, change: Change, row: FromClause) -> Assignments:
        """Give each column that a change sets, with its new value.

        Args:
            change: With ``set`` or ``blank``.
            row: The row that is changed.

        Raises:
            SourceFailure: A column that may not be empty cannot be blanked.
        """
        return {
            name: self._for_subject(name, value, row)
            for name, value in assignments(self.table, change).items()
        }

    def persons(self) -> tuple[str, ...]:
        """Name the columns that name persons, in the map's order."""
        return person_columns(self.spec)

    def _for_subject(
        self, name: str, value: ColumnElement[Any], row: FromClause
    ) -> ColumnElement[Any]:
        if name not in self.persons():
            return value
        is_subject = row.c[name] == subject_key(self.table.columns[name])
        return case((is_subject, value), else_=row.c[name])


def _value(column: Column, value: Scalar) -> ColumnElement[Any]:
    match value:
        case None:
            return null()
        case str() if value == STAND_IN:
            return stand_in_key(column)
        case str() if OWN_KEY in value:
            own = func.current_setting(literal(SUBJECT_SETTING))
            return typed(func.replace(literal(value), literal(OWN_KEY), own), column)
        case bool():
            return typed(literal("true" if value else "false"), column)
        case _:
            return typed(literal(str(value)), column)


def _empty(column: Column) -> ColumnElement[Any]:
    if column.is_nullable:
        return null()
    if column.type_category == "S":
        return typed(literal(""), column)
    raise SourceFailure(column.name, "a column that may not be empty is blanked", transient=False)
