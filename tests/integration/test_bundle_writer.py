"""Bundles on a real disk: written, read by range, aborted, and out of room."""

import asyncio
import hashlib
import io
import os
import secrets
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from app.bundles.output import OutputFile
from app.bundles.reader import BundleReader
from app.bundles.sealing import KEY_BYTES, SEGMENT_BYTES, TAG_BYTES, segment_count
from app.bundles.writer import IN_FLIGHT_BYTES, BundleWriter, SealedFile
from app.domain.errors import AttentionNeeded, IntegrityViolation
from schemas.vocabulary import AttentionReason
from tests.fixtures.patience import PATIENCE_SECONDS

BUNDLE = UUID("018f0000-0000-7000-8000-000000000001")
KEY = secrets.token_bytes(KEY_BYTES)
PLENTY = 1 << 30


def writer(path: Path, limit_bytes: int = PLENTY) -> BundleWriter:
    return BundleWriter(path, BUNDLE, KEY, limit_bytes)


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def push_noise(path: Path, limit_bytes: int = PLENTY) -> None:
    """Write until something stops it."""
    async with writer(path, limit_bytes) as bundle:
        await bundle.begin("files/000001-a.bin")
        while True:
            await bundle.write(os.urandom(SEGMENT_BYTES))


async def write_bundle(
    path: Path, members: dict[str, list[bytes]], limit_bytes: int = PLENTY
) -> SealedFile:
    async with writer(path, limit_bytes) as bundle:
        for name, chunks in members.items():
            await bundle.begin(name)
            for chunk in chunks:
                await bundle.write(chunk)
            digest = await bundle.end()
            assert digest.name == name
            assert digest.size_bytes == sum(map(len, chunks))
            assert digest.sha256_hex == hashlib.sha256(b"".join(chunks)).hexdigest()
        return await bundle.close()


@pytest.fixture
def noise() -> bytes:
    """Three and a half segments that do not shrink."""
    return os.urandom(3 * SEGMENT_BYTES + SEGMENT_BYTES // 2)


async def test_a_bundle_reads_back_as_it_was_written(tmp_path: Path, noise: bytes) -> None:
    path = tmp_path / "a.part"
    members = {
        "data.xml": [b"<record/>\n" * 6_000] * 100,
        "files/000001-a.bin": [
            noise[start : start + 70_000] for start in range(0, len(noise), 70_000)
        ],
        "empty.txt": [],
        "small.txt": [b"a", b"", b"b"],
    }
    sealed = await write_bundle(path, members)
    tags = segment_count(sealed.size_bytes) * TAG_BYTES
    assert path.stat().st_size == sealed.size_bytes + tags
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with BundleReader(path, BUNDLE, KEY) as reader:
        assert reader.size == sealed.size_bytes
        plain = b"".join(reader.read())
        assert hashlib.sha256(plain).hexdigest() == sealed.sha256_hex
        for name, chunks in members.items():
            assert b"".join(reader.member(name)) == b"".join(chunks)
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        assert archive.testzip() is None


async def test_nothing_of_the_content_can_be_read_off_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.part"
    secret = b"a name that must not be found "
    await write_bundle(path, {"files/000001-a.txt": [secret * 100]})
    stored = path.read_bytes()
    assert secret not in stored
    assert b"PK" + b"\x03\x04" not in stored


async def test_every_range_is_the_same_part_of_the_whole(tmp_path: Path, noise: bytes) -> None:
    path = tmp_path / "a.part"
    await write_bundle(path, {"files/000001-a.bin": [noise]})
    edges = [0, 1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 3 * SEGMENT_BYTES]
    with BundleReader(path, BUNDLE, KEY) as reader:
        whole = b"".join(reader.read())
        edges += [reader.size - 1, reader.size]
        for start in edges:
            for stop in edges:
                assert b"".join(reader.read(start, stop)) == whole[start : max(start, stop)]
        assert list(reader.read(5, 5)) == []
        assert list(reader.read(reader.size, reader.size + 100)) == []
        assert b"".join(reader.read(reader.size - 3, reader.size + 100)) == whole[-3:]


async def test_a_range_opens_only_the_segments_it_touches(tmp_path: Path, noise: bytes) -> None:
    path = tmp_path / "a.part"
    await write_bundle(path, {"files/000001-a.bin": [noise]})
    damaged = bytearray(path.read_bytes())
    damaged[10] ^= 1  # in the first segment
    path.write_bytes(damaged)
    with BundleReader(path, BUNDLE, KEY) as reader:
        assert len(b"".join(reader.read(SEGMENT_BYTES, 2 * SEGMENT_BYTES))) == SEGMENT_BYTES
        with pytest.raises(IntegrityViolation):
            list(reader.read(0, 1))
        with pytest.raises(IntegrityViolation):
            list(reader.member("files/000001-a.bin"))


@pytest.mark.parametrize(
    "kept",
    [0, 1, 16, 17, SEGMENT_BYTES + 16, 2 * (SEGMENT_BYTES + 16), 3 * (SEGMENT_BYTES + 16) + 100],
)
async def test_a_file_that_was_cut_off_does_not_open_at_all(
    tmp_path: Path, noise: bytes, kept: int
) -> None:
    path = tmp_path / "a.part"
    await write_bundle(path, {"files/000001-a.bin": [noise]})
    os.truncate(path, kept)
    with pytest.raises(IntegrityViolation):
        BundleReader(path, BUNDLE, KEY)


async def test_a_bundle_does_not_open_without_its_key_and_id(tmp_path: Path) -> None:
    path = tmp_path / "a.part"
    await write_bundle(path, {"data.xml": [b"<a/>"]})
    with pytest.raises(IntegrityViolation):
        BundleReader(path, BUNDLE, secrets.token_bytes(KEY_BYTES))
    with pytest.raises(IntegrityViolation):
        BundleReader(path, UUID(int=7), KEY)


async def test_a_file_that_is_gone_and_a_member_that_never_was_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.part"
    with pytest.raises(IntegrityViolation, match="gone"):
        BundleReader(path, BUNDLE, KEY)
    await write_bundle(path, {"data.xml": [b"<a/>"]})
    with BundleReader(path, BUNDLE, KEY) as reader, pytest.raises(IntegrityViolation):
        list(reader.member("other.xml"))


async def test_an_aborted_bundle_leaves_nothing(tmp_path: Path, noise: bytes) -> None:
    path = tmp_path / "a.part"
    bundle = writer(path)
    await bundle.begin("files/000001-a.bin")
    await bundle.write(noise)
    await bundle.abort()
    await bundle.abort()
    assert files_in(tmp_path) == []
    with pytest.raises(IntegrityViolation):
        await bundle.write(b"more")


async def test_a_bundle_that_an_error_left_open_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.part"

    async def export() -> None:
        async with writer(path) as bundle:
            await bundle.begin("files/000001-a.bin")
            await bundle.write(os.urandom(5 * SEGMENT_BYTES))
            raise RuntimeError("the source died")

    with pytest.raises(RuntimeError, match="the source died"):
        await export()
    assert files_in(tmp_path) == []


async def test_a_bundle_that_was_cancelled_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.part"
    task = asyncio.create_task(push_noise(path))
    await asyncio.sleep(0.1)
    assert files_in(tmp_path) == [path]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert files_in(tmp_path) == []


async def test_a_wait_that_was_cancelled_leaves_no_hole(tmp_path: Path) -> None:
    path = tmp_path / "a.part"
    chunks = [os.urandom(SEGMENT_BYTES) for _ in range(12)]
    async with writer(path) as bundle:
        await bundle.begin("files/000001-a.bin")
        for chunk in chunks:
            try:
                await asyncio.wait_for(bundle.write(chunk), 0.0001)
            except TimeoutError:
                continue
        digest = await bundle.end()
        await bundle.close()
    assert digest.sha256_hex == hashlib.sha256(b"".join(chunks)).hexdigest()


async def test_a_file_that_is_there_already_is_neither_overwritten_nor_removed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.part"
    path.write_bytes(b"another worker's")
    with pytest.raises(FileExistsError):
        await write_bundle(path, {"data.xml": [b"<a/>"]})
    assert path.read_bytes() == b"another worker's"


async def test_a_bundle_beyond_its_limit_needs_attention_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.part"
    with pytest.raises(AttentionNeeded) as caught:
        await push_noise(path, limit_bytes=3 * SEGMENT_BYTES)
    assert caught.value.reason is AttentionReason.BUNDLE_TOO_LARGE
    assert files_in(tmp_path) == []


async def test_the_limit_holds_to_the_byte(tmp_path: Path) -> None:
    members = {"a": [b"text"]}
    await write_bundle(tmp_path / "a.part", members)
    exact = (tmp_path / "a.part").stat().st_size
    await write_bundle(tmp_path / "b.part", members, limit_bytes=exact)
    with pytest.raises(AttentionNeeded):
        await write_bundle(tmp_path / "c.part", members, limit_bytes=exact - 1)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of four megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "habeas-test", disk],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("this account may not mount a small file system")
    yield disk
    subprocess.run(["umount", disk], check=True)


async def test_a_full_disk_needs_attention_and_leaves_nothing(small_disk: Path) -> None:
    path = small_disk / "a.part"
    with pytest.raises(AttentionNeeded) as caught:
        await push_noise(path)
    assert caught.value.reason is AttentionReason.DISK_FULL
    assert files_in(small_disk) == []


LIMITED = """
import asyncio, os, resource, signal, sys
from pathlib import Path
from uuid import UUID
from app.bundles.sealing import KEY_BYTES
from app.bundles.writer import BundleWriter
from app.domain.errors import AttentionNeeded

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, 3 << 20))

async def main():
    path = Path(sys.argv[1])
    try:
        async with BundleWriter(path, UUID(int=1), bytes(KEY_BYTES), 1 << 40) as bundle:
            await bundle.begin("files/000001-a.bin")
            for _ in range(1000):
                await bundle.write(os.urandom(1 << 20))
    except AttentionNeeded as error:
        print(error.reason, path.exists())

asyncio.run(main())
"""


def test_a_quota_on_files_needs_attention_and_leaves_nothing(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, tmp_path / "a.part"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    assert run.stdout.split() == ["disk_full", "False"]


class Stuck(OutputFile):
    """A disk that accepts nothing until it is let go."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, PLENTY)
        self.released = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def write(self, sealed: memoryview, /) -> None:
        asyncio.run_coroutine_threadsafe(self.released.wait(), self._loop).result()
        super().write(sealed)


async def test_what_waits_for_a_slow_disk_is_bounded(tmp_path: Path) -> None:
    bundle = writer(tmp_path / "a.part")
    stuck = Stuck(tmp_path / "a.part")
    bundle._seal._sink = bundle._output = stuck
    accepted = 0

    async def push() -> None:
        nonlocal accepted
        await bundle.begin("files/000001-a.bin")
        for _ in range(64):
            await bundle.write(os.urandom(1 << 18))
            accepted += 1 << 18

    task = asyncio.create_task(push())
    await asyncio.sleep(0.3)
    assert accepted <= IN_FLIGHT_BYTES + 2 * SEGMENT_BYTES + (1 << 20)
    stuck.released.set()
    await task
    await bundle.end()
    assert (await bundle.close()).size_bytes > accepted


async def _write_and_end(bundle: BundleWriter, chunk: bytes) -> None:
    """Whichever of the two first hears of a failure raises it."""
    await bundle.write(chunk)
    await bundle.end()


async def test_a_failure_is_raised_again_by_every_later_call(tmp_path: Path) -> None:
    bundle = writer(tmp_path / "nowhere" / "a.part")
    await bundle.begin("files/000001-a.bin")
    with pytest.raises(FileNotFoundError):
        await _write_and_end(bundle, os.urandom(2 * SEGMENT_BYTES))
    with pytest.raises(FileNotFoundError):
        await bundle.write(b"more")
    with pytest.raises(FileNotFoundError):
        await bundle.end()
    with pytest.raises(FileNotFoundError):
        await bundle.close()
    await bundle.abort()


async def test_nothing_can_be_added_to_a_closed_bundle(tmp_path: Path) -> None:
    bundle = writer(tmp_path / "a.part")
    await bundle.close()
    with pytest.raises(IntegrityViolation, match="closed"):
        await bundle.write(b"more")
    with pytest.raises(IntegrityViolation, match="closed"):
        await bundle.begin("data.xml")
    await bundle.abort()
    assert files_in(tmp_path) == [tmp_path / "a.part"]


async def test_nothing_follows_a_call_in_the_wrong_order(tmp_path: Path) -> None:
    async with writer(tmp_path / "a.part") as bundle:
        await bundle.begin("data.xml")
        with pytest.raises(IntegrityViolation):
            await bundle.begin("index.html")
        with pytest.raises(IntegrityViolation, match="half written"):
            await bundle.close()
    assert files_in(tmp_path) == []


async def test_several_producers_may_push_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.part"
    lines = [f"<record key='{producer}'/>\n".encode() * 4_000 for producer in range(4)]

    async with writer(path) as bundle:
        await bundle.begin("data.xml")
        async with asyncio.TaskGroup() as group:
            for line in lines:
                group.create_task(push_often(bundle, line))
        await bundle.end()
        await bundle.close()
    with BundleReader(path, BUNDLE, KEY) as reader:
        data = b"".join(reader.member("data.xml"))
    assert all(data.count(line.split(b"\n")[0]) == 50 * 4_000 for line in lines)


async def push_often(bundle: BundleWriter, chunk: bytes) -> None:
    for _ in range(50):
        await bundle.write(chunk)
        await asyncio.sleep(0)
