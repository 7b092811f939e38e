"""How entries of an audit trail hang together: each hash covers the hash before it.

Reference:
    RFC 8785 (JSON Canonicalization Scheme), FIPS 180-4 (SHA-256).
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Self
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
        subject_digest: The keyed digest of the one subject that it is about, if about one.
        acting_person_digest: The keyed digest of the person who acted, if one was named.
        commitments: To the texts beside it, in hexadecimal, by name.
    """

    controller_id: UUID
    sequence: int
    at: datetime
    action: str
    client_id: UUID | None
    subject_request_id: UUID | None
    details: Mapping[str, JsonValue]
    previous_hash: bytes
    subject_digest: bytes | None = None
    acting_person_digest: bytes | None = None
    commitments: Mapping[str, str] = field(default_factory=dict)

    @property
    def document(self) -> dict[str, Any]:
        """What is hashed, as JSON. What came later to the form stands in it only where it is said."""
        written: dict[str, Any] = {
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
        if self.subject_digest is not None:
            written["subject_digest"] = self.subject_digest.hex()
        if self.acting_person_digest is not None:
            written["acting_person_digest"] = self.acting_person_digest.hex()
        if self.commitments:
            written["commitments"] = dict(self.commitments)
        return written

    @classmethod
    def of_document(cls, written: Mapping[str, Any]) -> Self:
        """Read an entry from what was hashed.

        Args:
            written: JSON of any content.

        Raises:
            ValueError: It is not exactly the document of an entry.
        """
        try:
            entry = cls(
                controller_id=UUID(written["controller_id"]),
                sequence=written["sequence"],
                at=datetime.fromisoformat(written["at"]),
                action=written["action"],
                client_id=_uuid(written["client_id"]),
                subject_request_id=_uuid(written["subject_request_id"]),
                details=written["details"],
                previous_hash=bytes.fromhex(written["previous_hash"]),
                subject_digest=_bytes(written.get("subject_digest")),
                acting_person_digest=_bytes(written.get("acting_person_digest")),
                commitments=written.get("commitments", {}),
            )
            is_exact = entry.document == written and type(entry.sequence) is int
        except (KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError("this is no audit entry") from error
        if not is_exact:
            raise ValueError("this is no audit entry")
        return entry

    @property
    def hash(self) -> bytes:
        """The SHA-256 of the entry in canonical JSON, 32 bytes."""
        return sha256(rfc8785.dumps(self.document)).digest()


@dataclass(frozen=True, slots=True)
class Link:
    """How far a chain has been followed.

    Attributes:
        sequence: The last entry seen, 0 before the first.
        hash: Its hash.
    """

    sequence: int = 0
    hash: bytes = GENESIS


class Follower:
    """Follows a trail from its first entry, and holds it against what is known of it.

    Args:
        known: Links that the trail once had, in any order: what genuine checkpoints say.
    """

    def __init__(self, known: Iterable[Link] = ()) -> None:
        self.link = Link()
        self._known = deque(sorted(known, key=lambda link: link.sequence))

    def follow(self, entry: Entry, stored_hash: bytes) -> str | None:
        """Go on to the next entry; say what is wrong with it, None where nothing is.

        Args:
            entry: The next by sequence.
            stored_hash: The hash that was stored with it.
        """
        broken = fault(self.link, entry, stored_hash)
        if broken is not None:
            return broken
        self.link = Link(entry.sequence, stored_hash)
        while self._known and self._known[0].sequence == entry.sequence:
            if self._known.popleft().hash != stored_hash:
                return "a checkpoint says that another entry stood here"
        return None

    def missing(self) -> str | None:
        """Say, at the end of the trail, what is cut off; None where nothing is."""
        if not self._known:
            return None
        return f"a checkpoint says that the trail had {self._known[-1].sequence} entries"


def fault(before: Link, entry: Entry, stored_hash: bytes) -> str | None:
    """Say what is wrong with an entry where it stands; None where nothing is.

    Args:
        before: The chain up to here.
        entry: The next entry by sequence.
        stored_hash: The hash that was stored with it.
    """
    if entry.sequence != before.sequence + 1:
        return f"entries {before.sequence + 1} to {entry.sequence - 1} are missing"
    if _hash_of(entry) != stored_hash:
        return "the entry was changed after it was written"
    if entry.previous_hash != before.hash:
        return "the entry does not follow the one before it"
    return None


def _hash_of(entry: Entry) -> bytes | None:
    """Give the hash of an entry; None where it holds what no entry was ever written with."""
    if not isinstance(entry.details, dict) or not isinstance(entry.commitments, dict):
        return None
    try:
        return entry.hash
    except (ValueError, TypeError, RecursionError):
        # a number that JSON cannot say exactly, a commitment that is no text, a nest without end
        return None


def _uuid(written: str | None) -> UUID | None:
    return None if written is None else UUID(written)


def _bytes(written: str | None) -> bytes | None:
    return None if written is None else bytes.fromhex(written)
