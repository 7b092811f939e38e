"""A controller's keys for what Habeas remembers of records: digests that find them, seals that hide them.

Reference:
    ``docs/effects.md``, "The vault"; RFC 8452 (AES-GCM-SIV), RFC 5869 (HKDF), RFC 2104 (HMAC).
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.domain.errors import IntegrityViolation

_KEY_BYTES = 32
_NONCE_BYTES = 12


class Seal:
    """Seals texts under one key; two seals of one text do not look alike.

    Args:
        key: 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCMSIV(key)

    def close(self, text: str, bound_to: str) -> bytes:
        """Seal a text.

        Args:
            text: Any.
            bound_to: What it belongs to; it opens there only.
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), bound_to.encode())

    def open(self, sealed: bytes, bound_to: str) -> str:
        """Open a sealed text.

        Raises:
            IntegrityViolation: It was altered, or belongs to something else.
        """
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, rest, bound_to.encode()).decode()
        except InvalidTag as error:
            raise IntegrityViolation("a sealed record was altered") from error


@dataclass(frozen=True, slots=True)
class RecordKeys:
    """The keys that belong to one controller.

    Attributes:
        seal: For intents, deferrals and uploads to be removed.
    """

    seal: Seal
    _digest_key: bytes = field(repr=False)

    @classmethod
    def of(cls, controller_key: bytes) -> Self:
        """Derive the keys.

        Args:
            controller_key: The controller's own, 32 bytes.
        """
        return cls(
            Seal(_derived(controller_key, b"habeas sealed records")),
            _derived(controller_key, b"habeas record digests"),
        )

    def digest(self, kind: str, parts: Sequence[str | None]) -> bytes:
        """Name something without saying what it is, in 32 bytes.

        Args:
            kind: What it is one of: a record type, for instance.
            parts: What tells it from others.
        """
        text = "\x1f".join([kind, *("\x00" if part is None else part for part in parts)])
        return hmac.digest(self._digest_key, text.encode(), hashlib.sha256)


def new_key() -> bytes:
    """Make the key of one vault."""
    return AESGCMSIV.generate_key(_KEY_BYTES * 8)


def _derived(key: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=info).derive(key)
