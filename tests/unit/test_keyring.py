"""The key ring wraps, seals and refuses what was altered."""

import hashlib
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import InvalidToken

from app.domain.errors import IntegrityViolation
from app.keyring import KeyRing, WrappedKey

DATA_KEY = bytes(range(32))
CONTENT = b"somebody@example.org"


def ring(*entries: str) -> KeyRing:
    return KeyRing.parse(",".join(entries))


def test_a_wrapped_key_opens_and_names_the_key_that_wraps_it() -> None:
    keys = ring(KeyRing.generate_entry())
    wrapped = keys.wrap(DATA_KEY)
    assert wrapped.key_id == keys.active_id
    assert wrapped.wrapped != DATA_KEY
    assert keys.unwrap(wrapped) == DATA_KEY


def test_after_a_rotation_the_old_key_still_opens_and_the_new_one_wraps() -> None:
    old, new = KeyRing.generate_entry(), KeyRing.generate_entry()
    wrapped, token = ring(old).wrap(DATA_KEY), ring(old).cipher("cursor").encrypt(b"here")
    rotated = ring(new, old)
    assert rotated.active_id == new.partition(":")[0]
    assert rotated.unwrap(wrapped) == DATA_KEY
    assert rotated.cipher("cursor").decrypt(token) == b"here"


def test_a_key_that_the_ring_lacks_is_an_integrity_violation() -> None:
    wrapped = ring(KeyRing.generate_entry()).wrap(DATA_KEY)
    with pytest.raises(IntegrityViolation, match="lacks the key"):
        ring(KeyRing.generate_entry()).unwrap(wrapped)


@pytest.mark.parametrize("altered", [b"", b"short", bytes(40)], ids=["empty", "cut", "zeros"])
def test_an_altered_wrapped_key_is_an_integrity_violation(altered: bytes) -> None:
    keys = ring(KeyRing.generate_entry())
    with pytest.raises(IntegrityViolation, match="altered"):
        keys.unwrap(WrappedKey(keys.active_id, altered))


def test_a_token_of_one_purpose_does_not_open_for_another() -> None:
    keys = ring(KeyRing.generate_entry())
    token = keys.cipher("confirmation").encrypt(b"42")
    with pytest.raises(InvalidToken):
        keys.cipher("cursor").decrypt(token)


def test_a_digest_tells_nothing_to_whom_lacks_the_keys_and_outlives_a_rotation() -> None:
    old, new = KeyRing.generate_entry(), KeyRing.generate_entry()
    (before,) = ring(old).digests("bodies", CONTENT)
    assert ring(new, old).digests("bodies", CONTENT)[1:] == (before,)
    others = (
        *ring(new).digests("bodies", CONTENT),
        *ring(old).digests("names", CONTENT),
        *ring(old).digests("bodies", CONTENT + b" "),
        hashlib.sha256(CONTENT).hexdigest(),
    )
    assert before not in others


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "empty"),
        ("nocolon", "id:base64url"),
        ("bad id:AAAA", "id:base64url"),
        ("a:!!!!", "not base64url"),
        ("a:QUJD", "3 bytes"),
        (f"a:{'A' * 43},a:{'B' * 43}", "twice"),
    ],
    ids=["nothing", "no colon", "a space in the id", "not base64", "too short", "one id twice"],
)
def test_a_malformed_ring_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        KeyRing.parse(text)


def test_a_ring_does_not_show_its_keys() -> None:
    entry = KeyRing.generate_entry()
    keys = ring(entry)
    assert entry.partition(":")[2] not in repr(keys)
    assert repr(keys.wrap(DATA_KEY).wrapped) not in repr(keys.wrap(DATA_KEY))


def test_a_kept_ring_is_made_once_and_readable_to_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    with ThreadPoolExecutor(8) as pool:
        rings = set(pool.map(KeyRing.kept_at, [path] * 8))
    assert rings == {KeyRing.kept_at(path)}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
