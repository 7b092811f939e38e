"""How entries of an audit trail hang together: each hash covers the hash before it.

Reference:
    RFC 8785 (JSON Canonicalization Scheme), FIPS 180-4 (SHA-256).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import rfc8785
from pydantic import JsonValue

GENESIS = bytes(32)
"""The hash before the first entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry without its own hash.

    Attributes:
        controller_id: Whose trail it stands in.
        sequence: Its place, from 1, without gaps.
        at: Aware moment in whole microseconds, by the database's clock.
        action: What was done.
        client_id: The API client that did it, if one did.
        subject_request_id: The subject request that it was done for, if for one.
        details: Ids and counts.
        previous_hash: The hash of the entry before, 32 bytes.
    """

    controller_id: UUID
    sequence: int
    at: datetime
    action: str
    client_id: UUID | None
    subject_request_id: UUID | None
    details: Mapping[str, JsonValue]
    previous_hash: bytes

    @property
    def hash(self) -> bytes:
        """The SHA-256 of the entry in canonical JSON, 32 bytes."""
        document: dict[str, Any] = {
            "controller_id": str(self.controller_id),
            "sequence": self.sequence,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "action": self.action,
            "client_id": None if self.client_id is None else str(self.client_id),
            "subject_request_id": (
                None if self.subject_request_id is None else str(self.subject_request_id)
            ),
            "details": dict(self.details),
            "previous_hash": self.previous_hash.hex(),
        }
        return sha256(rfc8785.dumps(document)).digest()


@dataclass(frozen=True, slots=True)
class Link:
    """How far a chain has been followed.

    Attributes:
        sequence: The last entry seen, 0 before the first.
        hash: Its hash.
    """

    sequence: int = 0
    hash: bytes = GENESIS


def fault(before: Link, entry: Entry, stored_hash: bytes) -> str | None:
    """Say what is wrong with an entry where it stands; None where nothing is.

    Args:
        before: The chain up to here.
        entry: The next entry by sequence.
        stored_hash: The hash that was stored with it.
    """
    if entry.sequence != before.sequence + 1:
        return f"entries {before.sequence + 1} to {entry.sequence - 1} are missing"
    if entry.hash != stored_hash:
        return "the entry was changed after it was written"
    if entry.previous_hash != before.hash:
        return "the entry does not follow the one before it"
    return None
