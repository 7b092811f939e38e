"""What former values name is known by digests: alike for the same upload, and for nothing else."""

import json
from pathlib import Path

import pytest

from app.datamap.read import read
from app.engine.upload_digests import UploadDigests
from app.record_keys import RecordKeys

CAMPUS = Path(__file__).parents[2] / "datamaps" / "campus.yaml"


@pytest.fixture
def uploads() -> UploadDigests:
    return UploadDigests.of(RecordKeys.of(b"k" * 32), read(CAMPUS.read_text("utf-8")).data_map)


def test_one_upload_has_one_digest_whatever_kind_of_record_names_it(uploads: UploadDigests) -> None:
    cells = json.dumps({"path": "a/essay.pdf", "is_hidden": "f"})
    one = uploads.digest("uploads", "a/essay.pdf")
    assert uploads.named_by("submission_file", cells) == one
    assert uploads.named_by("material", cells) == one


def test_another_store_or_value_has_another_digest(uploads: UploadDigests) -> None:
    places = [("uploads", "a"), ("uploads", "b"), ("archive", "a")]
    assert len({uploads.digest(*place) for place in places}) == len(places)


@pytest.mark.parametrize(
    ("record_type", "cells"),
    [
        pytest.param("material", {"owner_id": "7"}, id="other cells"),
        pytest.param("material", {"path": None}, id="no upload"),
        pytest.param("material", {}, id="no cell"),
        pytest.param("note", {"path": "a"}, id="a kind of record without uploads"),
        pytest.param("@login", {"active": "t"}, id="the log-in"),
    ],
)
def test_what_names_no_upload_has_no_digest(
    uploads: UploadDigests, record_type: str, cells: dict[str, str | None]
) -> None:
    assert uploads.named_by(record_type, json.dumps(cells)) == b""


def test_an_upload_is_told_by_where_it_lies_not_by_what_names_it() -> None:
    text = CAMPUS.read_text("utf-8").replace(
        "file: {source: uploads, name: original_name}",
        'file: {source: uploads, path: "files/{}"}',
        1,
    )
    other = UploadDigests.of(RecordKeys.of(b"k" * 32), read(text).data_map)
    found = {
        other.named_by(name, json.dumps({"path": value}))
        for name, value in (("material", "a"), ("submission_file", "files/a"))
    }
    assert found == {other.digest("uploads", "files/a")}
    assert other.of_value("uploads", "files/a") not in found
