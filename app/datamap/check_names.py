"""Names that are used are defined: purposes, audiences, sources, record types, roles, fields."""

from collections.abc import Iterable, Iterator

from app.datamap.document import MapDocument, Path
from app.datamap.findings import Finding
from app.datamap.suggestions import suggest
from app.datamap.walk import conditions, roles
from schemas.data_map import Condition, EveryoneWhere, RecordType

Use = tuple[Path, str, str, Iterable[str]]
"""A place, the kind of name, the name, and the names that are defined."""


def check_names(document: MapDocument) -> Iterator[Finding]:
    """Find names that nothing defines.

    Args:
        document: Any data map.
    """
    uses = (
        _subject(document),
        _audiences(document),
        _record_types(document),
        _roles(document),
        _conditions(document),
    )
    for group in uses:
        for path, kind, name, known in group:
            if name not in set(known):
                yield document.error(path, f"there is no {kind} `{name}`", suggest(name, known))


def _subject(document: MapDocument) -> Iterator[Use]:
    data_map = document.data_map
    yield ("subject", "source"), "source", data_map.subject.source, data_map.sources


def _audiences(document: MapDocument) -> Iterator[Use]:
    audiences = document.data_map.audiences
    for name, audience in audiences.items():
        for position, part in enumerate(audience.any_ or ()):
            if not isinstance(part, EveryoneWhere):
                yield ("audiences", name, "any", position), "audience", part, audiences


def _record_types(document: MapDocument) -> Iterator[Use]:
    data_map = document.data_map
    for name, record_type in data_map.record_types.items():
        path: Path = ("record_types", name)
        if record_type.source is not None:
            yield (*path, "source"), "source", record_type.source, data_map.sources
        for position, purpose in enumerate(record_type.purposes):
            yield (*path, "purposes", position), "purpose", purpose, data_map.purposes
        for field_name, spec in record_type.fields.items():
            place = (*path, "fields", field_name)
            if spec.file is not None:
                yield (*place, "file", "source"), "source", spec.file.source, data_map.sources
            if not isinstance(spec.provided_by_subject, bool):
                for position, role in enumerate(spec.provided_by_subject):
                    where = (*place, "provided_by_subject", position)
                    yield where, "role", role, record_type.roles


def _roles(document: MapDocument) -> Iterator[Use]:
    record_types = document.data_map.record_types
    for placed in roles(document.data_map):
        role = placed.role
        for position, field_name in enumerate(role.third_party):
            path = (*placed.path, "third_party", position)
            yield path, "field", field_name, placed.record_type.fields
        if role.via is None:
            continue
        yield (*placed.path, "via"), "record type", role.via, record_types
        via: RecordType | None = record_types.get(role.via)
        for position, name in enumerate(role.via_roles or ()):
            if via is not None:
                yield (*placed.path, "via_roles", position), "role", name, via.roles


def _conditions(document: MapDocument) -> Iterator[Use]:
    for placed in conditions(document.data_map):
        for key, name in audiences_in(placed.condition):
            yield (*placed.path, key), "audience", name, document.data_map.audiences


def audiences_in(condition: Condition) -> Iterator[tuple[str, str]]:
    """List the audiences that a condition itself names, each with its key.

    Args:
        condition: Any; what stands within its ``not`` is left out.
    """
    for key in ("only_subject", "shared", "nobody_left"):
        name = getattr(condition, key)
        if name is not None:
            yield key, name
