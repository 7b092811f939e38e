"""How many of the subject's records fall under which branch: one statement a record type."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.sql.selectable import FromClause

from app.conditions import container_columns
from app.domain.catalogue import Catalogue
from app.sources.sql.bind import subject_of_controller
from app.sources.sql.effects.conditions import Conditions
from app.sources.sql.effects.containers import container_texts
from app.sources.sql.effects.decisions import Decisions
from app.sources.sql.effects.keys import key_texts
from app.sources.sql.effects.trees import depth_of
from app.sources.sql.locate import Located, Locator
from app.sources.sql.tables import Query, render
from schemas.data_map import Condition, DataMap
from schemas.vocabulary import Effect


class Part(StrEnum):
    """Which of a restricted subject's records are looked at."""

    ALL = "all"
    FREE = "free"  # those that no restriction holds
    HELD = "held"  # a chunk of those that one holds, as they were before


def _nothing(_: FromClause) -> list[ColumnElement[str]]:
    return []


@dataclass(frozen=True, slots=True)
class Looks:
    """Statements that look at the subject's records and change nothing.

    Attributes:
        data_map: The map.
        catalogue: The live catalogue.
        decisions: The record type's branches.
        is_bound: Whether the subject's row has to be there; after its deletion it is not.
        is_forecast: Whether nothing has been done yet.
    """

    data_map: DataMap
    catalogue: Catalogue
    decisions: Decisions
    is_bound: bool = True
    is_forecast: bool = False

    def counts(self, part: Part = Part.ALL) -> str:
        """Count by roles and branch: columns ``mask``, ``code``, ``records``.

        Args:
            part: Of a restricted subject's records.
        """
        decided = self._decided(part=part).subquery("decided")
        if self.decisions.is_foregone:  # without groups, a million rows are counted sooner
            (code,) = self.decisions.by_code
            one: Query = select(
                literal_column("1").label("mask"),
                literal_column(str(code)).label("code"),
                func.count().label("records"),
            ).select_from(decided)
            return render(one.having(func.count() > literal_column("0")))
        query = select(decided.c.mask, decided.c.code, func.count().label("records")).group_by(
            decided.c.mask, decided.c.code
        )
        return render(query)

    def candidates(self) -> str:
        """Give the keys, as texts, of records that are to be changed."""
        return self._keys(acting_only=True)

    def notes(self) -> str:
        """Give the keys, as texts, and the ``mask`` of all records."""
        return self._keys(acting_only=False)

    def _keys(self, *, acting_only: bool) -> str:
        """Leaves come first where the table is a tree."""
        decided = self._decided(lambda row: key_texts(row, self.decisions.spec)).subquery("decided")
        keys = [decided.c[f"key_{n}"] for n in range(len(self.decisions.spec.key))]
        acting: list[ColumnElement[int]] = [
            literal_column(str(code)) for code in self.decisions.acting
        ]
        query: Query = select(*keys) if acting_only else select(*keys, decided.c.mask)
        if acting_only:
            query = query.where(decided.c.code.in_(acting))
        depth = depth_of(self.catalogue, self.decisions.spec, decided)
        return render(query if depth is None else query.order_by(depth.desc()))

    def kept_containers(self, part: Part = Part.ALL) -> dict[int, str]:
        """Name the containers of what is kept until later: a statement by code, a column a cell.

        Args:
            part: Of a restricted subject's records.
        """
        return {
            code: render(self._containers(code, branch.rule.until, part))
            for code, branch in self.decisions.by_code.items()
            if branch.rule.until is not None and branch.rule.effect is Effect.KEEP
        }

    def _located(self, part: Part) -> Located:
        locator, name = Locator(self.data_map, self.catalogue), self.decisions.name
        match part:
            case Part.ALL:
                return locator.locate(name)
            case Part.FREE:
                return locator.locate_free(name)
            case Part.HELD:
                return locator.locate_held(name)
            case other:
                assert_never(other)

    def _containers(self, code: int, until: Condition, part: Part) -> Query:
        columns = container_columns(self.data_map, until)
        decided = self._decided(lambda row: container_texts(row, columns), part)
        query = decided.subquery("decided")
        cells = [query.c[n] for n in range(len(columns))]
        return select(*cells).distinct().where(query.c.code == literal_column(str(code)))

    def _decided(
        self,
        shown: Callable[[FromClause], list[ColumnElement[str]]] = _nothing,
        part: Part = Part.ALL,
    ) -> Query:
        located = self._located(part)
        mask = literal_column("1") if located.mask is None else located.mask
        conditions = Conditions(self.data_map, self.catalogue, is_forecast=self.is_forecast)
        code = self.decisions.code(conditions, located)
        query: Query = select(*shown(located.row), mask.label("mask"), code.label("code"))
        query = query.select_from(located.source).where(located.where)
        if self.is_bound:
            query = query.where(subject_of_controller(self.data_map, self.catalogue))
        return query
