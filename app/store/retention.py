"""Closed subject requests whose time is over, with all that hangs on them; and what was said of looking at persons."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import SubjectRequestId
from schemas.audit_vocabulary import AuditAction

_CLOSED = "state IN ('completed', 'cancelled', 'refused')"
# Nothing goes of a person of whom something is open, restricted or held; nor what is still told,
# can still be read, or has uploads that are still to go.
_DUE = text(f"""
    SELECT id FROM subject_request AS closed
    WHERE {_CLOSED} AND completed_at < :before
      AND NOT EXISTS (
          SELECT FROM subject_request AS other
          WHERE other.controller_id = closed.controller_id
            AND other.subject_digest = closed.subject_digest AND NOT other.{_CLOSED})
      AND NOT EXISTS (
          SELECT FROM restriction
          WHERE restriction.controller_id = closed.controller_id
            AND restriction.subject_digest = closed.subject_digest
            AND (restriction.state = 'active'
                OR (subject_request_id = closed.id AND ended_at >= :before)))
      AND NOT EXISTS (
          SELECT FROM hold
          WHERE hold.controller_id = closed.controller_id
            AND hold.subject_digest = closed.subject_digest AND hold.state = 'in_force')
      AND NOT EXISTS (
          SELECT FROM held_records
          WHERE held_records.controller_id = closed.controller_id
            AND held_records.subject_digest = closed.subject_digest)
      AND NOT EXISTS (
          SELECT FROM bundle
          WHERE bundle.controller_id = closed.controller_id
            AND bundle.subject_request_id = closed.id AND bundle.deleted_at IS NULL)
      AND NOT EXISTS (
          SELECT FROM outbox
          WHERE outbox.controller_id = closed.controller_id
            AND outbox.subject_request_id = closed.id AND dispatched_at IS NULL)
      AND NOT EXISTS (
          SELECT FROM webhook_delivery
          WHERE webhook_delivery.controller_id = closed.controller_id
            AND webhook_delivery.subject_request_id = closed.id
            AND webhook_delivery.state = 'pending')
      AND NOT EXISTS (
          SELECT FROM job JOIN upload_removal
            ON upload_removal.controller_id = job.controller_id AND job_id = job.id
          WHERE job.controller_id = closed.controller_id AND job.subject_request_id = closed.id)
    ORDER BY completed_at, id
    LIMIT :limit
    FOR UPDATE SKIP LOCKED
""")  # noqa: S608 - constants


def _below(parent: str, *tables: str) -> tuple[str, ...]:
    """Delete what hangs on the rows of a table that belong to subject requests."""
    return tuple(
        f"""
        DELETE FROM {table} USING {parent}
        WHERE {parent}.controller_id = {table}.controller_id
          AND {parent}.id = {table}.{parent}_id
          AND {parent}.subject_request_id = ANY (CAST(:ids AS uuid[]))
        """  # noqa: S608 - constants
        for table in tables
    )


# Referring rows before referenced ones. Receipts stay, and so does the chain: only the texts beside
# its entries go.
_FORGET = tuple(
    text(statement)
    for statement in (
        """
        DELETE FROM audit_text USING audit_entry
        WHERE audit_entry.controller_id = audit_text.controller_id
          AND audit_entry.sequence = audit_text.sequence
          AND audit_entry.subject_request_id = ANY (CAST(:ids AS uuid[]))
        """,
        "DELETE FROM webhook_delivery WHERE subject_request_id = ANY (CAST(:ids AS uuid[]))",
        "DELETE FROM outbox WHERE subject_request_id = ANY (CAST(:ids AS uuid[]))",
        "DELETE FROM recipient_answer WHERE subject_request_id = ANY (CAST(:ids AS uuid[]))",
        *_below("job", "step", "tally", "intent", "wakeable_job"),
        "DELETE FROM job WHERE subject_request_id = ANY (CAST(:ids AS uuid[]))",
        *_below("restriction", "vault_entry"),
        "DELETE FROM restriction WHERE subject_request_id = ANY (CAST(:ids AS uuid[]))",
        *_below("bundle", "download_link"),
        "UPDATE subject_request SET bundle_id = NULL WHERE id = ANY (CAST(:ids AS uuid[]))",
        "DELETE FROM bundle WHERE subject_request_id = ANY (CAST(:ids AS uuid[]))",
        "DELETE FROM subject_request WHERE id = ANY (CAST(:ids AS uuid[]))",
    )
)


# Who looks at persons says why, and no request need come of it: these texts go as those of requests do.
_LOOKS = f"'{AuditAction.SUBJECT_SEARCHED}', '{AuditAction.PREVIEW_MADE}'"
_OF_ENTRY = "beside.controller_id = entry.controller_id AND beside.sequence = entry.sequence"
_FORGET_TEXTS = text(f"""
    WITH due AS (
        SELECT controller_id, sequence FROM audit_entry AS entry
        WHERE action IN ({_LOOKS}) AND at < :before
          AND EXISTS (SELECT FROM audit_text AS beside WHERE {_OF_ENTRY})
          AND NOT EXISTS (
              SELECT FROM audit_text AS beside JOIN subject_request AS other USING (controller_id)
              WHERE {_OF_ENTRY} AND other.subject_digest = ANY (subject_digests)
                AND NOT other.{_CLOSED})
          AND NOT EXISTS (
              SELECT FROM audit_text AS beside JOIN restriction USING (controller_id)
              WHERE {_OF_ENTRY} AND subject_digest = ANY (subject_digests) AND state = 'active')
          AND NOT EXISTS (
              SELECT FROM audit_text AS beside JOIN hold USING (controller_id)
              WHERE {_OF_ENTRY} AND subject_digest = ANY (subject_digests) AND state = 'in_force')
        ORDER BY sequence
        LIMIT :limit
    ), gone AS (
        DELETE FROM audit_text USING due
        WHERE audit_text.controller_id = due.controller_id AND audit_text.sequence = due.sequence
        RETURNING audit_text.sequence
    )
    SELECT count(DISTINCT sequence) FROM gone
""")  # noqa: S608 - constants


async def lock_due(
    connection: AsyncConnection, before: datetime, limit: int
) -> list[SubjectRequestId]:
    """Find closed subject requests whose time is over, oldest first, and lock them.

    Args:
        connection: Bound to the controller.
        before: Aware moment; they were closed, and restrictions of theirs ended, before it.
        limit: At most so many.

    Returns:
        Those of persons of whom nothing is open, restricted or held. What another transaction has
        locked is left out.
    """
    found = await connection.execute(_DUE, {"before": before, "limit": limit})
    return [SubjectRequestId(id_) for id_ in found.scalars()]


async def forget(connection: AsyncConnection, request_ids: Sequence[SubjectRequestId]) -> None:
    """Delete locked subject requests with their jobs, bundles, restrictions, events and texts.

    Receipts, audit entries and the ledger of erasures stay.

    Args:
        connection: Bound to the controller.
        request_ids: As ``lock_due`` gave them.

    Reference:
        DESIGN, promise 10; ``docs/decisions/0018-retention.md``.
    """
    for statement in _FORGET:
        await connection.execute(statement, {"ids": list(request_ids)})


async def forget_texts(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """Delete what was said when persons were searched for or counted, where no request came of it.

    Args:
        connection: Bound to the controller.
        before: Aware moment; it was said before it.
        limit: Of at most so many entries.

    Returns:
        Of how many entries texts went. Those stay that may speak of persons of whom something is
        open, restricted or held.
    """
    parameters = {"before": before, "limit": limit}
    return int((await connection.execute(_FORGET_TEXTS, parameters)).scalar_one())
