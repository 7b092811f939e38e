"""The statements that carry out what deferrals waited for.

Reference:
    ``docs/effects.md``, "Deferrals".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql.selectable import FromClause, NamedFromClause, Subquery

from app.conditions import container_columns
from app.domain.catalogue import Catalogue, Table
from app.domain.errors import IntegrityViolation
from app.rules import Branch, change_of, columns_of, rules_for
from app.sources.sql.effects.cells import object_of, text_of
from app.sources.sql.effects.changes import Setter, assignments
from app.sources.sql.effects.conditions import Conditions, is_plain
from app.sources.sql.effects.containers import sent_containers
from app.sources.sql.effects.dependence import Dependence
from app.sources.sql.effects.exceptions import Exceptions
from app.sources.sql.effects.keys import is_sent, key_texts, sent_keys
from app.sources.sql.effects.living import Living
from app.sources.sql.effects.trees import lies_under, refers
from app.sources.sql.effects.uploads import file_columns
from app.sources.sql.locate import Locator
from app.sources.sql.tables import (
    condition,
    holds_values,
    relation,
    render,
    target,
    text_literal,
)
from schemas.data_map import Change, Condition, DataMap, RecordType
from schemas.vocabulary import Effect, Right


@dataclass(frozen=True, slots=True)
class ReleaseSql:
    """The statements that release one branch, as ``Release`` describes them."""

    released: str
    candidates: str
    act: str
    waiting: str


@dataclass(frozen=True, slots=True)
class Release:
    """Compiles the release of one branch.

    Attributes:
        data_map: The map that the deferrals were made under.
        catalogue: The live catalogue.
        name: The record type.
        branch: With ``until`` and ``then``.
    """

    data_map: DataMap
    catalogue: Catalogue
    name: str
    branch: Branch

    def sql(self) -> ReleaseSql:
        """Give all of its statements."""
        return ReleaseSql(self.released(), self.candidates(), self.act(), self.waiting())

    @property
    def columns(self) -> tuple[str, ...]:
        """The container's columns."""
        return container_columns(self.data_map, self._until)

    def released(self) -> str:
        """Tell of which containers ``until`` holds: ``$1`` numbers, then the container's columns."""
        sent = sent_containers(self._table, self.columns)
        holds = self._conditions.compile(self._until, sent, self._spec.table)
        return render(select(sent.c.number).where(holds, *self._nothing_held_in(sent)))

    def _nothing_held_in(self, sent: Subquery) -> Iterator[ColumnElement[bool]]:
        """Ask that no record of a container bears something held: else it would be forgotten for good."""
        row = self._row()
        for bears_nothing in self._bears_nothing_held(row):
            of_type = Locator(self.data_map, self.catalogue).of_type(row, self._spec)
            found = select(literal(1)).select_from(row)
            bearing = found.where(self._is_in(row, sent), of_type, not_(bears_nothing))
            yield not_(exists(bearing))

    def candidates(self) -> str:
        """Give the keys of the records in released containers; parameters as ``released``."""
        sent = sent_containers(self._table, self.columns)
        row = self._row()
        query = select(*key_texts(row, self._spec)).distinct()
        query = query.select_from(row.join(sent, self._is_in(row, sent)))
        return render(query.where(self._follows(row)))

    def act(self) -> str:
        """Carry ``then`` out on a batch of keys: columns ``key_0``, …, ``uploads``."""
        spec, row = self._spec, self._row()
        sent = sent_keys(spec, self._table)
        own = [row.c[name].label(f"own_{n}") for n, name in enumerate(spec.key)]
        uploads = self._uploads(row).label("uploads")
        change = self._change()
        was = self._looks(row, change).label("was")
        query = select(*own, *key_texts(row, spec), uploads, was)
        query = query.select_from(row.join(sent, is_sent(row, sent, spec)))
        until = self._conditions.compile(self._until, row, spec.table)
        # As one value: a NOT EXISTS that becomes a join is not asked again of a row whose lock was
        # waited for, as it is then.
        follows = and_(self._follows(row), until, *self._is_borne_by_none(row, sent))
        query = query.where(follows.is_(true()))
        picked = query.with_for_update(of=row).cte("picked")
        row_to_change = target(self.catalogue, spec.table)
        is_picked = and_(
            *(row_to_change.c[name] == picked.c[f"own_{n}"] for n, name in enumerate(spec.key))
        )
        shown = [*(picked.c[f"key_{n}"] for n in range(len(spec.key))), picked.c.uploads]
        if change is None:
            acted = delete(row_to_change).where(is_picked).returning(*shown).cte("acted")
        else:
            values = self._assignments(change, row_to_change)
            changed = update(row_to_change).where(is_picked).values(values)
            is_changed = self._looks(row_to_change, change).is_distinct_from(picked.c.was)
            acted = changed.returning(*shown, is_changed.label("is_changed")).cte("acted")
            # What a trigger of the LMS spells otherwise each time is not told each time.
            return render(select(*list(acted.c)[:-1]).where(acted.c.is_changed))
        return render(select(*acted.c))

    def _looks(self, row: FromClause, change: Change | None) -> ColumnElement[Any]:
        """What a change sets of a record, as it is."""
        return object_of(row, self._table, () if change is None else columns_of(change))

    def waiting(self) -> str:
        """Tell which containers still hold what the rule left; parameters and column as ``released``.

        Whatever keeps it: somebody living whom it names beside, an exception, a row that refers to it,
        a restriction.
        """
        sent = sent_containers(self._table, self.columns)
        row = self._row()
        left = and_(self._is_of_rule(row), *self._names_nobody_in_role(row), self._is_to_do(row))
        found = select(literal(1)).select_from(row).where(self._is_in(row, sent), left)
        return render(select(sent.c.number).where(exists(found)))

    @property
    def _spec(self) -> RecordType:
        return self.data_map.record_types[self.name]

    @property
    def _table(self) -> Table:
        return self.catalogue.tables[self._spec.table]

    @property
    def _until(self) -> Condition:
        if self.branch.rule.until is None:
            raise IntegrityViolation("a deferral names a rule that defers nothing")
        return self.branch.rule.until

    @property
    def _conditions(self) -> Conditions:
        return Conditions(self.data_map, self.catalogue)

    @property
    def _setter(self) -> Setter:
        return Setter(self._spec, self._table)

    def _row(self) -> NamedFromClause:
        return relation(self.catalogue, self._spec.table).alias("t")

    def _change(self) -> Change | None:
        if self.branch.rule.then is not Effect.ANONYMISE:
            return None
        return change_of(self._spec, self.branch.rule, Effect.ANONYMISE)

    def _follows(self, row: NamedFromClause) -> ColumnElement[bool]:
        """What a record must meet beside lying in the container."""
        living = Living(self.data_map, self.catalogue)
        gone = [living.is_gone(row.c[name]) for name in self._setter.persons()]
        left = (self._is_of_rule(row), self._is_excepted_by_none(row), self._is_to_do(row))
        return and_(*left, *gone, *self._bears_nothing_held(row))

    def _names_nobody_in_role(self, row: NamedFromClause) -> Iterator[ColumnElement[bool]]:
        """Ask that the column by which the record named whom it waited for names nobody any more.

        Not of what is kept with the name: whose erasure is at work counts as living meanwhile.
        """
        column = self._spec.roles[self.branch.role].column
        if column is not None and self.branch.rule.effect is not Effect.KEEP:
            yield Living(self.data_map, self.catalogue).is_gone(row.c[column])

    def _is_to_do(self, row: NamedFromClause) -> ColumnElement[bool]:
        """Ask whether ``then`` would still change a record: what it has anonymised is not done again."""
        change = self._change()
        if change is None:
            return true()
        columns = self._table.columns
        return or_(
            *(
                text_of(row.c[name], columns[name]).is_distinct_from(
                    cast(text_of(value, columns[name]), Text)
                )
                for name, value in self._assignments(change, row).items()
            )
        )

    def _bears_nothing_held(self, row: NamedFromClause) -> Iterator[ColumnElement[bool]]:
        dependence = Dependence.of(self.data_map, self.catalogue, self.name)
        is_deleted = self.branch.rule.then is Effect.DELETE
        if dependence is None:
            return
        hangs = dependence.of_row(row, is_deleted=is_deleted)
        if hangs is not None:
            yield not_(hangs)

    def _is_borne_by_none(
        self, row: NamedFromClause, sent: Subquery
    ) -> Iterator[ColumnElement[bool]]:
        """Leave what the database would not let go: rows that stay, or go later, refer to it."""
        if self.branch.rule.then is not Effect.DELETE:
            return
        for name in {spec.table for spec in self.data_map.record_types.values()}:
            table = self.catalogue.tables.get(name)
            keys = table.foreign_keys if table is not None else ()
            refusing = [e for e in keys if e.references == self._spec.table and e.is_refusing]
            if refusing and name == self._spec.table:
                yield not_(lies_under(self.catalogue, name, row, partial(self._stays, sent)))
                continue
            for key in refusing:
                other = relation(self.catalogue, name).alias()
                is_on = refers(key, other, row)
                yield not_(exists(select(literal(1)).select_from(other).where(is_on)))

    def _stays(self, sent: Subquery, row: NamedFromClause) -> ColumnElement[bool]:
        """Ask whether a row does not go with the batch that was sent."""
        is_among = exists(
            select(literal(1)).select_from(sent).where(is_sent(row, sent, self._spec))
        )
        until = self._conditions.compile(self._until, row, self._spec.table)
        return and_(is_among, self._follows(row), until).is_not(true())

    def _is_of_rule(self, row: NamedFromClause) -> ColumnElement[bool]:
        """Leave records to the role and rule that decided them, as far as their columns still tell."""
        of_role = self._spec.roles[self.branch.role].where
        parts = [
            not_(self._conditions.compile(asked, row, self._spec.table))
            for asked in self._asked_before()
            if is_plain(asked)
        ]
        if of_role is not None:
            parts.append(condition(row, of_role).is_(true()))
        own = self.branch.rule.when
        if own is not None and own.is_ is not None:
            parts.append(holds_values(row, own.is_).is_(true()))
        return and_(Locator(self.data_map, self.catalogue).of_type(row, self._spec), *parts)

    def _is_excepted_by_none(self, row: NamedFromClause) -> ColumnElement[bool]:
        """Leave records to exceptions of Art. 17(3), of the role itself and of others."""
        own = (
            self._conditions.compile(asked, row, self._spec.table)
            for asked in self._asked_before(is_exception=True)
        )
        others = Exceptions(self.data_map, self.catalogue, self._spec).keep(row, self.branch.role)
        return and_(true(), *map(not_, (*own, *others)))

    def _asked_before(self, *, is_exception: bool = False) -> Iterator[Condition]:
        """Give what the role's earlier rules ask, perhaps of exceptions only."""
        role = self._spec.roles[self.branch.role]
        rules = rules_for(self._spec, role, Right.ERASURE) or ()
        for rule in rules[: self.branch.position]:
            if rule.when is not None and (rule.article is not None or not is_exception):
                yield rule.when

    def _is_in(self, row: NamedFromClause, sent: Subquery) -> ColumnElement[bool]:
        """In the container; or, of ours beyond doubt, in one that was emptied, or lost its name, since."""
        persons = self._setter.persons()
        emptied = [name for name in self.columns if self._table.columns[name].is_nullable]
        equal = {name: row.c[name] == sent.c[name] for name in self.columns}
        # Spelled so that an index serves either part, as it would not for IS NOT DISTINCT FROM.
        both_empty = {name: row.c[name].is_(None) & sent.c[name].is_(None) for name in emptied}
        same = or_(
            and_(
                *(or_(each, both_empty[n]) if n in emptied else each for n, each in equal.items())
            ),
            *self._has_lost_its_name(row, equal),
        )
        if not persons or not emptied:
            return same
        living = Living(self.data_map, self.catalogue)
        is_ours = or_(*(living.is_nobody(row.c[name]) for name in persons))
        loose = and_(
            *(or_(each, row.c[n].is_(None)) if n in emptied else each for n, each in equal.items())
        )
        return or_(same, and_(is_ours, loose))

    def _has_lost_its_name(
        self, row: NamedFromClause, equal: Mapping[str, ColumnElement[bool]]
    ) -> Iterator[ColumnElement[bool]]:
        """Find again what waited for a person whose own erasure took the name away."""
        own = self._spec.roles[self.branch.role].column
        taken = {*self._setter.persons()} & equal.keys() - {own}
        if own is not None and taken:
            is_nobody = Living(self.data_map, self.catalogue).is_nobody
            found = (
                or_(each, is_nobody(row.c[n])) if n in taken else each for n, each in equal.items()
            )
            yield and_(is_nobody(row.c[own]), *found)

    def _assignments(self, change: Change, row: NamedFromClause) -> dict[str, ColumnElement[Any]]:
        """Every person that a column names is gone; a column that names nobody stays empty."""
        persons = self._setter.persons()
        return {
            name: case((row.c[name].is_not(None), value), else_=row.c[name])
            if name in persons
            else value
            for name, value in assignments(self._table, change).items()
        }

    def _uploads(self, row: NamedFromClause) -> ColumnElement[str]:
        change = self._change()
        lost = {
            name: column
            for name, column in file_columns(self._spec).items()
            if change is None or column in columns_of(change)
        }
        parts = [
            part
            for name, column in lost.items()
            for part in (text_literal(name), cast(row.c[column], Text))
        ]
        return cast(func.json_build_object(*parts), Text)
