"""manifest.json counts everything and names every member, however many there are."""

import json
from typing import Any

from app.bundles.archive import MemberDigest
from app.bundles.contents import BundleContents, RecordTypeSummary
from app.bundles.manifest import manifest
from tests.fixtures import bundles

SHA256 = "0123456789abcdef" * 4


def read(members: list[MemberDigest], contents: BundleContents) -> dict[str, Any]:
    pieces = manifest(bundles.header(), contents, members)
    return dict(json.loads(b"".join(pieces)))


def test_it_names_members_counts_and_redactions() -> None:
    summary = RecordTypeSummary(7, 3, {"body": 2, "sender": 0}, 1, 1)
    contents = bundles.contents({"message": bundles.section("message", summary=summary)})
    read_back = read([MemberDigest("data.xml", 12, SHA256)], contents)
    assert read_back["format"] == "habeas-bundle"
    assert read_back["version"] == 1
    assert read_back["members"] == [{"name": "data.xml", "size_bytes": 12, "sha256": SHA256}]
    assert read_back["totals"] == {
        "records": 7,
        "files": 1,
        "missing_files": 1,
        "replaced_characters": 3,
    }
    types = {
        each["name"]: each
        for category in read_back["categories"]
        for each in category["record_types"]
    }
    assert types["message"] == {
        "name": "message",
        "records": 7,
        "files": 1,
        "missing_files": 1,
        "replaced_characters": 3,
        "redactions": {"body": 2},
    }
    assert types["thread"]["records"] == 0
    internal = read_back["categories"][-1]
    assert (internal["name"], internal["included"]) == ("internal_logic", False)


def test_a_hundred_thousand_members_come_piece_by_piece() -> None:
    members = (MemberDigest(f"files/{index:06}-a.pdf", 1, SHA256) for index in range(100_000))
    pieces = list(manifest(bundles.header(), bundles.contents(), members))
    assert max(map(len, pieces)) < 100_000
    assert len(json.loads(b"".join(pieces))["members"]) == 100_000


def test_it_is_whole_without_any_member() -> None:
    assert read([], bundles.contents())["members"] == []
