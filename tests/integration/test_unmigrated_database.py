"""A command on a database that is not of this version says so, and what to do."""

from pathlib import Path

import pytest

from app.__main__ import main
from app.embedded.stack import Stack
from app.keyring import KeyRing
from tests.fixtures.stack import NewDatabase
from tests.fixtures.store import APPLICATION

CONTROLLER = "01a20327-efc3-7228-ae34-b05eb9df2571"


@pytest.mark.parametrize(
    "words",
    [
        ("controllers", "list"),
        ("clients", "list", "--controller", CONTROLLER),
        ("keys", "rotate"),
        ("audit", "verify"),
        ("audit", "export", "--controller", CONTROLLER),
        ("ledger", "replay", "--controller", CONTROLLER, "--backup-taken-at", "2026-11-22T03:00Z"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
@pytest.mark.usefixtures("store_template")  # makes the role
def test_a_database_that_was_not_migrated_is_told_in_a_sentence(
    stack: Stack,
    new_database: NewDatabase,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    words: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HABEAS_KEYS", KeyRing.generate_entry())
    monkeypatch.setenv("HABEAS_REDIS_URL", stack.redis_url)
    url = stack.database_url(new_database(), APPLICATION)
    monkeypatch.setenv("HABEAS_DATABASE_URL", url)
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.err.startswith("habeas: The database that HABEAS_DATABASE_URL names is not of this")
    assert (said.out, said.err.count("\n")) == ("", 1)
