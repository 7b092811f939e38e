"""What blocks the log-in is looked at by nothing: it comes first, and who is restricted is living."""

from collections.abc import Iterator

from app.conditions import container_columns
from app.datamap.document import MapDocument, Path, spell
from app.datamap.findings import Finding
from app.datamap.walk import asked_columns, filters, is_of_persons, roles, rules
from schemas.data_map import DataMap

_REMEDY = "Block the log-in by another column: restrictions and erasures do so first of all."


def check_login(document: MapDocument) -> Iterator[Finding]:
    """Find columns that block the log-in and by which persons are told, found or decided.

    Args:
        document: Any data map.

    Reference:
        ``docs/data-map.md``, ``subject``.
    """
    login = document.data_map.subject.login
    for column in login.set_ or () if login is not None else ():
        for place, looked_at in _looks(document.data_map):
            if looked_at == column:
                detail = (
                    f"`{spell(place)}` looks at `{column}`,"
                    " and whose log-in is blocked would be another there"
                )
                yield document.error(("subject", "login", "set", column), detail, _REMEDY)


def _looks(data_map: DataMap) -> Iterator[tuple[Path, str]]:
    """Give every column of the table of persons that something looks at, with the place that does."""
    subject = data_map.subject
    yield ("subject", "key"), subject.key
    yield ("subject", "controller"), subject.controller or ""
    for filtered in filters(data_map):
        if (filtered.source, filtered.table) == (subject.source, subject.table):
            for column in asked_columns(filtered.condition):
                yield filtered.path, column
    yield from _audiences(data_map)
    yield from _roles(data_map)
    yield from _rules(data_map)


def _audiences(data_map: DataMap) -> Iterator[tuple[Path, str]]:
    for name, audience in data_map.audiences.items():
        if audience.table == data_map.subject.table:
            for column in (audience.person or "", *(audience.match or {}).values()):
                yield ("audiences", name), column


def _roles(data_map: DataMap) -> Iterator[tuple[Path, str]]:
    for placed in roles(data_map):
        role = placed.role
        if is_of_persons(data_map, placed.record_type):
            for column in (role.column or "", *(role.match or {})):
                yield placed.path, column
        via = data_map.record_types.get(role.via or "")
        if via is not None and is_of_persons(data_map, via):
            for column in (role.match or {}).values():
                yield placed.path, column


def _rules(data_map: DataMap) -> Iterator[tuple[Path, str]]:
    for placed in rules(data_map):
        if not is_of_persons(data_map, placed.record_type):
            continue
        for position, rule in enumerate(placed.rules):
            for key, condition in (("when", rule.when), ("until", rule.until)):
                for column in container_columns(data_map, condition) if condition else ():
                    yield (*placed.path, position, key), column
