"""Choose the account the servers run as, and say what it can reach."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from app.embedded.errors import ELSEWHERE, EmbeddedFailure

_UNPRIVILEGED = ("nobody", "daemon")


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged account that exists on this machine.

    Attributes:
        name: As in the password file.
        uid: Its number, never 0.
        gid: The number of its group.
    """

    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    """Find whom to run the servers as.

    Returns:
        An account to drop to when this process is root, None when it stays who it is.

    Raises:
        EmbeddedFailure: Root without an unprivileged account, or a number without an entry in
            the password file, which ``initdb`` refuses.
    """
    if os.geteuid() != 0:
        _require_entry(os.geteuid())
        return None
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedFailure(
        "embedded servers",
        f"PostgreSQL refuses to run as root and none of the accounts {', '.join(_UNPRIVILEGED)} "
        f"exists: run as an ordinary user, {ELSEWHERE}",
    )


def _require_entry(uid: int) -> None:
    try:
        pwd.getpwuid(uid)
    except KeyError as error:
        raise EmbeddedFailure(
            "embedded servers",
            f"the user id {uid} has no entry in the password file, which PostgreSQL needs: "
            f"add one, {ELSEWHERE}",
        ) from error


def can_reach(account: Account, path: Path) -> bool:
    """Say whether the account may walk to a path and read (and, for a folder, enter) it.

    Args:
        account: Who.
        path: An existing file or folder; every folder above it is looked at too.
    """
    resolved = path.resolve()
    if not all(_allows(account, folder, stat.S_IXOTH) for folder in resolved.parents):
        return False
    return _allows(account, resolved, stat.S_IXOTH if resolved.is_dir() else stat.S_IROTH)


def _allows(account: Account, path: Path, for_others: int) -> bool:
    status = path.stat()
    if status.st_uid == account.uid:
        return bool(status.st_mode & (for_others << 6))
    if status.st_gid == account.gid:
        return bool(status.st_mode & (for_others << 3))
    return bool(status.st_mode & for_others)


def private_folder(path: Path, account: Account | None) -> Path:
    """Make a folder that the servers' account alone may enter, unless it is there already.

    Raises:
        EmbeddedFailure: It is there and somebody else's.
    """
    owner = os.geteuid() if account is None else account.uid
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != owner:
            raise EmbeddedFailure(
                "embedded servers",
                f"{path} belongs to the user id {status.st_uid}, the servers run as {owner}: "
                f"run as the account that made it, choose another directory, {ELSEWHERE}",
            ) from None
    else:
        give(path, account)
    return path


def give(path: Path, account: Account | None) -> None:
    """Hand a file or folder that this process made to the servers' account."""
    if account is not None:
        os.chown(path, account.uid, account.gid)
