"""Every table and column that a data map names in one source, each with its place."""

from collections.abc import Iterator
from typing import NamedTuple

from app.conditions import parts_of
from app.datamap.check_names import audiences_in
from app.datamap.document import Path
from app.datamap.pairings import pairings
from app.datamap.walk import (
    changes,
    conditions,
    filters,
    nested,
    record_types_of,
    references,
    source_of,
)
from app.references import place_of
from schemas.data_map import Audience, Condition, DataMap, EveryoneWhere, RecordType


class TableUse(NamedTuple):
    """A table that is named."""

    path: Path
    table: str


class ColumnUse(NamedTuple):
    """A column of a table that is named."""

    path: Path
    table: str
    column: str


def tables(data_map: DataMap, source: str) -> Iterator[TableUse]:
    """Go through every table that is named, in the order of the document.

    Args:
        data_map: Any.
        source: One of its sources.
    """
    if source == data_map.subject.source:
        yield TableUse(("subject", "table"), data_map.subject.table)
        for name, audience in data_map.audiences.items():
            if audience.table is not None:
                yield TableUse(("audiences", name, "table"), audience.table)
        for use in _left_out(data_map):
            yield TableUse(use.path, use.table)
    yield from _referring(data_map, source)
    for name, record_type in record_types_of(data_map, source).items():
        path: Path = ("record_types", name)
        yield TableUse((*path, "table"), record_type.table)
        for field_name, spec in record_type.fields.items():
            if spec.lookup is not None:
                place = (*path, "fields", field_name, "lookup", "table")
                yield TableUse(place, spec.lookup.table)


def _referring(data_map: DataMap, source: str) -> Iterator[TableUse]:
    for reference in references(data_map, source):
        for table in dict.fromkeys((reference.column[0], reference.target[0])):
            yield TableUse(reference.path, table)


def columns(data_map: DataMap, source: str) -> Iterator[ColumnUse]:
    """Go through every column that is named.

    Args:
        data_map: A map whose names are defined; what is not is passed over.
        source: One of its sources.
    """
    if source == data_map.subject.source:
        yield from _subject(data_map)
        for name, audience in data_map.audiences.items():
            yield from _audience(name, audience)
        yield from _left_out(data_map)
    for name, record_type in record_types_of(data_map, source).items():
        yield from _record_type(("record_types", name), record_type)
    yield from _asked(data_map, source)
    yield from _changed(data_map, source)
    for pairing in pairings(data_map, source):
        yield ColumnUse(pairing.path, *pairing.one)
        yield ColumnUse(pairing.path, *pairing.other)


def _asked(data_map: DataMap, source: str) -> Iterator[ColumnUse]:
    for filtered in filters(data_map):
        if filtered.source == source:
            yield from _condition(filtered.path, filtered.table, filtered.condition)
    for placed in conditions(data_map):
        if source_of(data_map, placed.record_type) == source:
            yield from _rule_condition(data_map, placed.path, placed.record_type, placed.condition)


def _changed(data_map: DataMap, source: str) -> Iterator[ColumnUse]:
    for changed in changes(data_map):
        if changed.source == source:
            for key, named in (("set", changed.change.set_), ("blank", changed.change.blank)):
                for column in named or ():
                    yield ColumnUse((*changed.path, key, column), changed.table, column)


def _subject(data_map: DataMap) -> Iterator[ColumnUse]:
    subject = data_map.subject
    path: Path = ("subject",)
    yield ColumnUse((*path, "key"), subject.table, subject.key)
    if subject.controller is not None:
        yield ColumnUse((*path, "controller"), subject.table, subject.controller)
    for name, identifier in subject.identifiers.items():
        yield ColumnUse((*path, "identifiers", name, "column"), subject.table, identifier.column)
    if subject.created is not None:
        yield ColumnUse((*path, "created"), subject.table, subject.created)
    for position, column in enumerate(subject.display):
        yield ColumnUse((*path, "display", position), subject.table, column)


def _audience(name: str, audience: Audience) -> Iterator[ColumnUse]:
    if audience.table is None:
        return
    for key, column in (audience.match or {}).items():
        yield ColumnUse(("audiences", name, "match", key), audience.table, column)


def _left_out(data_map: DataMap) -> Iterator[ColumnUse]:
    for number, spec in enumerate(data_map.left_out):
        for position, spelled in enumerate(spec.columns):
            yield ColumnUse(("left_out", number, "columns", position), *place_of(spelled))


def _record_type(path: Path, record_type: RecordType) -> Iterator[ColumnUse]:
    table = record_type.table
    for position, column in enumerate(record_type.key):
        yield ColumnUse((*path, "key", position), table, column)
    if record_type.controller is not None:
        yield ColumnUse((*path, "controller"), table, record_type.controller)
    for name, spec in record_type.fields.items():
        place = (*path, "fields", name)
        if spec.lookup is None:
            yield ColumnUse((*place, "column"), table, spec.column or name)
        else:
            yield ColumnUse((*place, "lookup", "column"), spec.lookup.table, spec.lookup.column)
        if spec.file is not None and spec.file.name is not None:
            yield ColumnUse((*place, "file", "name"), table, spec.file.name)
    for name, role in record_type.roles.items():
        if role.column is not None:
            yield ColumnUse((*path, "roles", name, "column"), table, role.column)


def _condition(path: Path, table: str, condition: Condition) -> Iterator[ColumnUse]:
    for place, inner in nested(path, condition):
        for column in inner.is_ or ():
            yield ColumnUse((*place, "is", column), table, column)


def _rule_condition(
    data_map: DataMap, path: Path, record_type: RecordType, condition: Condition
) -> Iterator[ColumnUse]:
    table = record_type.table
    for column in condition.is_ or ():
        yield ColumnUse((*path, "is", column), table, column)
    for position, dotted in enumerate(condition.container_gone or ()):
        yield ColumnUse((*path, "container_gone", position), table, dotted.split(".")[0])
    if condition.person_gone is not None:
        yield ColumnUse((*path, "person_gone"), table, condition.person_gone)
    for key, name in audiences_in(condition):
        for _, part in parts_of(data_map, name):
            if isinstance(part, EveryoneWhere):
                yield from _condition((*path, key), table, part.everyone)
