"""Write manifest.json: what is in a bundle, and the digest of every member.

It is streamed, since a bundle may hold any number of uploads.
"""

import json
from collections.abc import Iterable, Iterator

from app.bundles.archive import MemberDigest
from app.bundles.contents import BundleContents, RecordTypeSection
from app.bundles.header import BundleHeader
from schemas.vocabulary import Category

FORMAT = "habeas-bundle"
VERSION = 1

_BATCH_CHARACTERS = 64 * 1024


def manifest(
    header: BundleHeader, contents: BundleContents, members: Iterable[MemberDigest]
) -> Iterator[bytes]:
    """Give manifest.json in pieces of about 64 KiB.

    Args:
        header: Whose bundle it is.
        contents: What it holds.
        members: Every other member of the archive, in its order.
    """
    head = json.dumps(_head(header, contents), ensure_ascii=False, indent=2)
    batch, size = [head.removesuffix("\n}"), ',\n  "members": ['], 0
    separator = "\n"
    for member in members:
        entry = {"name": member.name, "size_bytes": member.size_bytes, "sha256": member.sha256_hex}
        batch.append(f"{separator}    {json.dumps(entry, ensure_ascii=False)}")
        separator = ",\n"
        size += len(batch[-1])
        if size >= _BATCH_CHARACTERS:
            yield _encoded(batch)
            batch, size = [], 0
    yield _encoded([*batch, "\n  ]\n}\n"])


def _head(header: BundleHeader, contents: BundleContents) -> dict[str, object]:
    totals = contents.totals
    return {
        "format": FORMAT,
        "version": VERSION,
        "bundle_id": str(header.bundle_id),
        "subject_request_id": str(header.subject_request_id),
        "right": header.right.value,
        "generated_at": header.generated_at.isoformat().replace("+00:00", "Z"),
        "controller": header.controller.name,
        "data_map": {"name": header.data_map_name, "sha256": header.data_map_digest},
        "totals": {
            "records": totals.record_count,
            "files": totals.file_count,
            "missing_files": totals.missing_file_count,
            "replaced_characters": totals.replaced_characters,
        },
        "categories": [
            {
                "name": category.value,
                "included": True,
                "records": sum(each.summary.count for each in sections),
                "record_types": [_record_type(each) for each in sections],
            }
            for category, sections in contents.by_category().items()
        ]
        + [
            {
                "name": Category.INTERNAL_LOGIC.value,
                "included": False,
                "record_types": [{"name": name} for name in contents.internal_logic],
            }
        ],
    }


def _record_type(section: RecordTypeSection) -> dict[str, object]:
    summary = section.summary
    return {
        "name": section.heading.name,
        "records": summary.count,
        "files": summary.file_count,
        "missing_files": summary.missing_file_count,
        "replaced_characters": summary.replaced_characters,
        "redactions": {name: count for name, count in summary.redactions.items() if count},
    }


def _encoded(parts: Iterable[str]) -> bytes:
    return "".join(parts).encode(errors="replace")
