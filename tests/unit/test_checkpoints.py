"""Checkpoints are signed notes as others read them."""

from base64 import b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain import checkpoints
from app.domain.checkpoints import CheckpointUnfit, Head, key_hash, origin_of, signed, verifier_key
from app.domain.ids import new_id
from app.keyring import KeyRing
from app.services.checkpoint_proofs import proved
from app.signing import is_genuine, public_keys, read_public_keys, sign
from app.store.audit_chain import Link

# The worked example of Go's golang.org/x/mod/sumdb/note.
NAME = "PeterNeumann"
PUBLIC_KEY = b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]
VERIFIER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
SIGNATURE = b64decode(
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
)

ORIGIN = origin_of(new_id())
HEAD = Head(ORIGIN, 42, bytes(range(32)))


def note(keyring: KeyRing, head: Head = HEAD) -> str:
    public = next(iter(public_keys(keyring))).raw
    return signed(head, public, sign(keyring, head.text.encode()).value)


def trusted(keyring: KeyRing) -> list[bytes]:
    return [each.raw for each in public_keys(keyring)]


@pytest.fixture
def keyring() -> KeyRing:
    return KeyRing.parse(KeyRing.generate_entry())


def test_a_key_is_told_as_others_tell_it() -> None:
    assert verifier_key(NAME, PUBLIC_KEY) == VERIFIER_KEY
    assert key_hash(NAME, PUBLIC_KEY) == SIGNATURE[:4]


def test_a_signature_of_another_program_is_verified() -> None:
    assert is_genuine(PUBLIC_KEY, TEXT.encode(), SIGNATURE[4:])
    assert not is_genuine(PUBLIC_KEY, TEXT.encode() + b"\n", SIGNATURE[4:])


def test_a_note_is_written_as_the_form_says(keyring: KeyRing) -> None:
    origin, size, root, empty, line, end = note(keyring).split("\n")
    assert (origin, size, empty, end) == (ORIGIN, "42", "", "")
    assert b64decode(root) == HEAD.hash
    dash, name, value = line.split(" ")
    assert (dash, name) == ("—", ORIGIN)
    assert len(b64decode(value)) == 4 + 64


def test_what_was_signed_is_read_back(keyring: KeyRing) -> None:
    assert proved(note(keyring), ORIGIN, trusted(keyring)) == Link(42, HEAD.hash)


def test_a_note_of_an_unknown_key_proves_nothing(keyring: KeyRing) -> None:
    other = KeyRing.parse(KeyRing.generate_entry())
    assert proved(note(other), ORIGIN, trusted(keyring)) is None


def test_a_witness_s_line_is_passed_over(keyring: KeyRing) -> None:
    witness = Ed25519PrivateKey.generate()
    public = witness.public_key().public_bytes_raw()
    own = signed(HEAD, public, witness.sign(HEAD.text.encode())).splitlines()[-1]
    witnessed = note(keyring) + own.replace(ORIGIN, "witness.example") + "\n"
    assert proved(witnessed, ORIGIN, trusted(keyring)) == Link(42, HEAD.hash)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("\n42\n", "\n43\n", id="another size"),
        pytest.param("\n42\n", "\n042\n", id="a leading zero"),
        pytest.param("\n42\n", "\n-42\n", id="a sign"),
        pytest.param("AAECAwQF", "AAECAwQG", id="another hash"),
        pytest.param("AAECAwQF", "AAECAwQ", id="a short hash"),
        pytest.param("\n\n", "\n", id="no empty line"),
        pytest.param("— ", "- ", id="another dash"),
        pytest.param("\n\n", "\nmore\n\n", id="a further line"),
    ],
)
def test_what_was_changed_is_refused(keyring: KeyRing, old: str, new: str) -> None:
    changed = note(keyring).replace(old, new)
    assert changed != note(keyring)
    with pytest.raises(ValueError, match=r"checkpoint|signature line"):
        proved(changed, ORIGIN, trusted(keyring))


def test_a_note_of_another_trail_is_refused(keyring: KeyRing) -> None:
    with pytest.raises(ValueError, match="another trail"):
        proved(note(keyring), origin_of(new_id()), trusted(keyring))


@pytest.mark.parametrize("end", ["", " ", "="])
def test_a_note_ends_with_its_last_line(keyring: KeyRing, end: str) -> None:
    with pytest.raises(ValueError, match=r"checkpoint|signature line"):
        checkpoints.read(note(keyring).removesuffix("\n") + end)


def test_a_signature_that_was_cut_is_refused() -> None:
    with pytest.raises(CheckpointUnfit, match="no signature line"):
        checkpoints.read(f"{HEAD.text}\n— {ORIGIN} AAA\n")


@pytest.mark.parametrize("text", ["", "\n\n", "a\n1\n", "— a b\n", "\n\n\n"])
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"checkpoint|signature line"):
        checkpoints.read(text)


def test_public_keys_are_read_from_what_the_command_prints(keyring: KeyRing) -> None:
    printed = "".join(f"{key.key_id} signs\n{key.pem}" for key in public_keys(keyring))
    assert read_public_keys(printed.encode()) == trusted(keyring)
    with pytest.raises(ValueError, match="no public key"):
        read_public_keys(b"nothing")
