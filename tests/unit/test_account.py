"""Whom the embedded servers run as, and what that account can reach."""

import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest

from app.embedded.account import Account, can_reach, private_folder, server_account
from app.embedded.errors import EmbeddedFailure

STRANGER = Account("stranger", 54321, 54321)


@pytest.mark.parametrize(
    ("folder_mode", "file_mode", "reached"),
    [
        pytest.param(0o755, 0o644, True, id="open folder, open file"),
        pytest.param(0o711, 0o644, True, id="folder to walk through, open file"),
        pytest.param(0o700, 0o644, False, id="private folder, open file"),
        pytest.param(0o755, 0o600, False, id="open folder, private file"),
        pytest.param(0o750, 0o644, False, id="folder for another group, open file"),
    ],
)
def test_an_account_reaches_what_every_folder_above_lets_it(
    empty_directory: Callable[[], Path], folder_mode: int, file_mode: int, *, reached: bool
) -> None:
    folder = empty_directory()
    file = folder / "file"
    file.touch()
    file.chmod(file_mode)
    folder.chmod(folder_mode)
    assert can_reach(STRANGER, file) is reached


def test_owners_and_groups_have_bits_of_their_own(empty_directory: Callable[[], Path]) -> None:
    folder = empty_directory()
    folder.chmod(0o610)
    status = folder.stat()
    assert not can_reach(Account("owner", status.st_uid, STRANGER.gid), folder)
    assert can_reach(Account("member", STRANGER.uid, status.st_gid), folder)


def test_a_folder_of_somebody_else_is_not_used(empty_directory: Callable[[], Path]) -> None:
    with pytest.raises(EmbeddedFailure, match="run as 54321: run as the account that made it"):
        private_folder(empty_directory(), STRANGER)


def test_root_drops_to_an_account_that_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    account = server_account()
    assert account is not None
    assert account.uid == pwd.getpwnam(account.name).pw_uid != 0


def test_root_without_such_an_account_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> pwd.struct_passwd:
        raise KeyError(name)

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", unknown)
    with pytest.raises(EmbeddedFailure, match="run as an ordinary user, or give servers"):
        server_account()


def test_a_number_without_a_name_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    monkeypatch.setattr(os, "geteuid", lambda: STRANGER.uid)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    with pytest.raises(EmbeddedFailure, match="54321 has no entry in the password file"):
        server_account()
