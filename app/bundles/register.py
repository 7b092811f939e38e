"""The uploads of a bundle being written: listed on disk, so that any number fits in memory."""

import contextlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from app.bundles.archive import MemberDigest
from app.bundles.contents import FileEntry
from app.bundles.output import room

_IN_MEMORY_BYTES = 256 * 1024


class UploadRegister:
    """A list of uploads by record type; a long one is in a file without a name, gone with us.

    Args:
        directory: Where the file lies; as private as the bundles.
    """

    def __init__(self, directory: Path) -> None:
        with room():
            self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - closed on leaving
                max_size=_IN_MEMORY_BYTES, dir=str(directory)
            )
        self._starts: dict[str, int] = {}
        self._counts: dict[str, tuple[int, int]] = {}

    def __enter__(self) -> Self:
        """Give the register."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the file go."""
        with contextlib.suppress(OSError):  # what could not be written goes with it
            self._file.close()

    @property
    def count(self) -> int:
        """How many uploads are listed, missing ones included."""
        return sum(there + missing for there, missing in self._counts.values())

    def digests(self) -> Iterator[MemberDigest]:
        """Give every upload that is in the bundle, as a member of it, in order."""
        for record_type in self._counts:
            for entry in self.entries(record_type):
                if entry.path and entry.sha256_hex and entry.size_bytes is not None:
                    yield MemberDigest(entry.path, entry.size_bytes, entry.sha256_hex)

    def counts(self, record_type: str) -> tuple[int, int]:
        """Say how many uploads of a record type are in the bundle, and how many are missing."""
        return self._counts.get(record_type, (0, 0))

    def add(self, record_type: str, entry: FileEntry) -> None:
        """List an upload; those of one record type come one after another.

        Args:
            record_type: As in the data map.
            entry: What became of it.

        Raises:
            AttentionNeeded: ``disk_full``.
        """
        with room():
            self._file.seek(0, 2)
            self._starts.setdefault(record_type, self._file.tell())
            self._file.write(json.dumps(asdict(entry)).encode() + b"\n")
        there, missing = self.counts(record_type)
        self._counts[record_type] = (
            (there, missing + 1) if entry.path is None else (there + 1, missing)
        )

    def entries(self, record_type: str) -> Iterator[FileEntry]:
        """Read the uploads of a record type back, in order.

        Raises:
            AttentionNeeded: ``disk_full``, for the last of them.
        """
        with room():
            self._file.seek(self._starts.get(record_type, 0))
        for _ in range(sum(self.counts(record_type))):
            yield FileEntry(**json.loads(self._file.readline()))
