"""Hold locks that the kernel releases with the last process that has them."""

import errno
import fcntl
import os
import time
from pathlib import Path

from app.embedded.errors import ELSEWHERE, EmbeddedFailure

_POLL_SECONDS = 0.02


class FileLock:
    """An exclusive lock on a file, bound to the open file and to whoever inherits it.

    A server is started with the lock of its own name open and keeps it open with all its
    children, so that a free lock proves that none of them is left, whatever became of the
    supervisor. Process ids, which are given out again, prove nothing.

    Attributes:
        descriptor: The open file, to be passed to a child.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    @classmethod
    def try_acquire(cls, path: Path) -> "FileLock | None":
        """Take the lock if nobody has it; the file stays for ever.

        Raises:
            EmbeddedFailure: The file cannot be opened, or its file system has no locks.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise EmbeddedFailure(
                "embedded servers",
                f"cannot open {path} ({error.strerror}): the directory belongs to another account; "
                f"run as that account, choose another directory, {ELSEWHERE}",
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
                return None
            raise EmbeddedFailure(
                "embedded servers",
                f"cannot lock {path} ({error.strerror}): put the directory on a local disk, {ELSEWHERE}",
            ) from error
        return cls(descriptor)

    @classmethod
    def acquire(cls, path: Path, *, timeout_seconds: float) -> "FileLock | None":
        """Take the lock, waiting for its holders to end; None when they did not in time."""
        deadline = time.monotonic() + timeout_seconds
        while (lock := cls.try_acquire(path)) is None and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        return lock

    def write(self, note: str) -> None:
        """Leave a note that others can read while the lock is held."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, note.encode(), 0)

    def release(self) -> None:
        """Let go of it here; a child that inherited it still has it."""
        os.close(self.descriptor)


class SupervisorLock:
    """The right to run the servers of one directory.

    Args:
        directory: Where the lock file lies; it exists.
        timeout_seconds: How long to wait for a supervisor that is already leaving.

    Raises:
        EmbeddedFailure: Another supervisor has it, in this process or any other.
    """

    def __init__(self, directory: Path, *, timeout_seconds: float = 60.0) -> None:
        path = directory / "supervisor.lock"
        deadline = time.monotonic() + timeout_seconds
        while (lock := FileLock.try_acquire(path)) is None:
            holder, _, state = path.read_text(encoding="ascii").partition(" ")
            if state == "running" or time.monotonic() > deadline:
                raise EmbeddedFailure(
                    "embedded servers",
                    f"{directory} is already in use by the process {holder or '(starting)'}: "
                    "end that one first, or choose another directory",
                )
            time.sleep(_POLL_SECONDS)
        self._lock = lock
        self._lock.write(f"{os.getpid()} running")

    def leaving(self) -> None:
        """Tell a successor that waiting is worth it."""
        self._lock.write(f"{os.getpid()} leaving")

    def release(self) -> None:
        """Leave the directory to a successor."""
        self._lock.release()
