"""Start programs that end with the process that started them, even on ``kill -9``."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.embedded.account import Account
from app.embedded.errors import EmbeddedFailure

KERNEL_TELLS = sys.platform.startswith("linux")
"""Whether the kernel signals a child whose parent has died."""

ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
"""What our programs get to see: none of the caller's PG* variables, no locale."""

_LAUNCHER = Path(__file__).with_name("launcher.py")


@dataclass(frozen=True, slots=True)
class Start:
    """What to start, and how.

    Attributes:
        command: An absolute path and its arguments.
        death_signal: What the program gets when its supervisor dies.
        account: Who runs it, None for ourselves.
        log: The file that takes its output.
        descriptor: One that the program and its children keep open, if any: a lock, a socket.
        guarded: Whether a guard process stands in for the kernel.
        environment: What it gets to see.
        directory: Where it starts.
    """

    command: tuple[str, ...]
    death_signal: signal.Signals
    account: Account | None
    log: Path
    descriptor: int | None = None
    guarded: bool = not KERNEL_TELLS
    environment: Mapping[str, str] = field(default_factory=lambda: ENVIRONMENT)
    directory: Path = Path("/")


class BoundProcess:
    """A program bound to the life of this process.

    Args:
        start: What to start.

    Raises:
        EmbeddedFailure: Called outside the main thread, with whose end the program would end.
    """

    def __init__(self, start: Start) -> None:
        if threading.current_thread() is not threading.main_thread():
            raise EmbeddedFailure(
                "embedded servers", "start and restart them from the main thread only"
            )
        self._guarded = start.guarded
        with open(start.log, "ab", opener=_private) as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own binary
                _launch(start),
                stdin=subprocess.PIPE if start.guarded else subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=start.directory,
                env=start.environment,
                umask=0o077,
                start_new_session=True,  # Ctrl-C on the terminal is ours to handle, not theirs
                pass_fds=() if start.descriptor is None else (start.descriptor,),
            )

    @property
    def pid(self) -> int:
        """Its process id; of the guard, where one stands in for the kernel."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended, None while it runs."""
        return self._process.poll()

    def send(self, number: signal.Signals) -> None:
        """Signal the program, unless it has ended."""
        if self._process.stdin is None:
            self._process.send_signal(number)
        elif self.exit_code is None:
            with contextlib.suppress(BrokenPipeError):  # it has just ended
                os.write(self._process.stdin.fileno(), bytes([number]))

    def ends_within(self, seconds: float) -> bool:
        """Wait for the program's end and say whether it came."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        if self._process.stdin is not None:
            self._process.stdin.close()
        return True


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _launch(start: Start) -> list[str]:
    uid, gid = (-1, -1) if start.account is None else (start.account.uid, start.account.gid)
    return [
        *(sys.executable, "-I", "-S", str(_LAUNCHER)),
        "guard" if start.guarded else "direct",
        *(str(number) for number in (os.getpid(), int(start.death_signal), uid, gid)),
        *start.command,
    ]
