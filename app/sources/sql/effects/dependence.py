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

from sqlalchemy import ColumnElement, and_, exists, literal, select
from sqlalchemy.sql.selectable import FromClause, NamedFromClause

from app.domain.catalogue import Catalogue
from app.ordering import asked_by
from app.references import place_of
from app.rules import HeldRule, branches_of
from app.sources.sql.locate import Locator
from app.sources.sql.tables import relation
from schemas.data_map import DataMap, RecordType
from schemas.vocabulary import Right


@dataclass(frozen=True, slots=True)
class _Edge:
    """How rows hang on others.

    Attributes:
        table: Their table.
        pairs: Their columns, each with the column of those that they hang on.
        spec: The record type that is found so; None where they refer to the others.
    """

    table: str
    pairs: tuple[tuple[str, str], ...]
    spec: RecordType | None = None


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
        edges = [*self._led_to({self.name}), *(self._referring(table) if is_deleted else ())]
        return _any([self._hangs(row, edge, (table,)) for edge in edges])

    def _hangs(
        self, row: FromClause, edge: _Edge, path: tuple[str, ...]
    ) -> ColumnElement[bool] | None:
        """Ask whether rows hang on a row that are held, or on which held ones hang."""
        if edge.table == self.data_map.subject.table or edge.table in path[:-1]:
            return None
        if edge.table == path[-1]:
            return self._hangs_below(row, edge, path)
        other, further = relation(self.catalogue, edge.table).alias(), (*path, edge.table)
        below = [self._hangs(other, each, further) for each in self._edges(edge.table, within=True)]
        matters = _any([*self._matters(other, further), *below])
        if matters is None:
            return None
        found = select(literal(1)).select_from(other)
        return exists(found.where(self._is_on(other, row, edge), matters))

    def _hangs_below(
        self, row: FromClause, edge: _Edge, path: tuple[str, ...]
    ) -> ColumnElement[bool] | None:
        """Ask it of the rows of the same table that hang on a row, however far below."""
        other = relation(self.catalogue, edge.table).alias()
        matters = _any(self._matters(other, path))
        if matters is None:
            return None
        edges = list(self._edges(edge.table, within=True))
        named = [own for each in edges for _, own in each.pairs]
        names = list(dict.fromkeys((*self._key(edge.table), *named)))
        first = relation(self.catalogue, edge.table).alias()
        top = select(*(first.c[name] for name in names)).where(self._is_on(first, row, edge))
        walk = top.correlate(row).cte(recursive=True, nesting=True)
        following = relation(self.catalogue, edge.table).alias()
        next_ones = select(*(following.c[name] for name in names))
        on_any = [self._is_on(following, walk, each) for each in edges]
        walk = walk.union(next_ones.where(reduce(or_, on_any)))
        same = and_(*(other.c[name] == walk.c[name] for name in self._key(edge.table)))
        return exists(select(literal(1)).select_from(walk.join(other, same)).where(matters))

    def _matters(
        self, row: NamedFromClause, path: tuple[str, ...]
    ) -> list[ColumnElement[bool] | None]:
        """Ask whether a row is held, or rows of other tables hang on it that are."""
        locator = Locator(self.data_map, self.catalogue)
        held = [spec for name, spec in self._types_of(path[-1]).items() if name in self.held]
        parts: list[ColumnElement[bool] | None] = [locator.of_type(row, spec) for spec in held]
        if any(spec.where is None for spec in held):
            return parts  # what hangs on it makes no difference
        return parts + [
            self._hangs(row, edge, path) for edge in self._edges(path[-1], within=False)
        ]

    def _edges(self, table: str, *, within: bool) -> Iterator[_Edge]:
        """Give how rows hang on those of a table: those of the same table, or those of others."""
        for edge in (*self._led_to(set(self._types_of(table))), *self._referring(table)):
            if (edge.table == table) is within:
                yield edge

    def _is_on(self, other: NamedFromClause, row: FromClause, edge: _Edge) -> ColumnElement[bool]:
        """Ask whether one row hangs on another."""
        same = [other.c[theirs] == row.c[own] for theirs, own in edge.pairs]
        if edge.spec is None:
            return and_(*same)
        return and_(*same, Locator(self.data_map, self.catalogue).of_type(other, edge.spec))

    def _key(self, table: str) -> tuple[str, ...]:
        """Name the columns that tell the rows of a table from each other."""
        keys = [spec.key for spec in self._types_of(table).values()]
        return keys[0] if keys else self.catalogue.tables[table].primary_key

    def _types_of(self, table: str) -> dict[str, RecordType]:
        own = self.data_map.subject.source
        source = self.data_map.record_types[self.name].source or own
        return {
            name: spec
            for name, spec in self.data_map.record_types.items()
            if spec.table == table and (spec.source or own) == source
        }

    def _led_to(self, names: set[str]) -> Iterator[_Edge]:
        """Give how records are found through those of some record types."""
        for spec in self.data_map.record_types.values():
            for role in spec.roles.values():
                if role.via in names and role.match is not None:
                    yield _Edge(spec.table, tuple(role.match.items()), spec)

    def _referring(self, table: str) -> Iterator[_Edge]:
        """Give how rows refer to those of a table, by foreign keys or because the map says so."""
        for other in self.catalogue.tables.values():
            for key in other.foreign_keys:
                if key.references == table:
                    pairs = zip(key.columns, key.referenced_columns, strict=True)
                    yield _Edge(other.name, tuple(pairs))
        for spelled, to in self.data_map.references.items():
            (referring, column), (referred, key_column) = place_of(spelled), place_of(to)
            if referred == table and referring in self.catalogue.tables:
                yield _Edge(referring, ((column, key_column),))


def _any(parts: list[ColumnElement[bool] | None]) -> ColumnElement[bool] | None:
    known = [part for part in parts if part is not None]
    return reduce(or_, known) if known else None
