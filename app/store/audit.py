"""The audit trail of a controller: append, verify."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import JsonValue
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import IntegrityViolation
from app.domain.ids import ClientId, ControllerId, SubjectRequestId
from app.keyring import WrappedKey
from app.store.audit_chain import Entry, Follower, Link
from app.store.audit_texts import SealedText
from app.store.driver import Statement
from schemas.audit_vocabulary import AuditAction

_BATCH = 250
"""Hashed at a stretch; others wait that long where they share the event loop."""


@dataclass(frozen=True, slots=True)
class People:
    """What an entry says of people, without naming them.

    Attributes:
        subject_digests: The keyed digests of the subjects whom it is about and its texts may speak
            of. None are needed where it is about a subject request: its subject is known.
        acting_person_digest: The keyed digest of the person who acted, if one was named.
        texts: What stands beside it, sealed; each name once.
    """

    subject_digests: Sequence[bytes] = ()
    acting_person_digest: bytes | None = None
    texts: Sequence[SealedText] = ()


_NOBODY = People()


@dataclass(frozen=True, slots=True)
class Head:
    """Where a trail ends, while nobody else can append to it.

    Attributes:
        sequence: Of its last entry, 0 where there is none.
        hash: That entry's hash.
        at: Aware UTC moment, by the database's clock.
        digest_key: The wrapped key of the controller's digests.
        subject_digest: The subject of the subject request that the next entry is about.
    """

    sequence: int
    hash: bytes
    at: datetime
    digest_key: WrappedKey
    subject_digest: bytes | None


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """What following a trail from its first entry to its head found.

    Attributes:
        entries: How many entries hang together, from the first on.
        first_broken_sequence: Where the chain breaks first; None where it is whole.
        reason: What is wrong there.
    """

    entries: int
    first_broken_sequence: int | None = None
    reason: str | None = None


# The clock is read under the row's lock: entries are in order of time, too.
_LOCK_HEAD = Statement("""
    SELECT head.sequence, head.hash, clock_timestamp() AS at, controller.digest_key_id,
        controller.digest_key_wrapped,
        (SELECT request.subject_digest FROM subject_request AS request
         WHERE request.controller_id = head.controller_id
           AND request.id = CAST(:subject_request_id AS uuid)) AS subject_digest
    FROM audit_head AS head JOIN controller ON controller.id = head.controller_id
    WHERE head.controller_id = :controller_id
    FOR UPDATE OF head
""")
_APPEND = Statement("""
    WITH entry AS (
        INSERT INTO audit_entry (controller_id, sequence, at, action, client_id,
            subject_request_id, details, previous_hash, hash, subject_digest,
            acting_person_digest, commitments)
        VALUES (:controller_id, :sequence, :at, :action, :client_id,
            :subject_request_id, :details, :previous_hash, :hash, :subject_digest,
            :acting_person_digest, :commitments)
        RETURNING controller_id, sequence, hash
    ), beside AS (
        INSERT INTO audit_text (controller_id, sequence, name, subject_digests, key_id,
            wrapped_key, sealed)
        SELECT entry.controller_id, entry.sequence, name,
            CASE WHEN is_of_subject THEN CAST(:subject_digests AS bytea[]) ELSE '{}' END,
            key_id, wrapped_key, sealed
        FROM entry, unnest(CAST(:names AS text[]), CAST(:are_of_subject AS boolean[]),
            CAST(:key_ids AS text[]), CAST(:wrapped_keys AS bytea[]), CAST(:sealed AS bytea[]))
            AS beside (name, is_of_subject, key_id, wrapped_key, sealed)
    )
    UPDATE audit_head SET sequence = entry.sequence, hash = entry.hash
    FROM entry WHERE audit_head.controller_id = entry.controller_id
""")
# One statement, so that head and entries are of one moment.
_READ = text("""
    SELECT entry.*, head.sequence AS head_sequence, head.hash AS head_hash
    FROM audit_head AS head LEFT JOIN audit_entry AS entry USING (controller_id)
    WHERE controller_id = :controller_id
    ORDER BY entry.sequence
""")
_TRAILS = text("""
    SELECT controller_id FROM audit_head UNION SELECT controller_id FROM audit_entry
    UNION SELECT controller_id FROM audit_checkpoint ORDER BY controller_id
""")
_HEAD = text("SELECT sequence, hash FROM audit_head WHERE controller_id = :controller_id")


async def lock_head(
    connection: AsyncConnection,
    controller_id: ControllerId,
    subject_request_id: SubjectRequestId | None = None,
) -> Head:
    """Keep everybody else from appending until COMMIT, and say where the trail ends.

    Args:
        connection: Bound to the controller.
        controller_id: Whose trail.
        subject_request_id: The subject request that the next entry is about, if about one.

    Raises:
        IntegrityViolation: The controller has no trail.
    """
    about = {"controller_id": controller_id, "subject_request_id": subject_request_id}
    head = await _LOCK_HEAD.one_or_none(connection, about)
    if head is None:
        raise IntegrityViolation(f"the controller {controller_id} has no audit trail")
    digest_key = WrappedKey(head.digest_key_id, head.digest_key_wrapped)
    return Head(head.sequence, head.hash, head.at, digest_key, head.subject_digest)


async def append(  # noqa: PLR0913 - an entry has this many parts, and every caller names them
    connection: AsyncConnection,
    controller_id: ControllerId,
    action: AuditAction,
    *,
    client_id: ClientId | None = None,
    subject_request_id: SubjectRequestId | None = None,
    details: Mapping[str, JsonValue] | None = None,
    people: People = _NOBODY,
    head: Head | None = None,
) -> None:
    """Append an entry in the transaction of the change that it records.

    The lock on the head is held until COMMIT: append last.

    Args:
        connection: Bound to the controller.
        controller_id: Whose trail.
        action: What is done.
        client_id: The API client that does it, if one does.
        subject_request_id: The subject request that it is done for, if for one.
        details: Ids and counts, no personal data; integers below 2**53.
        people: What it says of people besides.
        head: As ``lock_head`` gave it for the same subject request; None: it is locked here.

    Raises:
        IntegrityViolation: The controller has no trail.
    """
    if head is None:
        head = await lock_head(connection, controller_id, subject_request_id)
    subjects = set(people.subject_digests)
    if head.subject_digest is not None:
        subjects.add(head.subject_digest)
    entry = Entry(
        controller_id=controller_id,
        sequence=head.sequence + 1,
        at=head.at,
        action=action,
        client_id=client_id,
        subject_request_id=subject_request_id,
        details=details or {},
        previous_hash=head.hash,
        subject_digest=next(iter(subjects)) if len(subjects) == 1 else None,
        acting_person_digest=people.acting_person_digest,
        commitments={each.name: each.commitment.hex() for each in people.texts},
    )
    texts = _beside(people.texts) | {"subject_digests": sorted(subjects)}
    await _APPEND.run(connection, _parameters(entry) | texts)


async def verify(
    connection: AsyncConnection, controller_id: ControllerId, known: Iterable[Link] = ()
) -> VerificationResult:
    """Follow a trail from its first entry to its head, at constant memory.

    Args:
        connection: Bound to the controller.
        controller_id: Whose trail.
        known: Links that it once had, as genuine checkpoints say.
    """
    follower, head = Follower(known), None
    async with connection.stream(
        _READ, {"controller_id": controller_id}, execution_options={"yield_per": _BATCH}
    ) as rows:
        async for batch in rows.partitions(_BATCH):
            for row in batch:
                head = Link(row.head_sequence, row.head_hash)
                if row.sequence is None:
                    continue
                done = follower.link.sequence
                broken = follower.follow(entry_of(row), row.hash)
                if broken is not None:
                    return VerificationResult(done, done + 1, broken)
    return _ended(follower, head)


async def list_trails(connection: AsyncConnection) -> list[ControllerId]:
    """List the controllers of whom there is anything of a trail: an auditor sees also what lost its head.

    Args:
        connection: Not bound to a controller.
    """
    return [ControllerId(id_) for id_ in (await connection.execute(_TRAILS)).scalars()]


async def read_head(connection: AsyncConnection, controller_id: ControllerId) -> Link:
    """Say where a trail ends, as of the last commit.

    Raises:
        IntegrityViolation: The controller has no trail.
    """
    row = (await connection.execute(_HEAD, {"controller_id": controller_id})).one_or_none()
    if row is None:
        raise IntegrityViolation(f"the controller {controller_id} has no audit trail")
    return Link(row.sequence, row.hash)


def entry_of(row: Row[Any]) -> Entry:
    """Read an entry from its row."""
    return Entry(
        controller_id=row.controller_id,
        sequence=row.sequence,
        at=row.at,
        action=row.action,
        client_id=row.client_id,
        subject_request_id=row.subject_request_id,
        details=row.details,
        previous_hash=row.previous_hash,
        subject_digest=row.subject_digest,
        acting_person_digest=row.acting_person_digest,
        commitments=row.commitments,
    )


def _ended(follower: Follower, head: Link | None) -> VerificationResult:
    """Hold the end of a trail that was followed against what is known of it."""
    link = follower.link
    if head is None:
        return VerificationResult(0, 1, "the trail has no head")
    if head != link:
        return VerificationResult(
            link.sequence,
            min(head.sequence, link.sequence) + 1,
            f"the trail ends at {link.sequence}, its head says {head.sequence}",
        )
    missing = follower.missing()
    if missing is not None:
        return VerificationResult(link.sequence, link.sequence + 1, missing)
    return VerificationResult(link.sequence)


def _parameters(entry: Entry) -> dict[str, object]:
    return {
        "controller_id": entry.controller_id,
        "sequence": entry.sequence,
        "at": entry.at,
        "action": entry.action,
        "client_id": entry.client_id,
        "subject_request_id": entry.subject_request_id,
        "details": json.dumps(dict(entry.details)),
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
        "subject_digest": entry.subject_digest,
        "acting_person_digest": entry.acting_person_digest,
        "commitments": json.dumps(dict(entry.commitments)),
    }


def _beside(texts: Sequence[SealedText]) -> dict[str, object]:
    """Give texts as columns."""
    return {
        "names": [each.name for each in texts],
        "are_of_subject": [each.is_of_subject for each in texts],
        "key_ids": [each.wrapped_key.key_id for each in texts],
        "wrapped_keys": [each.wrapped_key.wrapped for each in texts],
        "sealed": [each.sealed for each in texts],
    }
