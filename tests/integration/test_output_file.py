"""The file of a sealed bundle: on the disk as it grows, and not kept in memory."""

import errno
import os
from itertools import pairwise
from pathlib import Path

import pytest

from app.bundles.output import OutputFile

MIB = 1 << 20


def write_out(path: Path, mebibytes: int) -> None:
    output = OutputFile(path, 1 << 30)
    for _ in range(mebibytes):
        output.write(memoryview(os.urandom(MIB)))
    output.finish()


def test_what_is_on_the_disk_is_not_kept_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    def advise(descriptor: int, offset: int, length: int, advice: int) -> None:
        assert (offset, length, advice) == (0, 0, os.POSIX_FADV_DONTNEED)
        sizes.append(os.fstat(descriptor).st_size)

    monkeypatch.setattr(os, "posix_fadvise", advise, raising=False)
    monkeypatch.setattr(os, "POSIX_FADV_DONTNEED", 4, raising=False)
    write_out(tmp_path / "a.part", 10)
    assert sizes[-1] == 10 * MIB
    assert all(later - sooner <= 5 * MIB for sooner, later in pairwise([0, *sizes]))


@pytest.mark.parametrize("advice", [None, OSError(errno.ENOSYS, "no advice is taken")])
def test_a_file_is_whole_where_no_advice_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, advice: OSError | None
) -> None:
    def refuse(*_: int) -> None:
        assert advice is not None
        raise advice

    monkeypatch.setattr(os, "posix_fadvise", refuse, raising=False)
    if advice is None:
        monkeypatch.delattr(os, "posix_fadvise")
    write_out(tmp_path / "a.part", 5)
    assert (tmp_path / "a.part").stat().st_size == 5 * MIB
