"""Ways through a data map: every role, every rule and every condition with its place."""

from collections.abc import Iterator
from typing import NamedTuple

from app.datamap.document import Path
from app.references import Place, place_of
from schemas.data_map import Change, Condition, DataMap, RecordType, Role, Rule
from schemas.vocabulary import Effect


class PlacedRole(NamedTuple):
    """A role of a record type."""

    path: Path
    type_name: str
    record_type: RecordType
    name: str
    role: Role


class PlacedRules(NamedTuple):
    """The rules that stand in one place: a role's, or a record type's for all its roles."""

    path: Path
    type_name: str
    record_type: RecordType
    right: str
    rules: tuple[Rule, ...]


class PlacedCondition(NamedTuple):
    """A condition inside a rule, those within ``not`` included."""

    path: Path
    record_type: RecordType
    condition: Condition


class PlacedFilter(NamedTuple):
    """A ``where``: a condition that is asked of the columns of one table."""

    path: Path
    source: str
    table: str
    condition: Condition


class PlacedChange(NamedTuple):
    """What sets or empties columns of a table."""

    path: Path
    source: str
    table: str
    change: Change


class PlacedReference(NamedTuple):
    """A column that refers to another, because the map says so."""

    path: Path
    column: Place
    target: Place


def roles(data_map: DataMap) -> Iterator[PlacedRole]:
    """Go through every role of every record type.

    Args:
        data_map: Any.
    """
    for type_name, record_type in data_map.record_types.items():
        for name, role in record_type.roles.items():
            path: Path = ("record_types", type_name, "roles", name)
            yield PlacedRole(path, type_name, record_type, name, role)


def rules(data_map: DataMap) -> Iterator[PlacedRules]:
    """Go through every list of rules that is written.

    Args:
        data_map: Any.
    """
    for type_name, record_type in data_map.record_types.items():
        top: Path = ("record_types", type_name)
        holders: list[tuple[Path, RecordType | Role]] = [(top, record_type)]
        holders += [((*top, "roles", name), role) for name, role in record_type.roles.items()]
        for path, holder in holders:
            for right in ("restriction", "erasure"):
                listed = getattr(holder, right)
                if listed is not None:
                    yield PlacedRules((*path, right), type_name, record_type, right, listed)


def conditions(data_map: DataMap) -> Iterator[PlacedCondition]:
    """Go through every condition of every rule.

    Args:
        data_map: Any.
    """
    for placed in rules(data_map):
        for position, rule in enumerate(placed.rules):
            for key, condition in (("when", rule.when), ("until", rule.until)):
                path = (*placed.path, position, key)
                for where, inner in nested(path, condition):
                    yield PlacedCondition(where, placed.record_type, inner)


def nested(path: Path, condition: Condition | None) -> Iterator[tuple[Path, Condition]]:
    """Go through a condition and those within its ``not``.

    Args:
        path: The condition's place.
        condition: None for no condition.
    """
    while condition is not None:
        yield path, condition
        path, condition = (*path, "not"), condition.not_


def asked_columns(condition: Condition | None) -> tuple[str, ...]:
    """Name the columns whose values a condition asks for, those within its ``not`` included.

    Args:
        condition: None for no condition.
    """
    return tuple(column for _, asked in nested((), condition) for column in asked.is_ or ())


def filters(data_map: DataMap) -> Iterator[PlacedFilter]:
    """Go through every ``where``.

    Args:
        data_map: Any.
    """
    subject = data_map.subject
    if subject.where is not None:
        yield PlacedFilter(("subject", "where"), subject.source, subject.table, subject.where)
    for name, audience in data_map.audiences.items():
        if audience.where is not None and audience.table is not None:
            path: Path = ("audiences", name, "where")
            yield PlacedFilter(path, subject.source, audience.table, audience.where)
    for type_name, record_type in data_map.record_types.items():
        if record_type.where is not None:
            path = ("record_types", type_name, "where")
            source = source_of(data_map, record_type)
            yield PlacedFilter(path, source, record_type.table, record_type.where)
    for placed in roles(data_map):
        if placed.role.where is not None:
            path = (*placed.path, "where")
            source = source_of(data_map, placed.record_type)
            yield PlacedFilter(path, source, placed.record_type.table, placed.role.where)


def changes(data_map: DataMap) -> Iterator[PlacedChange]:
    """Go through every change, those that rules bring along included.

    Args:
        data_map: Any.
    """
    subject = data_map.subject
    for key, change in (("stand_in", subject.stand_in), ("login", subject.login)):
        if change is not None:
            yield PlacedChange(("subject", key), subject.source, subject.table, change)
    for type_name, record_type in data_map.record_types.items():
        source = source_of(data_map, record_type)
        for key, change in (("anonymise", record_type.anonymise), ("hide", record_type.hide)):
            if change is not None:
                path: Path = ("record_types", type_name, key)
                yield PlacedChange(path, source, record_type.table, change)
    for placed in rules(data_map):
        yield from _changes_of(data_map, placed)


def _changes_of(data_map: DataMap, placed: PlacedRules) -> Iterator[PlacedChange]:
    source = source_of(data_map, placed.record_type)
    for position, rule in enumerate(placed.rules):
        if rule.set_:
            change = Change.model_validate({"set": rule.set_})
            path = (*placed.path, position)
            yield PlacedChange(path, source, placed.record_type.table, change)


def source_of(data_map: DataMap, record_type: RecordType) -> str:
    """Name the source that holds a record type.

    Args:
        data_map: The map it stands in.
        record_type: Any of its record types.
    """
    return record_type.source or data_map.subject.source


def is_of_persons(data_map: DataMap, record_type: RecordType) -> bool:
    """Say whether a record type is over the table of persons.

    Args:
        data_map: The map it stands in.
        record_type: Any of its record types.
    """
    subject = data_map.subject
    return record_type.table == subject.table and source_of(data_map, record_type) == subject.source


def effects_of(rule: Rule) -> tuple[Effect, ...]:
    """List what a rule does now and later.

    Args:
        rule: Any.
    """
    return (rule.effect,) if rule.then is None else (rule.effect, rule.then)


def references(data_map: DataMap, source: str) -> Iterator[PlacedReference]:
    """Go through every reference between the tables of a source that the map itself says.

    Args:
        data_map: Any.
        source: One of its sources; a table that no record type is over is the subject's source's.
    """
    holders = {spec.table: source_of(data_map, spec) for spec in data_map.record_types.values()}
    for spelled, to in data_map.references.items():
        column = place_of(spelled)
        if holders.get(column[0], data_map.subject.source) == source:
            yield PlacedReference(("references", spelled), column, place_of(to))


def record_types_of(data_map: DataMap, source: str) -> dict[str, RecordType]:
    """List the record types that a source holds.

    Args:
        data_map: Any.
        source: One of its sources.
    """
    return {
        name: record_type
        for name, record_type in data_map.record_types.items()
        if source_of(data_map, record_type) == source
    }
