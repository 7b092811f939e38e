"""The statement that carries effects out on a batch of records.

One statement decides under the rows' locks, deletes and changes, and says what became of what. Its
parameters are the batch's keys, one array of texts a column.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Text,
    and_,
    case,
    cast,
    delete,
    false,
    func,
    literal_column,
    not_,
    null,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.sql.selectable import FromClause, NamedFromClause, Subquery

from app.conditions import container_columns
from app.domain.catalogue import Catalogue, Table
from app.ordering import interleaved_with
from app.rules import Branch, columns_of
from app.sources.sql.bind import subject_of_controller
from app.sources.sql.effects.cells import object_of
from app.sources.sql.effects.changes import Setter
from app.sources.sql.effects.conditions import Conditions
from app.sources.sql.effects.containers import container_texts
from app.sources.sql.effects.decisions import Decisions
from app.sources.sql.effects.keys import is_sent, key_texts, sent_keys
from app.sources.sql.effects.trees import lies_under
from app.sources.sql.effects.uploads import file_columns
from app.sources.sql.locate import Located, Locator
from app.sources.sql.tables import Query, render, target, text_literal
from schemas.data_map import Change, DataMap
from schemas.vocabulary import Right


@dataclass(frozen=True, slots=True)
class Group:
    """Branches that change a record in the same way.

    Attributes:
        change: How; None where the row goes.
        codes: The branches' codes.
    """

    change: Change | None
    codes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Act:
    """Compiles the statement for one record type and right.

    Attributes:
        data_map: The map.
        catalogue: The live catalogue.
        decisions: The record type's branches.
        is_noted: Whether the batch brings roles along: after the keys, an array of masks. These a
            record has whatever there is now; the others it has if it is found in them.
    """

    data_map: DataMap
    catalogue: Catalogue
    decisions: Decisions
    is_noted: bool = False

    def sql(self) -> str:
        """Give the statement.

        Returns:
            Columns ``code``, ``mask``, ``is_removed``, ``keys`` (arrays of texts, one a key column,
            as JSON), and per record, in the same order, ``formers`` and ``afters`` (objects of
            cells, for a restriction), ``containers`` and ``uploads`` (objects of texts).
        """
        picked = self._picked()
        acted = [self._acted(group, picked, n) for n, group in enumerate(self.groups())]
        every = union_all(*(select(*each.c) for each in acted)).subquery("acted")
        keys = [every.c[f"key_{n}"] for n in range(len(self.decisions.spec.key))]
        query = select(
            every.c.code,
            every.c.mask,
            every.c.is_removed,
            func.count().label("records"),
            *(func.array_agg(key).label(f"key_{n}") for n, key in enumerate(keys)),
            *(func.array_agg(every.c[name]).label(name) for name in self._extras()),
        ).group_by(every.c.code, every.c.mask, every.c.is_removed)
        return render(query)

    def groups(self) -> tuple[Group, ...]:
        """Put branches together that do the same."""
        found: list[Group] = []
        for code in self.decisions.acting:
            change = self.decisions.change(code)
            known = next((each for each in found if each.change == change), None)
            if known is None:
                found.append(Group(change, (code,)))
            else:
                found[found.index(known)] = Group(change, (*known.codes, code))
        return tuple(found)

    def touched(self) -> dict[int, tuple[str, ...]]:
        """Name the columns that each branch sets, by code."""
        return {
            code: columns_of(each.change)
            for each in self.groups()
            if each.change is not None
            for code in each.codes
        }

    @property
    def _table(self) -> Table:
        return self.catalogue.tables[self.decisions.spec.table]

    @property
    def _is_restriction(self) -> bool:
        return self.decisions.right is Right.RESTRICTION

    def _picked(self) -> CTE:
        """Lock the batch's records that are to be changed, and read what will be gone after."""
        spec = self.decisions.spec
        sent = sent_keys(spec, self._table, has_masks=self.is_noted)
        located = self._located(sent)
        mask = literal_column("1") if located.mask is None else located.mask
        code = self.decisions.code(Conditions(self.data_map, self.catalogue), located)
        acting: list[ColumnElement[int]] = [
            literal_column(str(each)) for each in self.decisions.acting
        ]
        own = [located.row.c[name].label(f"own_{n}") for n, name in enumerate(spec.key)]
        query: Query = select(
            *own,
            *key_texts(located.row, spec),
            mask.label("mask"),
            code.label("code"),
            *(part.label(name) for name, part in self._extra_parts(located, code).items()),
        )
        query = query.select_from(located.row.join(sent, is_sent(located.row, sent, spec)))
        query = query.where(located.where, code.in_(acting))
        query = query.where(subject_of_controller(self.data_map, self.catalogue))
        if (gone := self._gone()) and (others := self._interleaved()):
            query = query.where(not_(and_(code.in_(gone), self._bears(located.row, others))))
        return query.with_for_update(of=located.row).cte("picked")

    def _interleaved(self) -> tuple[str, ...]:
        name, right = self.decisions.name, self.decisions.right
        return interleaved_with(self.data_map, self.catalogue, name, right)

    def _bears(self, row: NamedFromClause, others: Sequence[str]) -> ColumnElement[bool]:
        """Ask whether rows of other record types lie under a row: it goes in a later turn."""
        locator, types = Locator(self.data_map, self.catalogue), self.data_map.record_types
        return lies_under(
            self.catalogue,
            self.decisions.spec.table,
            row,
            lambda node: or_(*(locator.of_type(node, types[each]) for each in others)),
        )

    def _located(self, sent: Subquery) -> Located:
        locator = Locator(self.data_map, self.catalogue)
        located = locator.recheck(self.decisions.name)
        if not self.is_noted:
            return located
        is_brought = sent.c.sent_mask != literal_column("0")
        of_type = locator.of_type(located.row, self.decisions.spec)
        where = and_(of_type, or_(is_brought, located.where))
        if located.mask is None:
            return replace(located, where=where)
        return replace(located, where=where, mask=sent.c.sent_mask.op("|")(located.mask))

    def _acted(self, group: Group, picked: CTE, number: int) -> CTE:
        spec = self.decisions.spec
        row = target(self.catalogue, spec.table)
        is_picked = and_(
            *(row.c[name] == picked.c[f"own_{n}"] for n, name in enumerate(spec.key)),
            picked.c.code.in_([literal_column(str(code)) for code in group.codes]),
        )
        shown: list[ColumnElement[Any]] = [picked.c[f"key_{n}"] for n in range(len(spec.key))]
        shown += [picked.c.mask, picked.c.code]
        removed = (true() if group.change is None else false()).label("is_removed")
        extras = [picked.c[name] for name in self._extras() if name != "afters"]
        if group.change is None:
            after: list[ColumnElement[Any]] = []
            if "afters" in self._extras():
                after.append(null().label("afters"))
            gone = delete(row).where(is_picked).returning(*shown, removed, *extras, *after)
            return gone.cte(f"acted_{number}")
        values = Setter(spec, self._table).assignments(group.change, row)
        after = [self._after(row)] if "afters" in self._extras() else []
        changed = update(row).where(is_picked).values(dict(values))
        return changed.returning(*shown, removed, *extras, *after).cte(f"acted_{number}")

    def _after(self, row: FromClause) -> ColumnElement[str]:
        return cast(object_of(row, self._table, self.kept_columns()), Text).label("afters")

    def kept_columns(self) -> tuple[str, ...]:
        """Name the columns whose former values are kept where a row stays.

        Where triggers may change others, all of them are.
        """
        if self._table.triggers:
            return tuple(self._table.columns)
        touched = [columns_of(each.change) for each in self.groups() if each.change is not None]
        return tuple(dict.fromkeys(name for columns in touched for name in columns))

    def _extras(self) -> list[str]:
        names = ["formers", "afters"] if self._is_restriction else []
        if self._deferred():
            names.append("containers")
        return [*names, "uploads"] if self._file_fields() else names

    def _extra_parts(
        self, located: Located, code: ColumnElement[int]
    ) -> dict[str, ColumnElement[Any]]:
        parts: dict[str, ColumnElement[Any]] = {}
        if self._is_restriction:
            parts["formers"] = self._former(located.row, code)
        if self._deferred():
            parts["containers"] = case(
                *(
                    (code == literal_column(str(each)), self._container(located.row, branch))
                    for each, branch in self._deferred().items()
                ),
                else_=null(),
            )
        if self._file_fields():
            parts["uploads"] = self._uploads(located.row, code)
        return parts

    def _former(self, row: NamedFromClause, code: ColumnElement[int]) -> ColumnElement[Any]:
        """All of a row that goes, else what is changed of it."""
        some = object_of(row, self._table, self.kept_columns())
        whole = object_of(row, self._table, self._table.columns)
        gone = self._gone()
        return cast(case((code.in_(gone), whole), else_=some) if gone else some, Text)

    def _gone(self) -> list[ColumnElement[int]]:
        """Give the codes of branches that delete."""
        codes = (code for each in self.groups() if each.change is None for code in each.codes)
        return [literal_column(str(each)) for each in codes]

    def _deferred(self) -> dict[int, Branch]:
        return {
            code: branch
            for code, branch in self.decisions.by_code.items()
            if code in self.decisions.acting and branch.rule.until is not None
        }

    def _container(self, row: NamedFromClause, branch: Branch) -> ColumnElement[Any]:
        if branch.rule.until is None:
            return null()
        columns = container_columns(self.data_map, branch.rule.until)
        texts = container_texts(row, columns)
        return cast(func.to_json(array(texts)), Text)

    def _file_fields(self) -> dict[str, str]:
        """Give the columns that name uploads; what can be restored needs its uploads."""
        return {} if self._is_restriction else file_columns(self.decisions.spec)

    def _uploads(self, row: NamedFromClause, code: ColumnElement[int]) -> ColumnElement[Any]:
        """Give the values of the columns that name uploads, where the record loses them."""
        parts: list[ColumnElement[Any]] = []
        for name, column in self._file_fields().items():
            losing: list[ColumnElement[int]] = [
                literal_column(str(each))
                for group in self.groups()
                if group.change is None or column in columns_of(group.change)
                for each in group.codes
            ]
            value = cast(row.c[column], Text)
            lost: ColumnElement[Any] = null()
            if losing:
                lost = case((code.in_(losing), value), else_=null())
            parts += [text_literal(name), lost]
        return cast(func.json_build_object(*parts), Text)
