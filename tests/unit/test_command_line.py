"""What is wrong with a command, a setting or a file is said in a sentence; a fault of ours is not hidden."""

import re
from pathlib import Path

import pytest

from app import commands
from app.__main__ import main
from app.keyring import KeyRing

CONTROLLER = "01a20327-efc3-7228-ae34-b05eb9df2571"
CLIENT = "01a20328-0aad-765a-9068-240eb1b5e8e7"
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
SECRET = KeyRing.generate_entry()
ISSUE = ("clients", "issue", "Portal", "--controller", CONTROLLER)
ROTATE = ("clients", "rotate", CLIENT, "--controller", CONTROLLER)
REVOKE = ("clients", "revoke", CLIENT, "--controller", CONTROLLER)
ENABLE = ("controllers", "enable", CONTROLLER, "--reference", "S-1")
WHY = ("--reason", "It leaked")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which commands run."""
    monkeypatch.chdir(tmp_path)
    for name in ("HABEAS_KEYS", "HABEAS_DATABASE_URL", "HABEAS_OWNER_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a command that cannot be done, and give what it says."""
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("HABEAS_LOG_LEVEL", "INFO", "must be 'debug', 'info', 'warning' or 'error'"),
        ("HABEAS_WEBHOOK_ALLOWED_NETWORKS", "10.20.0.0/16", "must be a JSON list"),
        ("HABEAS_WEBHOOK_ALLOWED_NETWORKS", '"10.20.0.0/16"', "must be a list"),
        ("HABEAS_WEBHOOK_RETRY_SCHEDULE", "PT5S", "must be a JSON list"),
        ("HABEAS_BUNDLE_LIFETIME", "thirty days", "must be a duration"),
        ("HABEAS_HEARTBEAT_SECONDS", "8", "must be at most half of HABEAS_LEASE_SECONDS"),
        ("HABEAS_HEARTBEAT_SECONDS", "often", "must be a number"),
        ("HABEAS_HEARTBEAT_SECONDS", "0", "must be more than 0"),
        ("HABEAS_TRUSTED_PROXIES", "here", "does not appear to be an IPv4 or IPv6 network"),
        ("HABEAS_KEYS", "", "holds no keys that can be used: the key ring is empty"),
        ("HABEAS_KEYS", "k1", "a key is written id:base64url"),
    ],
)
def test_a_setting_that_is_wrong_is_named_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    sentence: str,
) -> None:
    monkeypatch.setenv("HABEAS_KEYS", SECRET)
    monkeypatch.setenv(name, value)
    said = told(capsys, "receipts", "keys")
    assert said.startswith(f"habeas: {name} ")
    assert sentence in said
    assert said.count("\n") == 1
    assert SECRET.partition(":")[2][:8] not in said


def test_what_generates_a_key_needs_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HABEAS_KEYS", "")
    assert main(("keys", "generate")) == 0
    assert KeyRing.parse(capsys.readouterr().out).keys


@pytest.mark.parametrize(
    "words",
    [
        ("receipts", "keys"),
        ("controllers", "create", "A school"),
        (*ENABLE, *WHY),
        ("clients", "issue", "Desk", "--support"),
        (*ROTATE, *WHY),
        (*REVOKE, *WHY),
        ("keys", "rotate"),
        ("audit", "export", "--controller", CONTROLLER),
        (
            "ledger",
            "replay",
            "--controller",
            CONTROLLER,
            "--backup-taken-at",
            "2026-11-22T03:00:00Z",
        ),
    ],
    ids=" ".join,
)
def test_a_command_without_the_operators_keys_makes_none(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    folder: Path,
    words: tuple[str, ...],
) -> None:
    monkeypatch.setenv("HABEAS_DATABASE_URL", NOWHERE)
    said = told(capsys, *words)
    assert "There are no keys: HABEAS_KEYS is not set" in said
    assert list(folder.iterdir()) == []


def test_a_command_takes_the_keys_that_a_process_keeps(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / ".habeas").mkdir()
    kept = KeyRing.kept_at(folder / ".habeas" / "keys")
    assert main(("receipts", "keys")) == 0
    assert kept.active_id in capsys.readouterr().out
    (folder / ".habeas" / "keys").write_text("nothing\n", "ascii")
    assert "keys holds no keys that can be used" in told(capsys, "receipts", "keys")


@pytest.mark.parametrize(
    ("words", "setting"),
    [
        (("controllers", "list"), "HABEAS_DATABASE_URL"),
        (("clients", "list", "--controller", CONTROLLER), "HABEAS_DATABASE_URL"),
        (("audit", "verify"), "HABEAS_DATABASE_URL"),
        (("migrate",), "HABEAS_OWNER_DATABASE_URL"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
@pytest.mark.parametrize("url", [NOWHERE, "not an address"])
def test_a_database_that_is_away_is_named_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    folder: Path,
    words: tuple[str, ...],
    setting: str,
    url: str,
) -> None:
    monkeypatch.setenv(setting, url)
    said = told(capsys, *words)
    assert said.startswith(f"habeas: The database that {setting} names cannot be reached")
    assert said.count("\n") == 1
    assert list(folder.iterdir()) == []


def test_a_data_directory_that_cannot_be_made_is_named_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HABEAS_KEYS", SECRET)
    monkeypatch.setenv("HABEAS_DATABASE_URL", NOWHERE)
    monkeypatch.setenv("HABEAS_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("HABEAS_DATA_DIRECTORY", str(tmp_path / "file" / "data"))
    said = told(capsys, "worker")
    assert said.startswith("habeas: HABEAS_DATA_DIRECTORY: ")
    assert said.endswith("cannot be made or written: Not a directory.\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("controllers", "create", "A", "--settings", "none"), "none cannot be read: No such file"),
        (("controllers", "create", "A", "--settings", "."), ". cannot be read: Is a directory"),
        (("controllers", "create", "A", "--settings", "bad"), "bad does not hold .*: must be JSON"),
        (
            ("controllers", "create", "A", "--settings", "odd"),
            "odd does not hold .*: /contact must be text; /two_person_erasure must be true or false.",
        ),
        (("audit", "verify", "none", "--keys", "keys"), "none cannot be read: No such file"),
        (("audit", "verify", "bad", "--keys", "none"), "none cannot be read: No such file"),
        (("audit", "verify", "bad", "--keys", "bad"), "bad cannot be used: there is no public key"),
        (("audit", "verify", "bad", "--keys", "keys"), "this is no exported audit trail"),
        (("audit", "verify", "--checkpoint", "none"), "none cannot be read: No such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_file_that_is_wrong_is_named_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    folder: Path,
    words: tuple[str, ...],
    sentence: str,
) -> None:
    monkeypatch.setenv("HABEAS_KEYS", SECRET)
    assert main(("receipts", "keys")) == 0
    (folder / "keys").write_text(capsys.readouterr().out, "ascii")
    (folder / "bad").write_bytes(b"\xffnothing\n")
    (folder / "odd").write_text('{"contact": 5, "two_person_erasure": "perhaps"}', "ascii")
    said = told(capsys, *words)
    assert said.count("\n") == 1
    assert re.search(sentence, said), said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("controllers", "create", " "), "argument name: must not be blank"),
        (("controllers", "create", "A", "--key-in-lms", ""), "--key-in-lms: must not be blank"),
        ((*ENABLE, "--reason", " "), "argument --reason: must not be blank"),
        ((*ENABLE, *WHY, "--reference", ""), "argument --reference: must not be blank"),
        ((*ENABLE, *WHY, "--until", "2027-06-30T00:00:00"), "--until: must be a moment with"),
        ((*ENABLE, *WHY, "--until", "tomorrow"), "--until: must be a moment with its offset"),
        ((*ENABLE, *WHY, "--until", "0001-01-01T00:00:00+14:00"), "--until: must be a moment"),
        (("clients", "issue", "", "--support"), "argument name: must not be blank"),
        (("clients", "issue", "n" * 201, "--support"), "name: must have at most 200 characters"),
        ((*ISSUE, "--issuer-client-id", ""), "--issuer-client-id: must not be blank"),
        ((*ISSUE, "--days", "9999999"), "argument --days: is more than a calendar holds"),
        ((*ISSUE, "--days", "some"), "argument --days: must be a whole number"),
        ((*ROTATE, *WHY, "--overlap-hours", "9" * 30), "--overlap-hours: is more than a calendar"),
        ((*ROTATE, "--reason", ""), "argument --reason: must not be blank"),
        ((*REVOKE, "--reason", "\t"), "argument --reason: must not be blank"),
        ((*REVOKE, "--reason", "\udcff"), "argument --reason: must be valid Unicode text"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else value,
)
def test_a_word_is_held_to_what_the_api_holds_it_to(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


def test_a_fault_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> int:
        raise ValueError("a fault")

    monkeypatch.setattr(commands, "generate_key", broken)
    with pytest.raises(ValueError, match="a fault"):
        main(("keys", "generate"))
