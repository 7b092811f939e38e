"""Every two columns of one source whose values a data map has compared."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from app.conditions import parts_of
from app.datamap.check_names import audiences_in
from app.datamap.document import Path
from app.datamap.walk import (
    PlacedCondition,
    conditions,
    record_types_of,
    references,
    source_of,
)
from schemas.data_map import Audience, DataMap, RecordType


class Pairing(NamedTuple):
    """Two columns whose values are compared.

    Attributes:
        path: Where the comparison is written.
        one: A table and its column.
        other: Another.
    """

    path: Path
    one: tuple[str, str]
    other: tuple[str, str]


def pairings(data_map: DataMap, source: str) -> Iterator[Pairing]:
    """Go through every two columns whose values are compared.

    Args:
        data_map: A map whose names are defined; what is not is passed over.
        source: One of its sources.
    """
    if source == data_map.subject.source:
        yield from _persons(data_map)
    for reference in references(data_map, source):
        yield Pairing(reference.path, reference.column, reference.target)
    for name, record_type in record_types_of(data_map, source).items():
        path: Path = ("record_types", name)
        yield from _lookups(path, record_type)
        yield from _roles(data_map, path, record_type)
    for placed in conditions(data_map):
        if source_of(data_map, placed.record_type) == source:
            yield from _audiences(data_map, placed)


def _persons(data_map: DataMap) -> Iterator[Pairing]:
    key = (data_map.subject.table, data_map.subject.key)
    for name, audience in data_map.audiences.items():
        if audience.table is not None and audience.person is not None:
            yield Pairing(("audiences", name, "person"), (audience.table, audience.person), key)


def _lookups(path: Path, record_type: RecordType) -> Iterator[Pairing]:
    for name, spec in record_type.fields.items():
        lookup = spec.lookup
        if lookup is not None:
            place = (*path, "fields", name, "lookup")
            yield from _match(place, record_type.table, lookup.table, lookup.match)


def _audiences(data_map: DataMap, placed: PlacedCondition) -> Iterator[Pairing]:
    for key, name in audiences_in(placed.condition):
        for _, part in parts_of(data_map, name):
            if isinstance(part, Audience) and part.table is not None:
                path, table = (*placed.path, key), placed.record_type.table
                yield from _match(path, table, part.table, part.match or {})


def _roles(data_map: DataMap, path: Path, record_type: RecordType) -> Iterator[Pairing]:
    subject = data_map.subject
    for name, role in record_type.roles.items():
        place = (*path, "roles", name)
        is_beside_subject = source_of(data_map, record_type) == subject.source
        if role.column is not None and is_beside_subject:
            own = (record_type.table, role.column)
            yield Pairing((*place, "column"), own, (subject.table, subject.key))
        via = data_map.record_types.get(role.via) if role.via is not None else None
        if via is not None:
            yield from _match(place, record_type.table, via.table, role.match or {})


def _match(path: Path, table: str, other: str, match: Mapping[str, str]) -> Iterator[Pairing]:
    for column, other_column in match.items():
        yield Pairing((*path, "match", column), (table, column), (other, other_column))
