"""Does something in a fork that ends where it stands."""

import os
import signal
import sys
import time
from collections.abc import Callable

_PAUSE_SECONDS = 0.01
TIMED_OUT = "timed out"


def told_by_fork(work: Callable[[], str], limit_seconds: float) -> str:
    """Work in a fork, which never comes back from here.

    Args:
        work: Gives what is to be told, at most some thousand characters.
        limit_seconds: After so long the fork is killed.

    Returns:
        What it gave, the error that it raised, or ``TIMED_OUT``.
    """
    sys.stdout.flush()
    reading, writing = os.pipe()
    fork = os.fork()
    if fork == 0:
        _work(work, writing)
    os.close(writing)
    is_ended = _ends_within(fork, limit_seconds)
    if not is_ended:
        os.killpg(fork, signal.SIGKILL)
        os.waitpid(fork, 0)
    with os.fdopen(reading, "rb") as pipe:
        return pipe.read().decode(errors="replace") if is_ended else TIMED_OUT


def _work(work: Callable[[], str], writing: int) -> None:
    try:
        os.setsid()
        told = work()
    except BaseException as error:  # noqa: BLE001 - whatever it is, it must not come back
        told = f"{type(error).__name__}: {error}"
    finally:
        os.write(writing, " ".join(told.split()).encode()[:4000])
        sys.stderr.flush()
        os._exit(0)


def _ends_within(fork: int, seconds: float) -> bool:
    last = time.monotonic() + seconds
    while os.waitpid(fork, os.WNOHANG) == (0, 0):
        if time.monotonic() > last:
            return False
        time.sleep(_PAUSE_SECONDS)
    return True
