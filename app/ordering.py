"""In which order the record types of a source are worked.

Reference:
    ``docs/effects.md``, "The order of effects", 2.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.domain.catalogue import Catalogue, ForeignKey, Table
from app.domain.errors import SourceFailure
from app.references import follow, referred_tables
from app.rules import Branch, branches_of, change_of, columns_of
from schemas.data_map import Condition, DataMap, RecordType
from schemas.vocabulary import Effect, Right


@dataclass(frozen=True, slots=True)
class Order:
    """The order of effects on one source.

    Attributes:
        names: The record types with rules, in order, without those of the subject's own row.
        noted: Those whose keys are noted. An erasure notes them before anything is done: what they
            are located via goes before them, because it refers to them. A restriction notes those
            it keeps: what they are located via does not name the subject any more after it.
        persons: The record types of the subject's own row, which come last.
        interleaved: Record types of one table that refers to itself, of several of which rows may go:
            they lie over each other both ways, and are worked in turn. Each group in order.
    """

    names: tuple[str, ...]
    noted: frozenset[str]
    persons: tuple[str, ...]
    interleaved: tuple[tuple[str, ...], ...]

    def turns(self, name: str) -> tuple[str, ...]:
        """Name those to be worked in turn once this record type was; none where it is not the last of them."""
        return next((each for each in self.interleaved if each[-1] == name), ())


def order_of(data_map: DataMap, catalogue: Catalogue, source: str, right: Right) -> Order:
    """Put a source's record types into the order of effects.

    What refers to another whose rows may go comes before it: the database wants it so. What is
    located ``via`` another comes before that one too, where the database allows; where it does not
    (a conversation is found through its members, and members refer to it), its keys are noted.
    Audience and container tables come as late as that allows, and all else as the map lists it.

    Args:
        data_map: A map without errors.
        catalogue: The source's live catalogue.
        source: Its name.
        right: ``restriction`` or ``erasure``.

    Raises:
        SourceFailure: Record types refer to each other in a circle.
    """
    types = _Types(data_map, right, catalogue, source)
    after = {name: types.referred(name) for name in types.specs}
    noted = set()
    for name in types.specs:
        for via in types.located_through(name):
            if _leads(after, via, name):
                noted.add(name)
            else:
                after[name].add(via)
    persons = person_types(data_map, right) if source == data_map.subject.source else ()
    if right is Right.RESTRICTION:
        noted = {name for name in types.specs if types.loses_trace(name)}
    names = tuple(_sorted(types, after, source))
    groups = {
        tuple(
            each
            for each in names
            if each in {name, *interleaved_with(data_map, catalogue, name, right)}
        )
        for name in names
    }
    interleaved = sorted(each for each in groups if len(each) > 1)
    return Order(names, frozenset(noted), persons, tuple(interleaved))


def interleaved_with(
    data_map: DataMap, catalogue: Catalogue, name: str, right: Right
) -> tuple[str, ...]:
    """Name the record types of the same table whose rows may lie between those of a record type.

    None where the table does not refer to itself, or lets go by itself of what is deleted.

    Args:
        data_map: Any.
        catalogue: The record type's source's.
        name: The record type.
        right: ``restriction`` or ``erasure``.
    """
    spec, own = data_map.record_types[name], data_map.subject.source
    table = catalogue.tables.get(spec.table)
    if table is None or not within(table) or not may_go(spec, right):
        return ()
    return tuple(
        other
        for other, each in data_map.record_types.items()
        if other != name
        and (each.table, each.source or own) == (spec.table, spec.source or own)
        and may_go(each, right)
    )


def within(table: Table) -> tuple[ForeignKey, ...]:
    """Give the foreign keys by which a table refers to itself and keeps what is referred to."""
    return tuple(
        each for each in table.foreign_keys if each.references == table.name and each.is_refusing
    )


def person_types(data_map: DataMap, right: Right) -> tuple[str, ...]:
    """Name the record types over the table of persons that have rules, as the map lists them.

    Args:
        data_map: Any.
        right: ``restriction`` or ``erasure``.
    """
    return tuple(
        name
        for name, spec in data_map.record_types.items()
        if _is_person(data_map, spec) and branches_of(spec, right)
    )


def may_go(spec: RecordType, right: Right) -> bool:
    """Say whether rows of a record type may be deleted, at once, later, or into the vault.

    Args:
        spec: The record type.
        right: ``restriction`` or ``erasure``.
    """
    for branch in branches_of(spec, right):
        rule = branch.rule
        change = change_of(spec, rule, rule.effect)
        if Effect.DELETE in {rule.effect, rule.then} or (change is not None and change.remove):
            return True
    return False


def asked_by(branches: tuple[Branch, ...]) -> Iterator[Condition]:
    """Go through every condition of some branches, those within ``not`` included.

    Args:
        branches: Any.
    """
    for branch in branches:
        for outer in (branch.rule.when, branch.rule.until):
            asked = outer
            while asked is not None:
                yield asked
                asked = asked.not_


def _is_person(data_map: DataMap, spec: RecordType) -> bool:
    subject = data_map.subject
    return spec.table == subject.table and spec.source in {None, subject.source}


class _Types:
    """The record types of a source that have rules, as the map lists them."""

    def __init__(self, data_map: DataMap, right: Right, catalogue: Catalogue, source: str) -> None:
        self._data_map = data_map
        self._right = right
        self._catalogue = catalogue
        own = data_map.subject.source
        self.specs = {
            name: spec
            for name, spec in data_map.record_types.items()
            if (spec.source or own) == source
            and not _is_person(data_map, spec)
            and branches_of(spec, right)
        }
        audiences = data_map.audiences.values() if source == own else ()
        self._late = {each.table for each in audiences if each.table} | self._containers()

    def is_late(self, name: str) -> bool:
        """Say whether a record type comes next to last."""
        return self.specs[name].table in self._late

    def referred(self, name: str) -> set[str]:
        """Name the record types that a record type refers to and whose rows may go."""
        tables = self._referred_tables(self.specs[name].table)
        return {
            other
            for other, spec in self.specs.items()
            if spec.table in tables and may_go(spec, self._right)
        }

    def located_through(self, name: str) -> tuple[str, ...]:
        """Name everything that a record type is located via, the nearest first."""
        found: list[str] = []
        waiting = self._vias(name)
        while waiting:
            found += waiting
            further = [via for each in waiting for via in self._vias(each)]
            waiting = [via for via in dict.fromkeys(further) if via not in {name, *found}]
        return tuple(found)

    def loses_trace(self, name: str) -> bool:
        """Say whether something that a record type is located via may cease to name the subject."""
        return any(self._may_lose_name(via) for via in self.located_through(name))

    def _may_lose_name(self, name: str) -> bool:
        spec = self.specs[name]
        named = {role.column for role in spec.roles.values()}
        changes = (
            change_of(spec, each.rule, each.rule.effect) for each in branches_of(spec, self._right)
        )
        return any(each and (each.remove or named & set(columns_of(each))) for each in changes)

    def _vias(self, name: str) -> list[str]:
        vias = (role.via for role in self.specs[name].roles.values())
        return [via for via in dict.fromkeys(vias) if via in self.specs and via != name]

    def _containers(self) -> set[str]:
        return {
            table
            for spec in self.specs.values()
            for asked in asked_by(branches_of(spec, self._right))
            for path in asked.container_gone or ()
            for table, _ in follow(self._data_map, self._catalogue, (spec.table, path))
        }

    def _referred_tables(self, start: str) -> set[str]:
        """Name the tables of record types that a table refers to, through others if need be."""
        tables = {spec.table for spec in self.specs.values()}
        found: set[str] = set()
        waiting = [start]
        while waiting:
            table = waiting.pop()
            if table != start and (table in tables or table == self._data_map.subject.table):
                continue
            for other in referred_tables(self._data_map, self._catalogue, table):
                if other not in found:
                    found.add(other)
                    waiting.append(other)
        return (found & tables) - {start}


def _leads(after: Mapping[str, set[str]], start: str, goal: str) -> bool:
    """Say whether ``goal`` has to come after ``start``."""
    waiting, seen = [start], {start}
    while waiting:
        following = after[waiting.pop()]
        if goal in following:
            return True
        waiting += following - seen
        seen |= following
    return False


def _sorted(types: _Types, after: Mapping[str, set[str]], source: str) -> Iterator[str]:
    waiting = sorted(types.specs, key=types.is_late)  # stable: else as the map lists them
    while waiting:
        blocked = set().union(*(after[name] for name in waiting))
        free = next((name for name in waiting if name not in blocked), None)
        if free is None:
            circle = " → ".join(_circle(after, waiting))
            detail = f"record types refer to each other in a circle, none can go first: {circle}"
            raise SourceFailure(source, detail, transient=False)
        yield free
        waiting.remove(free)


def _circle(after: Mapping[str, set[str]], waiting: list[str]) -> list[str]:
    """Go back to what comes before, among those that wait for each other, until one returns."""
    chain = [waiting[0]]
    while chain.count(chain[-1]) == 1:
        chain.append(next(name for name in waiting if chain[-1] in after[name]))
    return chain[chain.index(chain[-1]) :][::-1]
