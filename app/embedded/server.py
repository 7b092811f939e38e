"""What the two embedded servers have in common: start, wait until ready, stop."""

import signal
import time
from abc import ABC, abstractmethod
from pathlib import Path

from app.embedded.account import Account
from app.embedded.errors import ELSEWHERE, EmbeddedFailure
from app.embedded.lock import FileLock
from app.embedded.process import KERNEL_TELLS, BoundProcess, Start

_OLD_RUN_SECONDS = 60.0
_READY_SECONDS = 300.0  # recovery after a crash may take its time
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.005
_LONGEST_LOG_BYTES = 10 * 2**20


class Server(ABC):
    """One server in one directory.

    Args:
        name: How messages call it; in small letters also the name of its log and lock files.
        directory: Where the log and the lock lie; it belongs to us.
        account: Who runs it, None for ourselves.
        guarded: Whether a guard process stands in for the kernel; tests ask for it.
    """

    death_signal: signal.Signals
    """Ends it in good order; sent on ``stop`` and when the supervisor dies."""

    abrupt_signal: signal.Signals
    """Ends it at once, as a crash would."""

    def __init__(
        self,
        name: str,
        directory: Path,
        account: Account | None,
        *,
        guarded: bool = not KERNEL_TELLS,
    ) -> None:
        self.name = f"embedded {name}"
        self.log = directory / f"{name.lower()}.log"
        self.account = account
        self._lock_path = directory / f"{name.lower()}.lock"
        self._guarded = guarded
        self._process: BoundProcess | None = None
        self._log_size = 0

    @abstractmethod
    def command(self) -> tuple[str, ...]:
        """Give the command line."""

    @abstractmethod
    def prepare(self, lock: FileLock) -> None:
        """Make the data directory fit for a start; nothing of an earlier run is alive."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Say whether the server that was just spawned answers."""

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.exit_code is None

    def spawn(self) -> None:
        """Start it without waiting until it answers; at most once until it has ended.

        Raises:
            EmbeddedFailure: It cannot be started, or an earlier run does not end.
        """
        lock = FileLock.acquire(self._lock_path, timeout_seconds=_OLD_RUN_SECONDS)
        if lock is None:
            raise EmbeddedFailure(
                self.name,
                f"one of an earlier run still holds {self._lock_path} after {_OLD_RUN_SECONDS:.0f} s: "
                "end it, or choose another directory",
            )
        try:
            self._log_size = self._begin_log()
            self.prepare(lock)
            self._process = self.run(self.command(), lock)
        finally:
            lock.release()

    def _begin_log(self) -> int:
        """Put a long log aside, once, and give the size of the one that goes on."""
        size = self.log.stat().st_size if self.log.exists() else 0
        if size <= _LONGEST_LOG_BYTES:
            return size
        self.log.replace(self.log.with_suffix(".log.old"))
        return 0

    def run(self, command: tuple[str, ...], lock: FileLock) -> BoundProcess:
        """Run one of its programs, bound to our life."""
        return BoundProcess(
            Start(
                command=command,
                death_signal=self.death_signal,
                account=self.account,
                log=self.log,
                descriptor=lock.descriptor,
                guarded=self._guarded,
            )
        )

    def wait_until_ready(self) -> None:
        """Wait until it answers.

        Raises:
            EmbeddedFailure: It ended, or did not answer in five minutes; the end of its log is told.
        """
        deadline = time.monotonic() + _READY_SECONDS
        while not self.is_ready():
            if not self.is_running:
                raise self.failure("ended while starting")
            if time.monotonic() > deadline:
                raise self.failure(f"did not answer within {_READY_SECONDS:.0f} s")
            time.sleep(_POLL_SECONDS)

    def failure(self, what: str) -> EmbeddedFailure:
        """Make the error that shows the last lines it wrote since its start."""
        written = b""
        if self.log.exists():
            with self.log.open("rb") as log:
                log.seek(self._log_size)
                written = log.read()
        lines = written.decode(errors="replace").strip().splitlines()[-5:]
        return EmbeddedFailure(
            self.name,
            f"{what}: {' / '.join(lines) or 'it wrote nothing'} (more in {self.log}), {ELSEWHERE}",
        )

    def stop(self, *, immediate: bool = False) -> None:
        """End it and wait for its end; nothing happens when it does not run.

        Args:
            immediate: Whether to end it as a crash would.
        """
        process, self._process = self._process, None
        if process is None:
            return
        numbers = (self.abrupt_signal, signal.SIGKILL)
        for number in numbers if immediate else (self.death_signal, *numbers):
            process.send(number)
            if process.ends_within(_STOP_SECONDS):
                return
        raise self.failure("does not end")
