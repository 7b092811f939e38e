"""Build data.xml around the records, which come ready-made from the sources.

Call in this order: ``opening``; for each category ``category_opening``, for each of its record
types ``record_type_opening``, the records, ``records_closing``, ``files``, ``record_type_closing``;
then ``category_closing``; ``internal_logic``; ``closing``.

Reference:
    ``schemas/xsd/bundle.xsd``.
"""

from collections.abc import Iterable, Iterator, Mapping

from app.bundles.contents import FileEntry, RecordTypeHeading, RecordTypeSummary, Totals
from app.bundles.header import BundleHeader
from app.bundles.header_xml import header_element
from app.bundles.wording import CATEGORY_TITLES, INTERNAL_LOGIC_REASON
from app.bundles.xml_text import element_text, start_tag
from schemas.vocabulary import Category

NAMESPACE = "urn:habeas:bundle:1"

_BATCH_CHARACTERS = 64 * 1024


def opening(header: BundleHeader) -> bytes:
    """Give everything before the first category.

    Args:
        header: Any text; what XML cannot hold is replaced.
    """
    root = start_tag("bundle", {"xmlns": NAMESPACE, "version": "1"})
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n{header_element(header)}\n'.encode()


def category_opening(category: Category) -> bytes:
    """Open a category.

    Args:
        category: Not ``internal_logic``.
    """
    tag = start_tag("category", {"name": category, "title": CATEGORY_TITLES[category]})
    return f"{tag}\n".encode()


def record_type_opening(heading: RecordTypeHeading) -> bytes:
    """Open a record type and its records.

    Args:
        heading: What is said before them.
    """
    parts = [
        start_tag("record-type", {"name": heading.name, "title": heading.title}),
        _about(heading),
        "<roles>",
        *(
            start_tag("role", {"name": name, "title": title}, is_empty=True)
            for name, title in heading.roles.items()
        ),
        "</roles>",
        "<fields>",
        *(
            start_tag(
                "field", {"name": each.name, "title": each.title, "type": each.type}, is_empty=True
            )
            for each in heading.fields
        ),
        "</fields>",
        "<records>\n",
    ]
    return "\n".join(parts).encode()


def records_closing() -> bytes:
    """Close the records of a record type."""
    return b"</records>\n"


def files(entries: Iterable[FileEntry]) -> Iterator[bytes]:
    """Give the list of uploads, in pieces of about 64 KiB; nothing at all where there are none.

    Args:
        entries: Any number.
    """
    batch, size, has_any = ["<files>"], 0, False
    for entry in entries:
        has_any = True
        batch.append(_file(entry))
        size += len(batch[-1])
        if size >= _BATCH_CHARACTERS:
            yield _lines(batch)
            batch, size = [], 0
    if has_any:
        yield _lines([*batch, "</files>"])


def record_type_closing(summary: RecordTypeSummary) -> bytes:
    """Sum a record type up and close it.

    Args:
        summary: As the source counted.
    """
    counts = {"count": str(summary.count), "replaced-characters": str(summary.replaced_characters)}
    return _lines(
        [
            start_tag("summary", counts),
            *(
                start_tag(
                    "redaction",
                    {"field": field, "count": str(count), "reason": "third-party"},
                    is_empty=True,
                )
                for field, count in summary.redactions.items()
                if count
            ),
            "</summary>",
            "</record-type>",
        ]
    )


def category_closing() -> bytes:
    """Close a category."""
    return b"</category>\n"


def internal_logic(titles: Mapping[str, str]) -> bytes:
    """Name the category that is not included, and why.

    Args:
        titles: Its record types: name to title.
    """
    name = Category.INTERNAL_LOGIC
    attributes = {"name": name, "title": CATEGORY_TITLES[name], "included": "false"}
    return _lines(
        [
            start_tag("category", attributes),
            f"<reason>{element_text(INTERNAL_LOGIC_REASON)}</reason>",
            *(
                start_tag("record-type", {"name": each, "title": title}, is_empty=True)
                for each, title in titles.items()
            ),
            "</category>",
        ]
    )


def closing(totals: Totals) -> bytes:
    """Sum the bundle up and close it.

    Args:
        totals: Over every record type.
    """
    counts = {
        "records": str(totals.record_count),
        "files": str(totals.file_count),
        "missing-files": str(totals.missing_file_count),
    }
    return _lines([start_tag("summary", counts, is_empty=True), "</bundle>"])


def _about(heading: RecordTypeHeading) -> str:
    purposes = (
        start_tag("purpose", {"name": each.name}, is_empty=True) for each in heading.purposes
    )
    retention = start_tag("retention", {"period": heading.retention.period})
    optional = (("origin", heading.origin), ("seen-by", heading.seen_by))
    return "".join(
        [
            "<about>",
            *purposes,
            f"{retention}{element_text(heading.retention.text)}</retention>",
            *(f"<{name}>{element_text(text)}</{name}>" for name, text in optional if text),
            "</about>",
        ]
    )


def _file(entry: FileEntry) -> str:
    is_missing = entry.path is None
    attributes = {
        "record-key": entry.record_key,
        "field": entry.field,
        "path": entry.path,
        "original-name": entry.original_name,
        "size-bytes": None if is_missing else str(entry.size_bytes),
        "sha256": entry.sha256_hex,
        "missing": "true" if is_missing else None,
    }
    return start_tag("file", attributes, is_empty=True)


def _lines(parts: Iterable[str]) -> bytes:
    return ("\n".join(parts) + "\n").encode()
