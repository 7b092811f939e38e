"""What hangs on a record: rows that refer to it, and records that are found through it.

Where something is held, what it hangs on must not go: a row that refers to another would go or be
changed with it, and a record that is located ``via`` another would not be found again.

Reference:
    ``docs/effects.md``, "Holds".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_

from sqlalchemy import ColumnElement, exists, literal, select
from sqlalchemy.sql.selectable import FromClause, NamedFromClause

from app.domain.catalogue import Catalogue
from app.ordering import asked_by
from app.references import place_of
from app.rules import HeldRule, branches_of
from app.sources.sql.locate import Locator
from app.sources.sql.tables import relation
from schemas.data_map import DataMap, RecordType
from schemas.vocabulary import Right

_Pairs = tuple[tuple[str, str], ...]
"""Columns of the row that hangs on another, each with that one's column."""


@dataclass(frozen=True, slots=True)
class Dependence:
    """Asks of a record of one type whether something that is held hangs on it.

    Attributes:
        data_map: The map, with what is held laid over it.
        catalogue: The live catalogue.
        name: The record type.
        held: The record types that are held.
    """

    data_map: DataMap
    catalogue: Catalogue
    name: str
    held: frozenset[str]

    @classmethod
    def of(cls, data_map: DataMap, catalogue: Catalogue, name: str) -> "Dependence | None":
        """Look at what may hang on the records of a type.

        Args:
            data_map: The map, with what is held laid over it.
            catalogue: The live catalogue.
            name: A record type.

        Returns:
            None where nothing that is held can, or where the type's own rules take care of what
            is kept: ``named_by_kept`` does.
        """
        branches = branches_of(data_map.record_types[name], Right.ERASURE)
        held = next((e.rule.held_types for e in branches if isinstance(e.rule, HeldRule)), ())
        if not held or any(asked.named_by_kept is not None for asked in asked_by(branches)):
            return None
        found = cls(data_map, catalogue, name, frozenset(held))
        row = relation(catalogue, data_map.record_types[name].table).alias("t")
        return None if found.of_row(row, is_deleted=True) is None else found

    def of_row(self, row: FromClause, *, is_deleted: bool) -> ColumnElement[bool] | None:
        """Ask it of a row.

        Args:
            row: The record's table, or columns of the same names.
            is_deleted: Whether the row is to go. Where it is only changed, what refers to it stays,
                but what is found through it may not be found again.

        Returns:
            None where nothing that is held can hang on it.
        """
        table = self.data_map.record_types[self.name].table
        parts = [
            self._hangs(row, pairs, spec.table, (table,))
            for spec, pairs in self._led_to({self.name})
        ]
        if is_deleted:
            parts += [
                self._hangs(row, pairs, other, (table,)) for other, pairs in self._referring(table)
            ]
        return _any(parts)

    def _hangs(
        self, row: FromClause, pairs: _Pairs, table: str, path: tuple[str, ...]
    ) -> ColumnElement[bool] | None:
        """Ask whether rows of a table hang on a row that are held, or on which held ones hang."""
        if table in path or table == self.data_map.subject.table:
            return None
        other = relation(self.catalogue, table).alias()
        matters = self._matters(other, table, (*path, table))
        if matters is None:
            return None
        same = [other.c[theirs] == row.c[own] for theirs, own in pairs]
        return exists(select(literal(1)).select_from(other).where(*same, matters))

    def _matters(
        self, row: NamedFromClause, table: str, path: tuple[str, ...]
    ) -> ColumnElement[bool] | None:
        locator = Locator(self.data_map, self.catalogue)
        specs = self._types_of(table)
        own = [locator.of_type(row, spec) for name, spec in specs.items() if name in self.held]
        if own:
            return reduce(or_, own)
        parts = [
            self._hangs(row, pairs, spec.table, path) for spec, pairs in self._led_to(set(specs))
        ]
        parts += [self._hangs(row, pairs, other, path) for other, pairs in self._referring(table)]
        return _any(parts)

    def _types_of(self, table: str) -> dict[str, RecordType]:
        own = self.data_map.subject.source
        source = self.data_map.record_types[self.name].source or own
        return {
            name: spec
            for name, spec in self.data_map.record_types.items()
            if spec.table == table and (spec.source or own) == source
        }

    def _led_to(self, names: set[str]) -> Iterator[tuple[RecordType, _Pairs]]:
        """Give the record types that are found through others."""
        for spec in self.data_map.record_types.values():
            for role in spec.roles.values():
                if role.via in names and role.match is not None:
                    yield spec, tuple(role.match.items())

    def _referring(self, table: str) -> Iterator[tuple[str, _Pairs]]:
        """Give the tables that refer to a table, by foreign keys or because the map says so."""
        for other in self.catalogue.tables.values():
            for key in other.foreign_keys:
                if key.references == table:
                    pairs = zip(key.columns, key.referenced_columns, strict=True)
                    yield other.name, tuple(pairs)
        for spelled, to in self.data_map.references.items():
            (referring, column), (referred, key_column) = place_of(spelled), place_of(to)
            if referred == table and referring in self.catalogue.tables:
                yield referring, ((column, key_column),)


def _any(parts: list[ColumnElement[bool] | None]) -> ColumnElement[bool] | None:
    known = [part for part in parts if part is not None]
    return reduce(or_, known) if known else None
