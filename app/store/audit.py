"""The audit trail of a controller: append, verify."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import IntegrityViolation
from app.domain.ids import ClientId, ControllerId, SubjectRequestId
from app.store.audit_chain import Entry, Link, fault
from schemas.vocabulary import AuditAction

_BATCH = 1_000


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
_LOCK_HEAD = text("""
    SELECT sequence, hash, clock_timestamp() AS at
    FROM audit_head WHERE controller_id = :controller_id
    FOR UPDATE
""")
_APPEND = text("""
    WITH entry AS (
        INSERT INTO audit_entry (controller_id, sequence, at, action, client_id,
            subject_request_id, details, previous_hash, hash)
        VALUES (:controller_id, :sequence, :at, :action, :client_id,
            :subject_request_id, :details, :previous_hash, :hash)
        RETURNING controller_id, sequence, hash
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


async def append(  # noqa: PLR0913 - an entry has this many parts, and every caller names them
    connection: AsyncConnection,
    controller_id: ControllerId,
    action: AuditAction,
    *,
    client_id: ClientId | None = None,
    subject_request_id: SubjectRequestId | None = None,
    details: Mapping[str, JsonValue] | None = None,
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

    Raises:
        IntegrityViolation: The controller has no trail.
    """
    head = (await connection.execute(_LOCK_HEAD, {"controller_id": controller_id})).one_or_none()
    if head is None:
        raise IntegrityViolation(f"the controller {controller_id} has no audit trail")
    entry = Entry(
        controller_id=controller_id,
        sequence=head.sequence + 1,
        at=head.at,
        action=action,
        client_id=client_id,
        subject_request_id=subject_request_id,
        details=details or {},
        previous_hash=head.hash,
    )
    parameters = {
        "controller_id": controller_id,
        "sequence": entry.sequence,
        "at": entry.at,
        "action": action,
        "client_id": client_id,
        "subject_request_id": subject_request_id,
        "details": json.dumps(dict(entry.details)),
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }
    await connection.execute(_APPEND, parameters)


async def verify(connection: AsyncConnection, controller_id: ControllerId) -> VerificationResult:
    """Follow a trail from its first entry to its head, at constant memory.

    Args:
        connection: Bound to the controller.
        controller_id: Whose trail.
    """
    link, head = Link(), None
    async with connection.stream(
        _READ, {"controller_id": controller_id}, execution_options={"yield_per": _BATCH}
    ) as rows:
        async for batch in rows.partitions(_BATCH):
            for row in batch:
                head = Link(row.head_sequence, row.head_hash)
                if row.sequence is None:
                    continue
                broken = fault(link, _entry(row), row.hash)
                if broken is not None:
                    return VerificationResult(link.sequence, link.sequence + 1, broken)
                link = Link(row.sequence, row.hash)
    if head is None:
        return VerificationResult(0, 1, "the trail has no head")
    if head != link:
        return VerificationResult(
            link.sequence,
            min(head.sequence, link.sequence) + 1,
            f"the trail ends at {link.sequence}, its head says {head.sequence}",
        )
    return VerificationResult(link.sequence)


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        controller_id=row.controller_id,
        sequence=row.sequence,
        at=row.at,
        action=row.action,
        client_id=row.client_id,
        subject_request_id=row.subject_request_id,
        details=row.details,
        previous_hash=row.previous_hash,
    )
