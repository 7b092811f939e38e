"""The zip archive opens everywhere, whatever goes in."""

import hashlib
import io
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bundles.archive import ArchiveWriter
from app.domain.errors import IntegrityViolation

AT = datetime(2026, 3, 4, 5, 6, 8, tzinfo=UTC)
Members = Sequence[tuple[str, Sequence[bytes]]]


class Plain:
    """Takes the archive as it is, unsealed."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, plain: bytes) -> None:
        self.data += plain


def build(members: Members, at: datetime = AT) -> bytes:
    out = Plain()
    archive = ArchiveWriter(out, at)
    for name, chunks in members:
        archive.begin(name)
        for chunk in chunks:
            archive.write(chunk)
        digest = archive.end()
        assert digest.size_bytes == sum(map(len, chunks))
        assert digest.sha256_hex == hashlib.sha256(b"".join(chunks)).hexdigest()
    archive.finish()
    assert archive.size_bytes == len(out.data)
    assert archive.sha256_hex == hashlib.sha256(out.data).hexdigest()
    return bytes(out.data)


names = st.text(st.characters(codec="utf-8", exclude_characters="\0\\/"), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(
    members=st.dictionaries(
        st.one_of(names, names.map("files/{}".format)),
        st.lists(st.binary(max_size=70_000), max_size=4),
        max_size=6,
    )
)
def test_every_member_comes_back_as_it_was(members: dict[str, list[bytes]]) -> None:
    data = build(list(members.items()))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted(members)
        for name, chunks in members.items():
            assert archive.read(name) == b"".join(chunks)


def test_members_carry_one_moment_and_are_for_their_owner_alone() -> None:
    with zipfile.ZipFile(io.BytesIO(build([("data.xml", [b"<a/>"])]))) as archive:
        info = archive.getinfo("data.xml")
    assert info.date_time == (2026, 3, 4, 5, 6, 8)
    assert info.external_attr >> 16 == 0o100600


def test_a_moment_before_1980_becomes_the_earliest_that_a_zip_can_name() -> None:
    data = build([("a", [])], datetime(1969, 7, 20, tzinfo=UTC))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.getinfo("a").date_time == (1980, 1, 1, 0, 0, 0)


def test_text_shrinks_and_uploads_are_only_stored() -> None:
    text = [b"the same words again and again " * 10_000]
    with zipfile.ZipFile(io.BytesIO(build([("data.xml", text), ("files/a", text)]))) as archive:
        assert archive.getinfo("data.xml").compress_size < len(text[0]) / 20
        assert len(text[0]) <= archive.getinfo("files/a").compress_size < len(text[0]) * 1.01


def test_more_members_than_a_plain_zip_can_count(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    path.write_bytes(build([(f"files/{index:06}-a.txt", [b"x"]) for index in range(70_000)]))
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == 70_000
        assert archive.read("files/069999-a.txt") == b"x"


def test_every_size_of_the_first_member_leaves_the_second_whole() -> None:
    for size in range(65_380, 65_540):
        data = build([("files/a", [b"x" * size]), ("files/b", [b"whole"])])
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.read("files/b") == b"whole"


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
def test_info_zip_finds_nothing_wrong(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(build([("data.xml", [b"text " * 100_000]), ("files/000001-é.pdf", [b"%PDF"])]))
    run = subprocess.run(["unzip", "-t", path], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_calls_in_the_wrong_order_are_refused() -> None:
    archive = ArchiveWriter(Plain(), AT)
    with pytest.raises(IntegrityViolation):
        archive.write(b"no member is open")
    archive.begin("a")
    with pytest.raises(IntegrityViolation):
        archive.begin("b")
    with pytest.raises(IntegrityViolation):
        archive.finish()
