"""A data map's conditions as SQL over a record.

Reference:
    ``docs/effects.md``, "What conditions see"; ``app/domain/decisions.py`` is the same in Python.
"""

from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    and_,
    cast,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.sql.selectable import FromClause
from sqlalchemy.types import Boolean

from app.domain.catalogue import Catalogue
from app.domain.errors import SourceFailure
from app.references import target
from app.sources.sql.bind import NAMED_BY_HELD_SETTING, NAMED_BY_KEPT_SETTING
from app.sources.sql.effects.living import Living
from app.sources.sql.tables import condition, holds_values, relation
from schemas.data_map import Condition, DataMap


@dataclass(frozen=True, slots=True)
class Conditions:
    """Compiles conditions against a live catalogue.

    Attributes:
        data_map: The map.
        catalogue: The live catalogue of the records' source.
        is_forecast: Whether the subject's other records are still to be dealt with, so that the
            settings say what will name the subject; else the tables themselves do.
    """

    data_map: DataMap
    catalogue: Catalogue
    is_forecast: bool = False

    def compile(self, asked: Condition, row: FromClause, table: str) -> ColumnElement[bool]:
        """Ask a condition of a record; never NULL.

        Args:
            asked: Any condition of a rule.
            row: The record's table, or columns of the same names.
            table: The table's name.
        """
        living = Living(self.data_map, self.catalogue)
        parts: list[ColumnElement[bool]] = []
        parts += [
            not_(living.is_in(alone, row))
            for alone in (asked.only_subject, asked.nobody_left)
            if alone is not None
        ]
        if asked.shared is not None:
            parts.append(living.is_in(asked.shared, row))
        parts += [self._gone(row, table, path) for path in asked.container_gone or ()]
        if asked.person_gone is not None:
            parts.append(not_(living.names(row.c[asked.person_gone])))
        if asked.named_by_kept is not None:
            is_named = self._is_named(row)
            parts.append(is_named if asked.named_by_kept else not_(is_named))
        if asked.is_ is not None:
            parts.append(holds_values(row, asked.is_).is_(true()))
        if asked.not_ is not None:
            parts.append(not_(self.compile(asked.not_, row, table)))
        return and_(*parts)

    def _is_named(self, row: FromClause) -> ColumnElement[bool]:
        """Ask whether a record of any type names the person that this row is, or would after a lift."""
        if self.is_forecast:
            return _setting(NAMED_BY_KEPT_SETTING)
        subject = self.data_map.subject
        parts: list[ColumnElement[bool]] = [_setting(NAMED_BY_HELD_SETTING)]
        for spec in self.data_map.record_types.values():
            if spec.table == subject.table or (spec.source or subject.source) != subject.source:
                continue
            other = relation(self.catalogue, spec.table).alias()
            for role in spec.roles.values():
                if role.column is not None:
                    names = other.c[role.column] == row.c[subject.key]
                    asked = [condition(other, each) for each in (spec.where, role.where) if each]
                    found = select(literal(1)).select_from(other).where(names, *asked)
                    parts.append(exists(found))
        return or_(*parts)

    def _gone(self, row: FromClause, table: str, path: str) -> ColumnElement[bool]:
        """Follow a dotted path of references; where a step is missing, so is all behind it."""
        steps = path.split(".")
        found = target(self.data_map, self.catalogue, (table, steps[0]))
        if found is None:
            detail = f"{table}.{steps[0]} refers to nothing that is known"
            raise SourceFailure(self.catalogue.schema, detail, transient=False)
        other_table, other_column = found
        other = relation(self.catalogue, other_table).alias()
        there = (
            select(literal(1)).select_from(other).where(other.c[other_column] == row.c[steps[0]])
        )
        if len(steps) > 1:
            there = there.where(not_(self._gone(other, other_table, ".".join(steps[1:]))))
        return not_(exists(there))


def is_plain(asked: Condition) -> bool:
    """Say whether a condition asks of the record's own columns only.

    Args:
        asked: Any condition of a rule.
    """
    if asked.not_ is not None and not is_plain(asked.not_):
        return False
    return asked.model_fields_set <= {"is_", "not_"}


def _setting(name: str) -> ColumnElement[bool]:
    return cast(func.current_setting(literal(name)), Boolean)
