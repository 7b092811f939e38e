"""Record types over one table share its rows out: no row belongs to two."""

from collections.abc import Iterator
from itertools import combinations

from app.datamap.document import MapDocument
from app.datamap.findings import Finding
from app.datamap.walk import filters, nested, source_of
from schemas.data_map import Condition, Scalar


def check_partitions(document: MapDocument) -> Iterator[Finding]:
    """Find record types that claim the same rows, and filters that cannot be asked of a row.

    Args:
        document: Any data map.
    """
    for placed in filters(document.data_map):
        yield from _plain(document, placed.path, placed.condition)
    for name, audience in document.data_map.audiences.items():
        for position, part in enumerate(audience.any_ or ()):
            if not isinstance(part, str):
                path = ("audiences", name, "any", position, "everyone")
                yield from _plain(document, path, part.everyone)
    yield from _overlaps(document)


def _plain(
    document: MapDocument, path: tuple[str | int, ...], condition: Condition
) -> Iterator[Finding]:
    for place, inner in nested(path, condition):
        for key in sorted(inner.model_fields_set - {"is_", "not_"}):
            detail = f"`{key}` cannot be asked here"
            remedy = "Only `is` and `not` can: they look at the row alone."
            yield document.error((*place, key), detail, remedy)


def _overlaps(document: MapDocument) -> Iterator[Finding]:
    data_map = document.data_map
    tables: dict[tuple[str, str], list[str]] = {}
    for name, record_type in data_map.record_types.items():
        tables.setdefault((source_of(data_map, record_type), record_type.table), []).append(name)
    for (_, table), names in tables.items():
        for first, second in combinations(names, 2):
            one = data_map.record_types[first].where
            other = data_map.record_types[second].where
            if not are_disjoint(one, other):
                detail = f"`{first}` and `{second}` may both claim a row of `{table}`"
                remedy = (
                    "Give each a `where: {is: {column: value}}` with other values of one column."
                )
                yield document.error(("record_types", second, "where"), detail, remedy)


def are_disjoint(one: Condition | None, other: Condition | None) -> bool:
    """Say whether no row of a table can meet both of two conditions.

    Args:
        one: An ``is`` or ``not``; None for every row.
        other: Likewise.
    """
    if one is None or other is None:
        return False
    first, second = _values(one), _values(other)
    if any(not first[column] & second[column] for column in first.keys() & second.keys()):
        return True
    return _denies(one, second) or _denies(other, first)


def _denies(condition: Condition, values: dict[str, frozenset[Scalar]]) -> bool:
    """Say whether a condition's ``not`` leaves out all that has the values."""
    denied = condition.not_
    if denied is None or denied.not_ is not None:
        return False
    return all(
        column in values and values[column] <= refused
        for column, refused in _values(denied).items()
    )


def _values(condition: Condition) -> dict[str, frozenset[Scalar]]:
    return {
        column: frozenset(wanted) if isinstance(wanted, tuple) else frozenset({wanted})
        for column, wanted in (condition.is_ or {}).items()
    }
