"""Every record can be located, and by a way that ends at the subject."""

from collections.abc import Iterator

from app.datamap.document import MapDocument
from app.datamap.findings import Finding
from app.datamap.walk import PlacedRole, roles, source_of
from schemas.data_map import DataMap, RecordType

Node = tuple[str, str]
"""A record type and one of its roles."""


def check_roles(document: MapDocument) -> Iterator[Finding]:
    """Find record types that are not located, and roles that go in circles or across sources.

    Args:
        document: Any data map.
    """
    yield from _unlocated(document)
    for placed in roles(document.data_map):
        yield from _role(document, placed)


def _unlocated(document: MapDocument) -> Iterator[Finding]:
    data_map = document.data_map
    for name, record_type in data_map.record_types.items():
        path = ("record_types", name)
        if record_type.holds_nothing is not None:
            if record_type.fields:
                detail = "it says that it holds nothing, and names fields"
                yield document.error((*path, "fields"), detail, "Keep one of the two.")
        elif not record_type.roles:
            remedy = "Say in what part it names the subject: `roles: {author: {column: …}}`."
            yield document.error(path, "it has no role, so none of its records is found", remedy)


def _role(document: MapDocument, placed: PlacedRole) -> Iterator[Finding]:
    data_map, role = document.data_map, placed.role
    if role.via_roles is not None and (role.via is None or not role.via_roles):
        detail = "via_roles says nothing here"
        remedy = "Name roles of the record type that `via` names, or leave it out."
        yield document.error((*placed.path, "via_roles"), detail, remedy)
    if role.match is not None and not role.match:
        remedy = "Write `match: {column of this table: column of the other}`."
        yield document.error((*placed.path, "match"), "match names no columns", remedy)
    via = data_map.record_types.get(role.via) if role.via is not None else None
    if via is not None:
        yield from _via(document, placed, via)


def _via(document: MapDocument, placed: PlacedRole, via: RecordType) -> Iterator[Finding]:
    data_map, role = document.data_map, placed.role
    if source_of(data_map, via) != source_of(data_map, placed.record_type):
        detail = f"`{role.via}` lies in another source than this record type"
        remedy = "Go via a record type of the same source, or locate by a column."
        yield document.error((*placed.path, "via"), detail, remedy)
    if via.holds_nothing is not None or not via.roles:
        detail = f"`{role.via}` is itself not located"
        yield document.error((*placed.path, "via"), detail, "Give it roles, or go another way.")
    circle = _circle(data_map, (placed.type_name, placed.name))
    if circle:
        spelled = " → ".join(f"{type_name}.{name}" for type_name, name in circle)
        detail = f"the way to the subject goes in a circle: {spelled}"
        remedy = "Locate one of them by a column, or narrow `via_roles`."
        yield document.error((*placed.path, "via"), detail, remedy)


def _circle(data_map: DataMap, start: Node) -> list[Node]:
    waiting = [[start]]
    seen: set[Node] = set()
    while waiting:
        chain = waiting.pop()
        for node in _next(data_map, chain[-1]):
            if node == start:
                return [*chain, start]
            if node not in seen:
                seen.add(node)
                waiting.append([*chain, node])
    return []


def _next(data_map: DataMap, node: Node) -> Iterator[Node]:
    type_name, name = node
    role = data_map.record_types[type_name].roles[name]
    via = data_map.record_types.get(role.via) if role.via is not None else None
    if role.via is not None and via is not None:
        for other in via.roles:
            if role.via_roles is None or other in role.via_roles:
                yield role.via, other
