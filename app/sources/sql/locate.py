"""Where the subject's records are: each record type's roles as one set-based query.

A record type with one role is located in its own ``WHERE``. With several roles, the keys of each
role are united and a bit per role tells in which parts a record names the subject.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.sql.selectable import FromClause, NamedFromClause

from app.domain.catalogue import Catalogue
from app.rules import led_roles
from app.sources.sql.bind import controller_key, subject_key
from app.sources.sql.concatenation import Part, joined
from app.sources.sql.effects.former import former_rows, is_vaulted
from app.sources.sql.tables import Query, condition, relation
from schemas.data_map import DataMap, RecordType, Role


@dataclass(frozen=True, slots=True)
class Located:
    """The subject's records of one record type, before anything is selected from them.

    Attributes:
        row: The record type's table.
        source: What to select from.
        where: What a row must meet.
        roles: The roles in order; bit ``n`` of ``mask`` is the nth.
        mask: The roles of a row, or None where there is one role only.
    """

    row: NamedFromClause
    source: FromClause
    where: ColumnElement[bool]
    roles: tuple[str, ...]
    mask: ColumnElement[int] | None


@dataclass(frozen=True, slots=True)
class Locator:
    """Compiles the roles of a data map's record types against a live catalogue."""

    data_map: DataMap
    catalogue: Catalogue

    def locate(self, name: str) -> Located:
        """Find the subject's records of a record type.

        Args:
            name: A record type of the map.
        """
        spec = self.data_map.record_types[name]
        row = relation(self.catalogue, spec.table).alias("t")
        if len(spec.roles) == 1:
            (role,) = spec.roles.values()
            where = and_(self.of_type(row, spec), self._in_role(row, spec, role))
            return Located(row, row, where, tuple(spec.roles), None)
        keys = self._keys_by_role(spec).subquery("located")
        joined = row.join(keys, and_(*(row.c[each] == keys.c[each] for each in spec.key)))
        mask: ColumnElement[int] = keys.c.role_mask
        return Located(row, joined, self.of_type(row, spec), tuple(spec.roles), mask)

    def locate_free(self, name: str) -> Located:
        """Find the records that no restriction of the subject holds: those of ``locate``, less these.

        Args:
            name: A record type of the map.
        """
        spec = self.data_map.record_types[name]
        located = self.locate(name)
        held = is_vaulted(located.row, self.catalogue.tables[spec.table], spec.key)
        return replace(located, where=and_(located.where, not_(held)))

    def locate_held(self, name: str) -> Located:
        """Give the records of the vault chunk in the settings, as they were before the restriction.

        What led to them does not lead there any more, and is believed; whom their own columns name is asked.

        Args:
            name: A record type of the map.
        """
        spec = self.data_map.record_types[name]
        table = self.catalogue.tables[spec.table]
        row = former_rows(self.catalogue, table, spec.key, self._named(spec)).subquery("t")
        mask = row.c.vault_mask.op("&")(literal_column(str(led_roles(spec))))
        for position, role in enumerate(spec.roles.values()):
            if role.via is None:
                mask = mask.op("|")(_bit(self._in_role(row, spec, role), position))
        where = mask != literal_column("0")
        return Located(row, row, where, tuple(spec.roles), mask if len(spec.roles) > 1 else None)

    def _named(self, spec: RecordType) -> frozenset[str]:
        """Give every word of a record type and of what its rules may ask: its columns are among them."""
        asked = [each.model_dump() for each in self.data_map.audiences.values()]
        return frozenset({self.data_map.subject.key, *words_in([spec.model_dump(), *asked])})

    def recheck(self, name: str, row: NamedFromClause | None = None) -> Located:
        """Tell the subject's records among rows that are given, role by role in place.

        Where few rows are looked at, this costs by them; ``locate`` costs by the subject's records.

        Args:
            name: A record type of the map.
            row: Its table, where it has a name in the statement already.
        """
        spec = self.data_map.record_types[name]
        row = relation(self.catalogue, spec.table).alias("t") if row is None else row
        of_type = self.of_type(row, spec)
        in_roles = [self._in_role(row, spec, role) for role in spec.roles.values()]
        if len(in_roles) == 1:
            return Located(row, row, and_(of_type, in_roles[0]), tuple(spec.roles), None)
        bits = [_bit(is_in, position) for position, is_in in enumerate(in_roles)]
        mask: ColumnElement[int] = bits[0]
        for bit in bits[1:]:
            mask = mask.op("|")(bit)
        return Located(row, row, and_(of_type, or_(*in_roles)), tuple(spec.roles), mask)

    def _keys_by_role(self, spec: RecordType) -> Query:
        parts = []
        for position, role in enumerate(spec.roles.values()):
            row = relation(self.catalogue, spec.table).alias("t")
            bit: ColumnElement[int] = literal_column(str(1 << position)).label("role_bit")
            parts.append(
                select(*(row.c[each] for each in spec.key), bit).where(
                    self.of_type(row, spec), self._in_role(row, spec, role)
                )
            )
        united = union_all(*parts).subquery("by_role")
        keys = [united.c[each] for each in spec.key]
        return select(*keys, func.bit_or(united.c.role_bit).label("role_mask")).group_by(*keys)

    def of_type(self, row: NamedFromClause, spec: RecordType) -> ColumnElement[bool]:
        """Ask what makes a row one of a record type, and of this controller.

        Args:
            row: The record type's table.
            spec: The record type.
        """
        parts: list[ColumnElement[bool]] = []
        if spec.where is not None:
            parts.append(condition(row, spec.where))
        if spec.controller is not None:
            column = self.catalogue.tables[spec.table].columns[spec.controller]
            parts.append(row.c[spec.controller] == controller_key(column))
        return and_(literal_column("true"), *parts)

    def _in_role(self, row: NamedFromClause, spec: RecordType, role: Role) -> ColumnElement[bool]:
        parts = [] if role.where is None else [condition(row, role.where)]
        if role.column is not None:
            column = self.catalogue.tables[spec.table].columns[role.column]
            parts.append(row.c[role.column] == subject_key(column))
        if role.via is not None and role.match is not None:
            mine = [row.c[each] for each in role.match]
            theirs = self._matching(role.via, role.via_roles, tuple(role.match.values()))
            parts.append(tuple_(*mine).in_(theirs) if len(mine) > 1 else mine[0].in_(theirs))
        return and_(*parts)

    def _matching(self, name: str, only: tuple[str, ...] | None, columns: tuple[str, ...]) -> Query:
        """The values of some columns over the subject's records of a record type."""
        spec = self.data_map.record_types[name]
        parts = []
        for role_name, role in spec.roles.items():
            if only is not None and role_name not in only:
                continue
            row = relation(self.catalogue, spec.table).alias()
            parts.append(
                select(*(row.c[each] for each in columns)).where(
                    self.of_type(row, spec), self._in_role(row, spec, role)
                )
            )
        if len(parts) == 1:
            return parts[0]
        united = union_all(*parts).subquery()
        return select(*united.c)


def _bit(is_in: ColumnElement[bool], position: int) -> ColumnElement[int]:
    return case((is_in, literal_column(str(1 << position))), else_=literal_column("0"))


def words_in(part: object) -> Iterator[str]:
    """Go through every key and text in a part of a data map, paths step by step."""
    match part:
        case str():
            yield from (part, *part.split("."))
        case dict():
            yield from words_in([*part, *part.values()])
        case list() | tuple():
            for each in part:
                yield from words_in(each)
        case _:
            return


def role_names(located: Located) -> Part:
    """Give a record's roles as text, separated by spaces."""
    if located.mask is None:
        return located.roles[0]
    names = [
        func.substr(literal(f" {name}"), literal(1), _present(located.mask, position) * 65)
        for position, name in enumerate(located.roles)
    ]
    return func.substr(joined(*names), literal(2))


def _present(mask: ColumnElement[int], position: int) -> ColumnElement[int]:
    """1 where the bit is set, else 0."""
    return mask.op(">>")(literal(position)).op("&")(literal(1))
