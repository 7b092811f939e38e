"""The operator's keys: they wrap data keys, and seal short-lived tokens.

The first key of the ring is active: everything new is made with it. The others only open what
was made before, until ``python -m app keys rotate`` has wrapped it anew.

Reference:
    ``docs/decisions/0002-keyring.md``.
"""

import base64
import binascii
import hmac
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Self

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from app.domain.errors import IntegrityViolation

KEY_BYTES = 32
_KEY_ID = re.compile(r"^[A-Za-z0-9_-]{1,64}$")


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key that only a key ring opens.

    Attributes:
        key_id: The id of the wrapping key.
        wrapped: RFC 3394 key wrap: eight bytes longer than the data key.
    """

    key_id: str
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The operator's keys, the active one first.

    Attributes:
        keys: Pairs of id and 32-byte key, at least one, ids distinct.
    """

    keys: tuple[tuple[str, bytes], ...] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key ring as it stands in ``HABEAS_KEYS``.

        Args:
            text: ``id:key,id2:key2``; keys are 32 bytes in base64url, padding optional.

        Raises:
            ValueError: An entry is malformed, an id stands twice, or there is none.
        """
        entries = tuple(_entry(part.strip()) for part in text.split(",") if part.strip())
        if not entries:
            raise ValueError("the key ring is empty: name at least one key as id:base64url")
        if len({key_id for key_id, _ in entries}) < len(entries):
            raise ValueError("the key ring names a key id twice")
        return cls(entries)

    @classmethod
    def kept_at(cls, path: Path) -> Self:
        """Read the key ring of a file; where the file is missing, make it with one new key.

        Args:
            path: A file in an existing folder; made readable to its owner only.
        """
        if not path.exists():
            fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(cls.generate_entry() + "\n")
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):  # another process was first
                path.hardlink_to(fresh)
            fresh.unlink()
        return cls.parse(path.read_text(encoding="ascii"))

    @staticmethod
    def generate_entry() -> str:
        """Make a new key as an entry of ``HABEAS_KEYS``."""
        key = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip("=")
        return f"k{secrets.token_hex(4)}:{key}"

    @property
    def active_id(self) -> str:
        """The id of the key that wraps new data keys."""
        return self.keys[0][0]

    def has(self, key_id: str) -> bool:
        """Say whether a key is in the ring, so that what it wrapped can be opened."""
        return any(own_id == key_id for own_id, _ in self.keys)

    def wrap(self, data_key: bytes) -> WrappedKey:
        """Wrap a data key with the active key.

        Args:
            data_key: 16 to 64 bytes, a multiple of eight.

        Reference:
            RFC 3394.
        """
        key_id, key = self.keys[0]
        return WrappedKey(key_id, aes_key_wrap(key, data_key))

    def unwrap(self, wrapped_key: WrappedKey) -> bytes:
        """Open a wrapped data key.

        Args:
            wrapped_key: As ``wrap`` gave it.

        Raises:
            IntegrityViolation: The ring lacks the key, or the wrapped key was altered.
        """
        key = dict(self.keys).get(wrapped_key.key_id)
        if key is None:
            raise IntegrityViolation(f"the key ring lacks the key {wrapped_key.key_id}")
        try:
            return aes_key_unwrap(key, wrapped_key.wrapped)
        except (InvalidUnwrap, ValueError) as error:
            raise IntegrityViolation("a wrapped key was altered") from error

    def cipher(self, purpose: str) -> MultiFernet:
        """Give the cipher of short-lived tokens of one purpose.

        Args:
            purpose: What the tokens are for; tokens of another purpose do not open.

        Returns:
            A cipher that seals with the active key and opens with every key of the ring.

        Reference:
            RFC 5869.
        """
        return _cipher(self.keys, purpose)

    def digests(self, purpose: str, content: bytes) -> tuple[str, ...]:
        """Name a content so that it is known again, and nobody without the keys can try out what it was.

        Args:
            purpose: What the digests are for; those of another purpose differ.
            content: Any.

        Returns:
            One for every key of the ring, the active one's first; 64 hexadecimal digits each.

        Reference:
            RFC 2104, RFC 5869.
        """
        keys = _digest_keys(self.keys, purpose)
        return tuple(hmac.digest(key, content, "sha256").hex() for key in keys)


def _entry(text: str) -> tuple[str, bytes]:
    """Read one ``id:key``."""
    key_id, separator, encoded = text.partition(":")
    if not separator or not _KEY_ID.match(key_id):
        raise ValueError("a key is written id:base64url, the id from letters, digits, - and _")
    padded = encoded + "=" * (-len(encoded) % 4)
    try:
        key = base64.b64decode(padded, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"the key {key_id} is not base64url") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"the key {key_id} has {len(key)} bytes, not {KEY_BYTES}")
    return key_id, key


@lru_cache(maxsize=32)
def _cipher(keys: tuple[tuple[str, bytes], ...], purpose: str) -> MultiFernet:
    """Derive a Fernet key from every key of the ring, once a purpose."""
    derived = _derived(keys, f"habeas token: {purpose}")
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


@lru_cache(maxsize=32)
def _digest_keys(keys: tuple[tuple[str, bytes], ...], purpose: str) -> tuple[bytes, ...]:
    """Derive a key of digests from every key of the ring, once a purpose."""
    return tuple(_derived(keys, f"habeas digest: {purpose}"))


def _derived(keys: tuple[tuple[str, bytes], ...], info: str) -> Iterator[bytes]:
    for _, key in keys:
        yield HKDF(SHA256(), KEY_BYTES, salt=None, info=info.encode()).derive(key)
