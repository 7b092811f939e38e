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
