"""Texts beside the audit trail: sealed, committed to by their entry, and erasable without breaking it.

An entry holds a commitment to each of its texts: an HMAC under a key that no other text has. The
key lies with the text, wrapped, and goes with it; what stays then says nothing about the text.

Reference:
    ``docs/decisions/0015-audit-texts.md``; RFC 2104 (HMAC), RFC 8452 (AES-GCM-SIV).
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import IntegrityViolation
from app.domain.ids import ControllerId
from app.keyring import KEY_BYTES, KeyRing, WrappedKey
from app.record_keys import Seal
from schemas.audit_vocabulary import AuditText

_NOT_OF_THE_SUBJECT = frozenset(
    {AuditText.ACTING_PERSON, AuditText.APPROVED_BY, AuditText.REFERENCE}
)
"""Say who acted and in which case; these stay when the subject is erased."""


@dataclass(frozen=True, slots=True)
class SealedText:
    """A text as it is stored.

    Attributes:
        name: What it says.
        commitment: What its entry holds of it, 32 bytes.
        wrapped_key: Sealing key and commitment key, 64 bytes together.
        sealed: The text.
    """

    name: AuditText
    commitment: bytes
    wrapped_key: WrappedKey
    sealed: bytes

    @property
    def is_of_subject(self) -> bool:
        """Whether it goes when a subject of its entry is erased."""
        return self.name not in _NOT_OF_THE_SUBJECT


@dataclass(frozen=True, slots=True)
class StoredText:
    """A text of a stored entry.

    Attributes:
        sequence: Its entry's.
        name: What it says.
        wrapped_key: Sealing key and commitment key.
        sealed: The text.
    """

    sequence: int
    name: AuditText
    wrapped_key: WrappedKey
    sealed: bytes


@dataclass(frozen=True, slots=True)
class OpenedText:
    """A text with what proves that its entry speaks of it.

    Attributes:
        text: In the words of the one who wrote it.
        commitment_key: 32 bytes.
    """

    text: str
    commitment_key: bytes = field(repr=False)

    @property
    def commitment(self) -> bytes:
        """What the entry must hold, 32 bytes."""
        return hmac.digest(self.commitment_key, self.text.encode(), hashlib.sha256)


_READ = sql("""
    SELECT sequence, name, key_id, wrapped_key, sealed FROM audit_text
    WHERE controller_id = :controller_id AND sequence = ANY (:sequences)
""")
_UNDER_OTHER_KEYS = sql("""
    SELECT sequence, name, key_id, wrapped_key, sealed FROM audit_text
    WHERE key_id <> :key_id ORDER BY sequence LIMIT :limit
""")
_REWRAP = sql("""
    UPDATE audit_text SET key_id = :key_id, wrapped_key = :wrapped
    WHERE sequence = :sequence AND name = :name AND wrapped_key = :former
""")


def seal(keyring: KeyRing, controller_id: ControllerId, name: AuditText, text: str) -> SealedText:
    """Seal a text under keys of its own.

    Args:
        keyring: Wraps the keys.
        controller_id: Whose trail it stands beside.
        name: What it says.
        text: Any.
    """
    sealing_key, commitment_key = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES)
    return SealedText(
        name=name,
        commitment=OpenedText(text, commitment_key).commitment,
        wrapped_key=keyring.wrap(sealing_key + commitment_key),
        sealed=Seal(sealing_key).close(text, _place(controller_id, name)),
    )


def open_text(keyring: KeyRing, controller_id: ControllerId, stored: StoredText) -> OpenedText:
    """Open a text.

    Raises:
        IntegrityViolation: The text or its key was altered, or the ring lacks the wrapping key.
    """
    keys = keyring.unwrap(stored.wrapped_key)
    sealing_key, commitment_key = keys[:KEY_BYTES], keys[KEY_BYTES:]
    if len(commitment_key) != KEY_BYTES:
        raise IntegrityViolation("the key of an audit text was altered")
    text = Seal(sealing_key).open(stored.sealed, _place(controller_id, stored.name))
    return OpenedText(text, commitment_key)


async def read(
    connection: AsyncConnection, controller_id: ControllerId, sequences: Sequence[int]
) -> list[StoredText]:
    """Read what is left of the texts of some entries.

    Args:
        connection: Bound to the controller.
        controller_id: Whose trail.
        sequences: The entries'; at most some hundreds.
    """
    parameters = {"controller_id": controller_id, "sequences": list(sequences)}
    rows = await connection.execute(_READ, parameters)
    return [_stored(row) for row in rows]


async def list_under_other_keys(
    connection: AsyncConnection, active_id: str, limit: int
) -> list[StoredText]:
    """List texts whose keys are wrapped by another key than the active one.

    Args:
        connection: Bound to the controller.
        active_id: The id of the active key.
        limit: At most so many.
    """
    parameters = {"key_id": active_id, "limit": limit}
    return [_stored(row) for row in await connection.execute(_UNDER_OTHER_KEYS, parameters)]


async def rewrap(connection: AsyncConnection, former: StoredText, new: WrappedKey) -> bool:
    """Put newly wrapped keys in the former's place; false where those are gone."""
    parameters = {
        "sequence": former.sequence,
        "name": former.name,
        "former": former.wrapped_key.wrapped,
        "key_id": new.key_id,
        "wrapped": new.wrapped,
    }
    return (await connection.execute(_REWRAP, parameters)).rowcount == 1


def _place(controller_id: ControllerId, name: AuditText) -> str:
    return f"audit text {controller_id} {name}"


def _stored(row: Row[Any]) -> StoredText:
    wrapped_key = WrappedKey(row.key_id, row.wrapped_key)
    return StoredText(row.sequence, AuditText(row.name), wrapped_key, row.sealed)
