"""Who counts as living when a rule asks who is left.

Reference:
    ``docs/effects.md``, "What conditions see".
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    and_,
    cast,
    exists,
    func,
    literal,
    not_,
    null,
    select,
    true,
)
from sqlalchemy.sql.selectable import FromClause, NamedFromClause

from app.domain.catalogue import Catalogue, Column
from app.sources.sql.bind import (
    REMNANTS_SETTING,
    STAND_IN_SETTING,
    controller_key,
    key_type,
    subject_key,
)
from app.sources.sql.tables import condition, matched, relation
from schemas.data_map import Audience, DataMap, EveryoneWhere


@dataclass(frozen=True, slots=True)
class Living:
    """Asks for persons of the controller who are neither the subject, the stand-in nor a remnant.

    Attributes:
        data_map: The map.
        catalogue: The live catalogue of the subject's source.
    """

    data_map: DataMap
    catalogue: Catalogue

    def names(self, key: ColumnElement[Any]) -> ColumnElement[bool]:
        """Ask whether a column names a living person.

        Args:
            key: A column that holds keys of persons.
        """
        person = self._person()
        same = person.c[self.data_map.subject.key] == key
        return exists(select(literal(1)).select_from(person).where(same, self._counts(person)))

    def is_gone(self, key: ColumnElement[Any]) -> ColumnElement[bool]:
        """Ask whether a column names nobody, or one whose erasure is done; at any controller.

        Args:
            key: A column that holds keys of persons.
        """
        person = relation(self.catalogue, self.data_map.subject.table).alias("present")
        own = person.c[self.data_map.subject.key]
        present = select(literal(1)).select_from(person).where(own == key)
        return not_(exists(present.where(not_(self.is_nobody(own)))))

    def is_nobody(self, key: ColumnElement[Any]) -> ColumnElement[bool]:
        """Ask whether a column names the controller's stand-in or one of its remnants."""
        columns = self.catalogue.tables[self.data_map.subject.table].columns
        return key == func.any(_nobody(columns[self.data_map.subject.key]))

    def is_in(self, name: str, row: FromClause) -> ColumnElement[bool]:
        """Ask whether an audience of a record holds a living person.

        Args:
            name: An audience of the map.
            row: The record's table.
        """
        audience = self.data_map.audiences[name]
        if audience.any_ is None:
            return self._is_in_one(audience, row)
        parts = [
            and_(condition(row, part.everyone).is_(true()), self._anybody())
            if isinstance(part, EveryoneWhere)
            else self.is_in(part, row)
            for part in audience.any_
        ]
        asked = parts[0]
        for part in parts[1:]:
            asked |= part
        return asked

    def _is_in_one(self, audience: Audience, row: FromClause) -> ColumnElement[bool]:
        member = relation(self.catalogue, audience.table or "").alias("member")
        person = self._person()
        query = (
            select(literal(1))
            .select_from(member.join(person, self._same_person(audience, member, person)))
            .where(matched(row, member, audience.match or {}), self._counts(person))
        )
        if audience.where is not None:
            query = query.where(condition(member, audience.where))
        return exists(query)

    def _same_person(
        self, audience: Audience, member: NamedFromClause, person: NamedFromClause
    ) -> ColumnElement[bool]:
        return person.c[self.data_map.subject.key] == member.c[audience.person or ""]

    def _anybody(self) -> ColumnElement[bool]:
        person = self._person()
        return exists(select(literal(1)).select_from(person).where(self._counts(person)))

    def _person(self) -> NamedFromClause:
        return relation(self.catalogue, self.data_map.subject.table).alias("living")

    def _counts(self, person: NamedFromClause) -> ColumnElement[bool]:
        subject = self.data_map.subject
        columns = self.catalogue.tables[subject.table].columns
        key, column = person.c[subject.key], columns[subject.key]
        parts = [key.is_distinct_from(subject_key(column)), not_(self.is_nobody(key))]
        if subject.controller is not None:
            parts.append(
                person.c[subject.controller] == controller_key(columns[subject.controller])
            )
        if subject.where is not None:
            parts.append(condition(person, subject.where))
        return and_(*parts)


def stand_in_key(column: Column) -> ColumnElement[Any]:
    """Give the key of the controller's stand-in, typed to be written to or compared with a column.

    Args:
        column: A column that holds keys of persons.
    """
    setting = func.current_setting(literal(STAND_IN_SETTING))
    return select(cast(func.nullif(setting, literal("")), key_type(column))).scalar_subquery()


def _nobody(column: Column) -> ColumnElement[Any]:
    """The keys of the stand-in and of every remnant, as an array without NULL."""
    keys = ARRAY(key_type(column))
    listed = cast(func.current_setting(literal(REMNANTS_SETTING)), keys)
    own = func.nullif(func.current_setting(literal(STAND_IN_SETTING)), literal(""))
    both = func.array_remove(func.array_append(listed, cast(own, key_type(column))), null())
    return cast(select(both).scalar_subquery(), keys)  # the cast keeps ANY from reading rows
