"""Signs receipts and checkpoints, and gives the public keys that verify them without Habeas.

Each key of the ring yields a signing key, so there is no further secret to keep: what the operator
turns over, backs up or destroys is still the ring alone.

Reference:
    ``docs/receipts.md``; RFC 8032 (Ed25519), RFC 5869 (HKDF), RFC 8410 (public keys as PEM).
"""

import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from app.domain.errors import IntegrityViolation
from app.keyring import KeyRing

_PURPOSE = b"habeas receipt signing"
_SEED_BYTES = 32
_PEM = re.compile(rb"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Signature:
    """A detached signature.

    Attributes:
        key_id: The ring key whose signing key made it.
        value: 64 bytes.
    """

    key_id: str
    value: bytes


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What verifies the signatures of one ring key.

    Attributes:
        key_id: The ring key's id.
        is_active: Whether new signatures are made with it.
        raw: 32 bytes.
        pem: The same as SubjectPublicKeyInfo, in lines.
    """

    key_id: str
    is_active: bool
    raw: bytes
    pem: str


def sign(keyring: KeyRing, content: bytes) -> Signature:
    """Sign with the active key.

    Args:
        keyring: The operator's.
        content: Exactly the bytes that will be handed out.
    """
    key_id, key = keyring.keys[0]
    return Signature(key_id, _signing_key(key).sign(content))


def verify(keyring: KeyRing, content: bytes, signature: Signature) -> None:
    """Make sure that content is what was signed.

    A signature of a key that the ring no longer has passes: its public key, wherever it was
    published, still tells.

    Args:
        keyring: The operator's.
        content: The bytes that were stored.
        signature: Stored with them.

    Raises:
        IntegrityViolation: Content or signature was altered.
    """
    key = dict(keyring.keys).get(signature.key_id)
    if key is None:
        return
    try:
        _signing_key(key).public_key().verify(signature.value, content)
    except InvalidSignature as error:
        raise IntegrityViolation("a signed receipt was altered") from error


def is_genuine(public_key: bytes, content: bytes, signature: bytes) -> bool:
    """Say whether a key signed content.

    Args:
        public_key: 32 bytes.
        content: What is said to be signed.
        signature: Of any content.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, content)
    except InvalidSignature:
        return False
    return True


def public_keys(keyring: KeyRing) -> tuple[PublicKey, ...]:
    """Give the public key of every ring key, the active one first."""
    return tuple(_public_key(keyring, key_id, key) for key_id, key in keyring.keys)


def read_public_keys(pem: bytes) -> list[bytes]:
    """Read Ed25519 public keys, as ``python -m app receipts keys`` prints them.

    Args:
        pem: Any text with at least one key as PEM in it.

    Returns:
        32 bytes each.

    Raises:
        ValueError: There is none, or one is damaged.
    """
    found = []
    for written in _PEM.findall(pem):
        key = load_pem_public_key(written)
        if isinstance(key, Ed25519PublicKey):
            found.append(key.public_bytes_raw())
    if not found:
        raise ValueError("there is no public key of the kind Ed25519")
    return found


def _public_key(keyring: KeyRing, key_id: str, key: bytes) -> PublicKey:
    public = _signing_key(key).public_key()
    return PublicKey(
        key_id,
        key_id == keyring.active_id,
        public.public_bytes_raw(),
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii"),
    )


def _signing_key(key: bytes) -> Ed25519PrivateKey:
    seed = HKDF(SHA256(), _SEED_BYTES, salt=None, info=_PURPOSE).derive(key)
    return Ed25519PrivateKey.from_private_bytes(seed)
