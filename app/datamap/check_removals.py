"""A row moves to the vault only where nobody else misses it."""

from collections.abc import Iterator

from app.datamap.document import MapDocument, Path
from app.datamap.findings import Finding
from app.datamap.walk import roles, source_of
from schemas.data_map import DataMap, RecordType


def check_removals(document: MapDocument) -> Iterator[Finding]:
    """Find rows that a restriction would take away from other persons or from what finds records.

    Args:
        document: Any data map.

    Reference:
        ``docs/effects.md``, "The vault".
    """
    for name, record_type in document.data_map.record_types.items():
        if record_type.hide is None or not record_type.hide.remove:
            continue
        path = ("record_types", name, "hide", "remove")
        yield from _shared(document, path, record_type)
        yield from _missed(document, path, name, record_type)


def _shared(document: MapDocument, path: Path, record_type: RecordType) -> Iterator[Finding]:
    if len(record_type.roles) > 1:
        spelled = ", ".join(f"`{role}`" for role in record_type.roles)
        detail = f"the row moves to the vault of one person, and may name several: {spelled}"
        yield document.error(path, detail, "Hide by a marker (`set`), or empty columns (`blank`).")


def _missed(
    document: MapDocument, path: Path, name: str, record_type: RecordType
) -> Iterator[Finding]:
    data_map = document.data_map
    for placed in roles(data_map):
        if placed.role.via == name:
            detail = f"`{placed.type_name}.{placed.name}` is located via rows that are not there"
            yield document.error(path, detail, "Hide by a marker (`set`), so that they stay.")
    for audience in _audiences(data_map, record_type):
        detail = f"whoever is restricted would not be in the audience `{audience}` any more"
        yield document.error(path, detail, "Hide by a marker (`set`), so that the row stays.")


def _audiences(data_map: DataMap, record_type: RecordType) -> Iterator[str]:
    if source_of(data_map, record_type) == data_map.subject.source:
        for name, audience in data_map.audiences.items():
            if audience.table == record_type.table:
                yield name
