"""Receipts are signed with keys that the ring yields, and verified with published ones."""

import argparse

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from app import signing
from app.commands import show_receipt_keys
from app.domain.errors import IntegrityViolation
from app.keyring import KeyRing
from app.settings import Settings
from app.signing import Signature

CONTENT = '{"id":"…"}'.encode()
OLD, NEW = KeyRing.generate_entry(), KeyRing.generate_entry()


def ring(*entries: str) -> KeyRing:
    return KeyRing.parse(",".join(entries))


SIGNATURE = signing.sign(ring(NEW), CONTENT)


def test_a_signature_names_its_key_and_verifies_with_the_public_one() -> None:
    signature = signing.sign(ring(NEW, OLD), CONTENT)
    active, older = signing.public_keys(ring(NEW, OLD))
    assert signature.key_id == active.key_id == NEW.partition(":")[0]
    assert (active.is_active, older.is_active) == (True, False)
    Ed25519PublicKey.from_public_bytes(active.raw).verify(signature.value, CONTENT)
    signing.verify(ring(NEW, OLD), CONTENT, signature)


def test_both_forms_of_a_public_key_are_the_same_key() -> None:
    for key in signing.public_keys(ring(NEW, OLD)):
        loaded = load_pem_public_key(key.pem.encode())
        assert isinstance(loaded, Ed25519PublicKey)
        assert loaded.public_bytes_raw() == key.raw


def test_after_a_rotation_older_signatures_verify_and_the_new_key_signs() -> None:
    older = signing.sign(ring(OLD), CONTENT)
    rotated = ring(NEW, OLD)
    signing.verify(rotated, CONTENT, older)
    assert signing.sign(rotated, CONTENT).key_id != older.key_id
    assert signing.public_keys(ring(OLD))[0].raw == signing.public_keys(rotated)[1].raw


def test_what_a_dropped_key_signed_is_left_to_its_published_key() -> None:
    older = signing.sign(ring(OLD), CONTENT)
    (published,) = signing.public_keys(ring(OLD))
    signing.verify(ring(NEW), CONTENT, older)
    Ed25519PublicKey.from_public_bytes(published.raw).verify(older.value, CONTENT)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        pytest.param(CONTENT + b" ", SIGNATURE.value, id="a blank more"),
        pytest.param(CONTENT[:-1], SIGNATURE.value, id="a byte less"),
        pytest.param(CONTENT, SIGNATURE.value[::-1], id="another signature"),
        pytest.param(CONTENT, b"", id="no signature"),
    ],
)
def test_what_was_altered_is_an_integrity_violation(content: bytes, value: bytes) -> None:
    with pytest.raises(IntegrityViolation, match="altered"):
        signing.verify(ring(NEW), content, Signature(SIGNATURE.key_id, value))


def test_a_public_key_shows_nothing_of_the_ring_key() -> None:
    keys = ring(NEW)
    shown = repr(signing.public_keys(keys))
    assert keys.keys[0][1].hex() not in shown
    assert repr(keys.keys[0][1]) not in shown


def test_the_command_line_prints_every_public_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HABEAS_KEYS", f"{NEW},{OLD}")
    assert show_receipt_keys(Settings(), argparse.Namespace()) == 0
    printed = capsys.readouterr().out
    for key in signing.public_keys(ring(NEW, OLD)):
        assert key.pem in printed
        assert f"{key.key_id} " in printed
