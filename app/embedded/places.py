"""Decide where the embedded servers keep their things."""

import logging
import os
import re
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.embedded.account import Account, can_reach, give, private_folder
from app.embedded.errors import ELSEWHERE, EmbeddedFailure

_LONGEST_SOCKET = 100
"""Bytes of a socket's path that every system takes (macOS 104, Linux 108)."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Places:
    """Folders of one stack.

    Attributes:
        directory: Where the servers' data lies: the directory asked for, or one that the
            servers' account can reach.
        sockets: The folder of the Unix sockets, for the servers' account alone.
        sockets_are_temporary: Whether that folder goes when the stack stops.
    """

    directory: Path
    sockets: Path
    sockets_are_temporary: bool

    def leave(self) -> None:
        """Remove what is of no use to the next run."""
        if self.sockets_are_temporary:
            shutil.rmtree(self.sockets, ignore_errors=True)


def make(directory: Path, account: Account | None) -> Path:
    """Make the directory asked for, if it is not there; what is there keeps its mode.

    Args:
        directory: Where.
        account: Who will have to walk through it, None for ourselves.

    Returns:
        The directory without symbolic links.

    Raises:
        EmbeddedFailure: It cannot be made.
    """
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        if not directory.is_dir():
            directory.mkdir(mode=0o700)
            directory.chmod(0o700 if account is None else 0o711)
    except OSError as error:
        raise EmbeddedFailure(
            "embedded servers",
            f"cannot make {directory} ({error.strerror}): choose another directory, {ELSEWHERE}",
        ) from error
    return directory.resolve()


def choose(directory: Path, account: Account | None) -> Places:
    """Decide where data and sockets go.

    Args:
        directory: The resolved directory asked for, locked by the caller.
        account: Who runs the servers, None for ourselves.

    Raises:
        EmbeddedFailure: No place was found that the account can reach.
    """
    place = directory
    if account is not None and not can_reach(account, directory):
        place = _reachable_place(directory, account)
        _LOG.warning(
            "the account %s cannot reach %s: the servers' data lies in %s",
            account.name,
            directory,
            place,
        )
    sockets = place / "sockets"
    if _fits(sockets):
        return Places(place, private_folder(sockets, account), sockets_are_temporary=False)
    return Places(place, _short_folder(account), sockets_are_temporary=True)


def _fits(sockets: Path) -> bool:
    """Whether socket paths stay short and need no quoting in any URL."""
    text = str(sockets / ".s.PGSQL.5432.lock")
    return (
        len(os.fsencode(text)) < _LONGEST_SOCKET
        and re.fullmatch(r"[\w./-]+", text, re.ASCII) is not None
    )


def _short_folder(account: Account | None) -> Path:
    for parent in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 - mkdtemp makes it safe
        if account is None or can_reach(account, Path(parent)):
            folder = Path(tempfile.mkdtemp(prefix="habeas-", dir=parent))
            give(folder, account)
            if _fits(folder):
                return folder
            folder.rmdir()
    raise EmbeddedFailure(
        "embedded servers",
        f"no temporary folder with a short plain path was found: set TMPDIR to one, {ELSEWHERE}",
    )


def _reachable_place(directory: Path, account: Account) -> Path:
    """Find or make the private place that belongs to a directory the account cannot reach.

    Its name is drawn once and kept in the directory, so that it is found again after a
    move and not found again after the directory was removed.
    """
    note = directory / "servers-place"
    if note.exists():
        place = Path(note.read_text(encoding="utf-8"))
        if place.is_dir() and place.stat().st_uid == os.geteuid():
            return place
    for parent in (Path("/var/lib"), Path("/var/tmp"), Path(tempfile.gettempdir())):  # noqa: S108
        place = parent / f"habeas-{secrets.token_hex(8)}"
        if parent.is_dir() and os.access(parent, os.W_OK) and can_reach(account, parent):
            place.mkdir(mode=0o700)
            place.chmod(0o711)
            note.write_text(str(place), encoding="utf-8")
            return place
    raise EmbeddedFailure(
        "embedded servers",
        f"the account {account.name} cannot reach {directory}, nor any of the usual places: "
        f"choose a directory that it can reach, {ELSEWHERE}",
    )
