"""Uploads are read from their directory, and nothing outside it ever is."""

import asyncio
import os
from pathlib import Path

import psutil
import pytest

from app.domain.errors import SourceFailure
from app.sources.files.directory import UploadDirectory
from tests.fixtures.patience import until


async def read(directory: Path, path: str) -> bytes | None:
    async with UploadDirectory("uploads", directory.as_uri()).read(path) as chunks:
        return None if chunks is None else b"".join([chunk async for chunk in chunks])


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_bytes(b"not yours")
    directory = tmp_path / "up loads"
    (directory / "a").mkdir(parents=True)
    (directory / "a" / "essay.txt").write_bytes(b"essay" * 500_000)
    (directory / "empty").touch()
    (directory / "out").symlink_to(tmp_path / "secret")
    (directory / "in").symlink_to(directory / "a" / "essay.txt")
    os.mkfifo(directory / "pipe")
    return directory


@pytest.mark.parametrize("path", ["a/essay.txt", "in", "a/../in"])
async def test_an_upload_is_read_whole(uploads: Path, path: str) -> None:
    assert await read(uploads, path) == b"essay" * 500_000


async def test_an_empty_upload_is_not_a_missing_one(uploads: Path) -> None:
    assert await read(uploads, "empty") == b""


@pytest.mark.parametrize(
    "path", ["gone", "a", "", "a/essay.txt/x", "../secret", "out", "/etc/passwd", "a\0b", "pipe"]
)
async def test_what_is_no_file_of_the_directory_is_missing(uploads: Path, path: str) -> None:
    assert await read(uploads, path) is None


async def test_an_upload_that_nobody_waits_for_any_more_is_closed_again(uploads: Path) -> None:
    before = psutil.Process().num_fds()
    for path in ["a/essay.txt", "gone"] * 20:
        reading = asyncio.create_task(read(uploads, path))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    async def is_closed() -> bool:
        return psutil.Process().num_fds() == before

    await until(is_closed)


async def test_a_directory_that_is_not_there_is_an_outage(tmp_path: Path) -> None:
    with pytest.raises(SourceFailure, match="uploads: an upload cannot be read") as failed:
        await read(tmp_path / "unmounted", "a")
    assert failed.value.transient


async def test_a_file_that_breaks_off_is_an_outage() -> None:
    with pytest.raises(SourceFailure, match="an upload cannot be read: OSError") as failed:
        await read(Path("/proc/self"), "mem")  # its beginning cannot be read
    assert failed.value.transient


@pytest.mark.parametrize("url", ["s3://bucket/a", "file://elsewhere/a", "/plain/path"])
def test_only_a_directory_of_this_machine_is_taken(url: str) -> None:
    with pytest.raises(SourceFailure, match="file:///") as failed:
        UploadDirectory("uploads", url)
    assert not failed.value.transient


def test_an_address_that_cannot_be_read_is_not_told() -> None:
    with pytest.raises(SourceFailure, match="its address cannot be read") as failed:
        UploadDirectory("uploads", "file://[secret/a")
    assert "secret" not in str(failed.value)
    assert not failed.value.transient


async def test_an_upload_is_there_until_it_is_deleted(uploads: Path) -> None:
    store = UploadDirectory("uploads", uploads.as_uri())
    assert [await store.is_there(path) for path in ("empty", "gone", "../secret")] == [
        True,
        False,
        False,
    ]
    assert await store.delete("empty")
    assert not await store.is_there("empty")
    assert not await store.delete("empty")
