"""Acts on records whose fate nothing but the record itself decides: no lock before the change, no wait between batches.

The change takes the row's lock and asks again, once it has it, whether the record is the subject's still:
PostgreSQL does that for every ``DELETE`` and ``UPDATE`` under ``READ COMMITTED``. What depends on other
rows is decided under locks that are taken first (``acts.py``).
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    delete,
    false,
    func,
    literal_column,
    select,
    true,
    update,
)

from app.domain.catalogue import Catalogue
from app.rules import columns_of
from app.sources.sql.bind import subject_of_controller
from app.sources.sql.effects.changes import Setter
from app.sources.sql.effects.decisions import Decisions
from app.sources.sql.effects.keys import is_among_joined, is_among_sent, key_texts, travel_joined
from app.sources.sql.effects.uploads import file_columns
from app.sources.sql.locate import Locator
from app.sources.sql.tables import Query, render, target
from schemas.data_map import Change, DataMap
from schemas.vocabulary import Effect, Right


@dataclass(frozen=True, slots=True)
class DirectAct:
    """Compiles the statement for a record type of one unconditional branch.

    Attributes:
        data_map: The map.
        catalogue: The live catalogue.
        decisions: The record type's branches.
    """

    data_map: DataMap
    catalogue: Catalogue
    decisions: Decisions

    @property
    def is_possible(self) -> bool:
        """Whether it is an erasure's only branch, in the only role, and the row alone tells both.

        Nothing is read of the row before, neither uploads nor containers, its key stays, and no row of
        the table refers to another one.
        """
        spec = self.decisions.spec
        if self.decisions.right is not Right.ERASURE or not self.decisions.is_foregone:
            return False
        (role,), (branch,) = spec.roles.values(), self.decisions.by_code.values()
        rule = branch.rule
        if rule.effect is Effect.KEEP or rule.until is not None or file_columns(spec):
            return False
        table = self.catalogue.tables[spec.table]
        is_tree = any(key.references == table.name for key in table.foreign_keys)
        is_subject = spec.table == self.data_map.subject.table
        change = self._change
        moves = change is not None and not set(spec.key).isdisjoint(columns_of(change))
        return role.column is not None and role.via is None and not (is_tree or is_subject or moves)

    @property
    def leaves_traces(self) -> bool:
        """Whether a record on which it failed would still name the subject, and so be located again."""
        if not self.is_possible:
            return False
        change = self._change
        return change is None or set(columns_of(change)) <= set(self._setter.persons())

    def sql(self) -> str:
        """Give the statement: parameters and columns as those of ``Act.sql``."""
        spec, (code,) = self.decisions.spec, self.decisions.by_code
        table, row = self.catalogue.tables[spec.table], target(self.catalogue, spec.table)
        located = Locator(self.data_map, self.catalogue).recheck(self.decisions.name, row)
        bound = subject_of_controller(self.data_map, self.catalogue)
        among = is_among_joined if self.travels_joined else is_among_sent
        where: ColumnElement[bool] = and_(among(row, spec, table), located.where, bound)
        if self._change is None:
            acted = delete(row).where(where).returning(*key_texts(row, spec)).cte("acted")
        else:
            values = dict(self._setter.assignments(self._change, row))
            changed = update(row).where(where).values(values)
            acted = changed.returning(*key_texts(row, spec)).cte("acted")
        query: Query = select(
            literal_column(str(code)).label("code"),
            literal_column("1").label("mask"),
            (true() if self._change is None else false()).label("is_removed"),
            func.count().label("records"),
            *(self._gathered(each).label(each.name) for each in acted.c),
        ).select_from(acted)
        return render(query.having(func.count() > literal_column("0")))

    @property
    def travels_joined(self) -> bool:
        """Whether its keys come and go as one text with commas."""
        spec = self.decisions.spec
        return self.is_possible and travel_joined(spec, self.catalogue.tables[spec.table])

    def _gathered(self, key: ColumnElement[str]) -> ColumnElement[Any]:
        return func.string_agg(key, ",") if self.travels_joined else func.array_agg(key)

    @property
    def _setter(self) -> Setter:
        spec = self.decisions.spec
        return Setter(spec, self.catalogue.tables[spec.table])

    @property
    def _change(self) -> Change | None:
        (code,) = self.decisions.by_code
        return self.decisions.change(code)
