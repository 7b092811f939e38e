"""The file that a sealed bundle is written to, and what may stop it."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from app.domain.errors import AttentionNeeded
from schemas.vocabulary import AttentionReason

_DROP_BYTES = 4 * 1024 * 1024
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class OutputFile:
    """A new file that only its owner can read; made by the first write.

    Args:
        path: Must not exist yet; its folder must.
        limit_bytes: The most that the file may hold.
    """

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self._path = path
        self._limit_bytes = limit_bytes
        self._size_bytes = 0
        self._undropped_bytes = 0
        self._descriptor: int | None = None
        self._is_ours = False

    def write(self, sealed: memoryview, /) -> None:
        """Append bytes.

        Args:
            sealed: All of them are written, or an error is raised.

        Raises:
            AttentionNeeded: ``disk_full`` or ``bundle_too_large``.
        """
        self._size_bytes += len(sealed)
        self._undropped_bytes += len(sealed)
        if self._size_bytes > self._limit_bytes:
            raise AttentionNeeded(
                AttentionReason.BUNDLE_TOO_LARGE,
                f"The bundle would exceed {self._limit_bytes} bytes: raise the limit, then resume.",
            )
        with room():
            descriptor = self._opened()
            while sealed:
                sealed = sealed[os.write(descriptor, sealed) :]
        if self._undropped_bytes >= _DROP_BYTES:
            self._undropped_bytes = 0
            _drop(descriptor)

    def finish(self) -> None:
        """Bring the file and its name to the disk, and close it.

        Raises:
            AttentionNeeded: ``disk_full``.
        """
        with room():
            descriptor = self._opened()
            os.fsync(descriptor)
            _drop(descriptor)
            self._close()
            fsync_directory(self._path.parent)

    def discard(self) -> None:
        """Remove the file, if it was made here."""
        with contextlib.suppress(OSError):
            self._close()
        if self._is_ours:
            self._path.unlink(missing_ok=True)

    def _opened(self) -> int:
        if self._descriptor is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
            self._descriptor = os.open(self._path, flags, 0o600)
            self._is_ours = True
        return self._descriptor

    def _close(self) -> None:
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)


def _drop(descriptor: int) -> None:
    """Start to write what is not on the disk, and keep nothing in memory that is.

    A bundle is read later, if at all; its pages would push out those of the LMS's database. And
    the last sync, for which everybody waits, finds little left to do.
    """
    if hasattr(os, "posix_fadvise"):  # macOS has none
        with contextlib.suppress(OSError):  # advice; what was not written, the sync tells
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def fsync_directory(directory: Path) -> None:
    """Bring the names in a folder to the disk.

    Args:
        directory: An existing folder.
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def room() -> Iterator[None]:
    """Tell a full disk from every other failure of the file system."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise AttentionNeeded(
            AttentionReason.DISK_FULL, "The disk is full: make room for the bundle, then resume."
        ) from error
