"""Become a server that dies with its supervisor.

Run as a script by ``app.embedded.process`` with the standard library only. Everything is
imported before privileges are dropped: the account may be unable to read this interpreter.

    launcher.py MODE PARENT_PID DEATH_SIGNAL UID GID COMMAND…

MODE ``direct`` asks the kernel for DEATH_SIGNAL when the supervisor's main thread ends and
becomes COMMAND. MODE ``guard``, where the kernel offers no such thing, starts COMMAND and
watches standard input: a byte is a signal to pass on, the end of the pipe is the supervisor's
death. UID -1 keeps the account.

Reference:
    docs/decisions/0001-embedded-servers.md
"""

import ctypes
import os
import select
import signal
import sys

PR_SET_PDEATHSIG = 1


def drop(uid: int, gid: int) -> None:
    """Give up the account for good, supplementary groups first."""
    try:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    except OSError as error:
        sys.exit(f"cannot become user id {uid}: {error.strerror}")


def die_with(parent: int, death_signal: int) -> None:
    """Ask the kernel for a signal when the parent ends, and leave if it already has.

    The request is forgotten when the account changes, so it comes after ``drop``.
    """
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        sys.exit("the supervisor is gone")


def become(command: list[str]) -> None:
    """Replace this process by the command."""
    try:
        os.execv(command[0], command)  # noqa: S606 - our own binary, no shell wanted
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


def guard(command: list[str], death_signal: int) -> int:
    """Run the command as a child until it ends, or the pipe does.

    Returns:
        The child's exit code, negative for a signal.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer)
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        become(command)
    watched = [0, reader]
    while True:
        ready, _, _ = select.select(watched, [], [])
        if reader in ready:
            os.read(reader, 64)
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
        if 0 in ready:
            order = os.read(0, 1)
            if not order:
                watched.remove(0)
            os.kill(child, order[0] if order else death_signal)


def main(arguments: list[str]) -> int:
    """Carry out one start."""
    mode = arguments[0]
    parent, death_signal, uid, gid = (int(word) for word in arguments[1:5])
    command = arguments[5:]
    # Python's own handler would note an early signal and lose it on becoming the command.
    signal.signal(death_signal, signal.SIG_DFL)
    if uid != -1:
        drop(uid, gid)
    if mode == "guard":
        return guard(command, death_signal)
    die_with(parent, death_signal)
    become(command)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
