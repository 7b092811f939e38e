"""A restriction leaves alone whatever rules and audiences look at: who is restricted is living."""

from collections.abc import Iterator

from app.datamap.check_partitions import are_disjoint
from app.datamap.document import MapDocument, Path
from app.datamap.findings import Finding
from app.datamap.walk import (
    PlacedRules,
    asked_columns,
    conditions,
    is_of_persons,
    rules,
    source_of,
)
from app.rules import change_of, columns_of
from schemas.data_map import Audience, Condition, RecordType
from schemas.vocabulary import Right

_REMEDY = "A restriction must leave it: hide by a marker, or keep."


def check_restrictions(document: MapDocument) -> Iterator[Finding]:
    """Find restrictions that change what conditions see.

    Args:
        document: Any data map.

    Reference:
        ``docs/effects.md``, "What conditions see".
    """
    for placed in rules(document.data_map):
        if placed.right != Right.RESTRICTION:
            continue
        watched = _watched(document, placed.record_type)
        for position, rule in enumerate(placed.rules):
            change = change_of(placed.record_type, rule, rule.effect)
            if change is None:
                continue
            path = (*placed.path, position)
            key = () if change.remove else placed.record_type.key  # told with all other changes
            touched = set(watched) if change.remove else set(columns_of(change))
            for column in sorted(touched & watched.keys() - set(key)):
                detail = f"a restriction changes `{column}`, {watched[column]}"
                yield document.error(path, detail, _REMEDY)
            yield from _persons(document, path, placed, columns_of(change))


def _watched(document: MapDocument, record_type: RecordType) -> dict[str, str]:
    """Name the columns of a record type's table that conditions look at, each with the reason."""
    data_map = document.data_map
    watched: dict[str, str] = {}
    for placed in conditions(data_map):
        if placed.record_type is record_type:
            for path in placed.condition.container_gone or ():
                watched[path.split(".")[0]] = "which names a container that rules wait for"
    if source_of(data_map, record_type) != data_map.subject.source:
        return watched
    if is_of_persons(data_map, record_type):
        where = asked_columns(data_map.subject.where)
        watched |= dict.fromkeys(where, "by which `subject.where` tells persons")
    for name, audience in data_map.audiences.items():
        if audience.table == record_type.table:
            watched |= _looked_at(name, audience, record_type.where)
    return watched


def _persons(
    document: MapDocument, path: Path, placed: PlacedRules, changed: tuple[str, ...]
) -> Iterator[Finding]:
    awaited = {
        each.condition.person_gone
        for each in conditions(document.data_map)
        if each.record_type is placed.record_type
    }
    for column in sorted(set(changed) & awaited):
        detail = f"rules wait until nobody in `{column}` is left, and a restriction changes it"
        remedy = "Who is restricted would count as gone: hide by a marker, or empty columns."
        yield document.error(path, detail, remedy)


def _looked_at(name: str, audience: Audience, where: Condition | None) -> dict[str, str]:
    members = dict.fromkeys(
        asked_columns(audience.where), f"by which the audience `{name}` tells its members"
    )
    if are_disjoint(audience.where, where):
        return members  # none of the records is in it, as long as they meet their own `where`
    return {
        **members,
        **dict.fromkeys(
            (audience.match or {}).values(), f"by which the audience `{name}` is found"
        ),
        audience.person or "": f"which names the persons of the audience `{name}`",
    }
