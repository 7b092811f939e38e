"""Open a sealed bundle: any range of it, or one member, at constant memory."""

import io
import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID

from app.bundles.sealing import (
    SEGMENT_BYTES,
    TAG_BYTES,
    SegmentCipher,
    plain_size,
    segment_count,
)
from app.domain.errors import IntegrityViolation

_STEP_BYTES = 256 * 1024


class BundleReader:
    """Opens the segments that are asked for, and no others. A context manager.

    The last segment is opened at once, so that a file that was cut off is found before any byte of
    it is given.

    Args:
        path: The sealed file.
        bundle_id: What it was sealed for.
        data_key: What it was sealed with.

    Raises:
        IntegrityViolation: The file is gone, or is not the whole bundle as it was sealed.
    """

    def __init__(self, path: Path, bundle_id: UUID, data_key: bytes) -> None:
        self._cipher = SegmentCipher(data_key, bundle_id)
        try:
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise IntegrityViolation("the file of a bundle is gone") from error
        try:
            self.size = plain_size(os.fstat(self._descriptor).st_size)
            self._segments = segment_count(self.size)
            self._segment(self._segments - 1)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Give the reader."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Give a range of the zip archive, a segment at a time.

        Args:
            start: First byte, from 0.
            stop: The byte after the last one, at most ``size``; all that follows where left out.

        Raises:
            IntegrityViolation: A segment of the range is not as it was sealed.
        """
        stop = self.size if stop is None else min(stop, self.size)
        at = max(start, 0)
        while at < stop:
            index, offset = divmod(at, SEGMENT_BYTES)
            piece = self._segment(index)[offset : offset + stop - at]
            at += len(piece)
            yield piece

    def member(self, name: str) -> Iterator[bytes]:
        """Give one member of the archive, inflated, in pieces of at most 256 KiB.

        Args:
            name: As in the archive.

        Raises:
            IntegrityViolation: There is none of that name, or it is not as it was written.
        """
        try:
            with (
                io.BufferedReader(_SeekableBundle(self), SEGMENT_BYTES) as raw,
                zipfile.ZipFile(raw) as archive,
                archive.open(name) as member,
            ):
                while piece := member.read(_STEP_BYTES):
                    yield piece
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise IntegrityViolation("a member of a bundle cannot be read") from error

    def _segment(self, index: int) -> bytes:
        sealed_bytes = SEGMENT_BYTES + TAG_BYTES
        sealed = os.pread(self._descriptor, sealed_bytes, index * sealed_bytes)
        return self._cipher.open(index, sealed, is_last=index == self._segments - 1)


class _SeekableBundle(io.RawIOBase):
    """The zip archive as a file that can seek, as ``zipfile`` wants it."""

    def __init__(self, reader: BundleReader) -> None:
        super().__init__()
        self._reader = reader
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._reader.size}[whence]
        self._at = origin + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        piece = next(self._reader.read(self._at, self._at + len(buffer)), b"")
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
