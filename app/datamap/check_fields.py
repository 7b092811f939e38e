"""Fields say of themselves what can be done."""

import re
from collections.abc import Iterator

from app.datamap.document import MapDocument, Path
from app.datamap.findings import Finding
from app.datamap.walk import source_of
from schemas.data_map import FieldSpec, FileSpec
from schemas.vocabulary import Category, Right, SourceKind

_PLACE = re.compile(r"\{(\d*:\d*)?\}", re.ASCII)


def check_fields(document: MapDocument) -> Iterator[Finding]:
    """Find fields that contradict themselves, their category or their source.

    Args:
        document: Any data map.

    Reference:
        Seed 002: "internal logic" is not included in what a person receives.
    """
    data_map = document.data_map
    kinds = {name: source.kind for name, source in data_map.sources.items()}
    yield from _sources(document, kinds)
    for name, record_type in data_map.record_types.items():
        is_internal = record_type.category is Category.INTERNAL_LOGIC
        for field_name, spec in record_type.fields.items():
            path = ("record_types", name, "fields", field_name)
            yield from _exported(document, path, spec, is_internal=is_internal)
            if spec.file is not None:
                yield from _file(document, (*path, "file"), spec.file, kinds)
    yield from _portability(document)


def _sources(document: MapDocument, kinds: dict[str, SourceKind]) -> Iterator[Finding]:
    data_map = document.data_map
    if kinds.get(data_map.subject.source, SourceKind.SQL) is not SourceKind.SQL:
        detail = "the persons are looked for in a source that is no SQL database"
        yield document.error(("subject", "source"), detail, "Name a source of `kind: sql`.")
    for name, record_type in data_map.record_types.items():
        if kinds.get(source_of(data_map, record_type)) is SourceKind.FILES:
            detail = "a file store holds uploads, not records"
            remedy = "Describe the table that names the uploads, with a field of `file: …`."
            yield document.error(("record_types", name, "source"), detail, remedy)


def _exported(
    document: MapDocument, path: Path, spec: FieldSpec, *, is_internal: bool
) -> Iterator[Finding]:
    if not is_internal and not spec.internal:
        return
    why = "internal logic is" if is_internal else "an internal field is"
    for key in ("file", "third_party", "provided_by_subject"):
        if getattr(spec, key):
            detail = f"`{key}` says nothing here: {why} never exported"
            yield document.error((*path, key), detail, f"Take `{key}` out.")


def _file(
    document: MapDocument, path: Path, spec: FileSpec, kinds: dict[str, SourceKind]
) -> Iterator[Finding]:
    if kinds.get(spec.source, SourceKind.FILES) is not SourceKind.FILES:
        detail = f"`{spec.source}` is no file store"
        yield document.error((*path, "source"), detail, "Name a source of `kind: files`.")
    rest = _PLACE.sub("", spec.path)
    if not _PLACE.search(spec.path) or "{" in rest or "}" in rest:
        detail = "the path does not say where the field's value goes"
        remedy = "Write `{}` for the value, `{0:2}` for its first two characters."
        yield document.error((*path, "path"), detail, remedy)
    if spec.path.startswith("/") or ".." in spec.path.split("/"):
        detail = "the path leaves the file store"
        yield document.error((*path, "path"), detail, "Write it from the store's top downwards.")


def _portability(document: MapDocument) -> Iterator[Finding]:
    data_map = document.data_map
    fields = [spec for one in data_map.record_types.values() for spec in one.fields.values()]
    if Right.PORTABILITY in data_map.rights and not any(f.provided_by_subject for f in fields):
        detail = "the map has the right `portability`, and no field is provided by the subject"
        remedy = "Mark them with `provided_by_subject: true`, or leave the right out of `rights`."
        yield document.warning(("rights",), detail, remedy)
