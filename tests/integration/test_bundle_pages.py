"""A bundle leaves memory for the disk as it is written, where the system takes such advice."""

import errno
import os
from itertools import pairwise
from pathlib import Path

import pytest

from app.bundles.output import OutputFile

PLENTY = 1 << 30
SEGMENT = os.urandom(1 << 20)


def write(path: Path, segments: int) -> None:
    output = OutputFile(path, PLENTY)
    for _ in range(segments):
        output.write(memoryview(SEGMENT))
    output.finish()


def test_what_was_written_is_not_kept_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    def advise(descriptor: int, offset: int, length: int, advice: int) -> None:
        assert (offset, length, advice) == (0, 0, os.POSIX_FADV_DONTNEED)
        sizes.append(os.fstat(descriptor).st_size)

    monkeypatch.setattr(os, "posix_fadvise", advise, raising=False)
    monkeypatch.setattr(os, "POSIX_FADV_DONTNEED", 4, raising=False)

    write(tmp_path / "a.part", 10)

    assert sizes[-1] == 10 << 20
    assert all(later - sooner <= 4 << 20 for sooner, later in pairwise([0, *sizes]))


def test_a_bundle_is_whole_where_there_is_no_such_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "posix_fadvise", raising=False)

    write(tmp_path / "a.part", 5)

    assert (tmp_path / "a.part").read_bytes() == SEGMENT * 5


def test_a_bundle_is_whole_where_the_advice_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: int) -> None:
        raise OSError(errno.ENOSYS, "no advice is taken")

    monkeypatch.setattr(os, "posix_fadvise", refuse, raising=False)
    monkeypatch.setattr(os, "POSIX_FADV_DONTNEED", 4, raising=False)

    write(tmp_path / "a.part", 5)

    assert (tmp_path / "a.part").read_bytes() == SEGMENT * 5
