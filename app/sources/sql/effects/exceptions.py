"""What others' records are kept for by an exception of Art. 17(3) stays, whatever waited for it.

Reference:
    GDPR Art. 17(3); ``docs/effects.md``, "Deferrals".
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, literal, not_, or_, select, true
from sqlalchemy.sql.selectable import NamedFromClause

from app.domain.catalogue import Catalogue
from app.rules import HeldRule, rules_for
from app.sources.sql.effects.conditions import Conditions, is_plain
from app.sources.sql.effects.living import stand_in_key
from app.sources.sql.locate import Locator
from app.sources.sql.tables import condition, holds_values, matched, relation
from schemas.data_map import Condition, DataMap, RecordType, Role, Rule
from schemas.vocabulary import Right


@dataclass(frozen=True, slots=True)
class Exceptions:
    """Asks of rows of one record type whether a role's rules keep them by an exception.

    Attributes:
        data_map: The map.
        catalogue: The live catalogue.
        spec: The record type.
    """

    data_map: DataMap
    catalogue: Catalogue
    spec: RecordType

    def keep(self, row: NamedFromClause, but: str) -> Iterator[ColumnElement[bool]]:
        """Ask for each role that knows an exception whether a row is kept by it.

        Whom the row still names in the role, no other rule has acted on: in doubt it is the exception
        that kept it.

        Args:
            row: The record type's table.
            but: A role that is not asked.
        """
        for name, role in self.spec.roles.items():
            holding = self._holding(row, role)
            if name != but and holding:
                yield and_(self._names_somebody(row, self.spec, role), or_(*holding)).is_(true())

    def _holding(self, row: NamedFromClause, role: Role) -> list[ColumnElement[bool]]:
        holding: list[ColumnElement[bool]] = []
        earlier: list[ColumnElement[bool]] = []
        for rule in rules_for(self.spec, role, Right.ERASURE) or ():
            if rule.article is not None and not isinstance(rule, HeldRule):
                holding.append(and_(true(), *earlier, *self._decides(row, rule)))
            if rule.when is not None and is_plain(rule.when):
                earlier.append(not_(self._asked(row, rule.when)))
        return holding

    def _decides(self, row: NamedFromClause, rule: Rule) -> Iterator[ColumnElement[bool]]:
        if rule.when is not None and is_plain(rule.when):
            yield self._asked(row, rule.when)
        elif rule.when is not None:  # the rest was asked when the person was erased
            yield holds_values(row, rule.when.is_ or {})
        if rule.until is not None:
            yield not_(self._asked(row, rule.until))

    def _asked(self, row: NamedFromClause, asked: Condition) -> ColumnElement[bool]:
        return Conditions(self.data_map, self.catalogue).compile(asked, row, self.spec.table)

    def _names_somebody(
        self, row: NamedFromClause, spec: RecordType, role: Role
    ) -> ColumnElement[bool]:
        """Ask whether a row names anybody in a role, living or not, but for the stand-in."""
        parts = [] if role.where is None else [condition(row, role.where)]
        if role.column is not None:
            named = row.c[role.column]
            column = self.catalogue.tables[spec.table].columns[role.column]
            parts += [named.is_not(None), named.is_distinct_from(stand_in_key(column))]
        if role.via is not None:
            parts.append(self._is_led_to(row, role, self.data_map.record_types[role.via]))
        return and_(true(), *parts)

    def _is_led_to(self, row: NamedFromClause, role: Role, via: RecordType) -> ColumnElement[bool]:
        other = relation(self.catalogue, via.table).alias()
        named = [
            self._names_somebody(other, via, each)
            for name, each in via.roles.items()
            if role.via_roles is None or name in role.via_roles
        ]
        of_type = Locator(self.data_map, self.catalogue).of_type(other, via)
        found = select(literal(1)).select_from(other)
        return exists(found.where(matched(row, other, role.match or {}), of_type, or_(*named)))
