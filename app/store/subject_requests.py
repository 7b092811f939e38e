"""Subject requests, each accepted together with its job."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import BundleId, ControllerId, ReceiptId, SubjectRequestId
from app.domain.subject_requests import (
    Approval,
    Attention,
    Filter,
    NewSubjectRequest,
    SubjectRequest,
)
from schemas.vocabulary import AttentionReason, RequestState, Right

# Request, job and wake-up stand or fall together: an accepted request always has its job.
_INSERT = text("""
    WITH request AS (
        INSERT INTO subject_request (controller_id, id, "right", state, subject_key,
            subject_digest, subject_display, data_map_version_id, client_id, approval, options,
            received_at)
        VALUES (:controller_id, :id, :right, 'accepted', :subject_key, :subject_digest,
            :subject_display, :data_map_version_id, :client_id, :approval, :options,
            COALESCE(CAST(:received_at AS timestamptz), clock_timestamp()))
        RETURNING controller_id, id, "right", subject_digest, accepted_at
    ), work AS (
        INSERT INTO job (controller_id, id, subject_request_id, "right", state, subject_digest)
        SELECT controller_id, :job_id, id, "right", 'queued', subject_digest FROM request
        RETURNING controller_id, id
    ), wake AS (
        INSERT INTO wakeable_job (controller_id, job_id) SELECT controller_id, id FROM work
    )
    SELECT accepted_at FROM request
""")
_COLUMNS = """id, controller_id, "right", state, COALESCE(subject_key, '') AS subject_key,
    subject_digest, subject_display, data_map_version_id, client_id, approval, received_at,
    accepted_at, completed_at, attention, bundle_id, options, receipt_id"""
_GET = text(f"SELECT {_COLUMNS} FROM subject_request WHERE id = :id")  # noqa: S608 - constants
_LIST = text(f"""
    SELECT {_COLUMNS} FROM subject_request
    WHERE (CAST(:state AS text) IS NULL OR state = :state)
      AND (CAST(:right AS text) IS NULL OR "right" = :right)
      AND (CAST(:after AS uuid) IS NULL OR (accepted_at, id) < (
          SELECT last.accepted_at, last.id FROM subject_request AS last WHERE last.id = :after))
    ORDER BY accepted_at DESC, id DESC
    LIMIT :limit
""")  # noqa: S608 - constants
_START = text("""
    UPDATE subject_request SET state = 'running', attention = NULL
    WHERE id = :id AND state NOT IN ('completed', 'cancelled')
""")
_REQUEUE = text("""
    UPDATE subject_request SET state = 'accepted', attention = NULL
    WHERE id = :id AND state NOT IN ('completed', 'cancelled')
""")
# Those who wait for the request hear of it when the transaction commits.
_COMPLETE = text("""
    WITH done AS (
        UPDATE subject_request
        SET state = 'completed', completed_at = clock_timestamp(), attention = NULL,
            bundle_id = :bundle_id, receipt_id = :receipt_id
        WHERE id = :id RETURNING id, completed_at
    )
    SELECT completed_at, pg_notify('habeas_requests', id::text) FROM done
""")
_NEED_ATTENTION = text("""
    WITH stopped AS (
        UPDATE subject_request SET state = 'needs_attention', attention = :attention
        WHERE id = :id RETURNING id
    )
    SELECT pg_notify('habeas_requests', id::text) FROM stopped
""")


async def insert(
    connection: AsyncConnection, controller_id: ControllerId, request: NewSubjectRequest
) -> datetime:
    """Accept a subject request: store it with its queued job, in one statement.

    Args:
        connection: Bound to the controller.
        controller_id: Whose it is.
        request: What is accepted.

    Returns:
        When it was accepted.
    """
    approval = request.approval
    parameters = {
        "controller_id": controller_id,
        "id": request.id,
        "job_id": request.job_id,
        "right": request.right,
        "subject_key": request.subject_key,
        "subject_digest": request.subject_digest,
        "subject_display": json.dumps(dict(request.subject_display)),
        "data_map_version_id": request.data_map_version_id,
        "client_id": request.client_id,
        "approval": json.dumps(
            {
                "approved_by": approval.approved_by,
                "approved_at": approval.approved_at.isoformat(),
                "reference": approval.reference,
                "reason": approval.reason,
            }
        ),
        "options": json.dumps(dict(request.options)),
        "received_at": request.received_at,
    }
    accepted_at: datetime = (await connection.execute(_INSERT, parameters)).scalar_one()
    return accepted_at


async def get(
    connection: AsyncConnection, subject_request_id: SubjectRequestId
) -> SubjectRequest | None:
    """Read a subject request; None where the controller has no such one."""
    result = await connection.execute(_GET, {"id": subject_request_id})
    row = result.mappings().one_or_none()
    return None if row is None else _read(row)


async def list_newest(connection: AsyncConnection, wanted: Filter) -> list[SubjectRequest]:
    """List subject requests, newest first, from one after another on.

    Args:
        connection: Bound to the controller.
        wanted: Which ones, and how many.
    """
    parameters = {
        "state": wanted.state,
        "right": wanted.right,
        "after": wanted.after,
        "limit": wanted.limit,
    }
    return [_read(row) for row in (await connection.execute(_LIST, parameters)).mappings()]


async def start(connection: AsyncConnection, subject_request_id: SubjectRequestId) -> None:
    """Show that a worker is at it."""
    await connection.execute(_START, {"id": subject_request_id})


async def requeue(connection: AsyncConnection, subject_request_id: SubjectRequestId) -> None:
    """Show that it waits for a worker, again."""
    await connection.execute(_REQUEUE, {"id": subject_request_id})


async def complete(
    connection: AsyncConnection,
    subject_request_id: SubjectRequestId,
    bundle_id: BundleId | None,
    receipt_id: ReceiptId | None = None,
) -> datetime:
    """Show that it is done, and tell those who wait for it on the channel ``habeas_requests``.

    Returns:
        When it was completed.
    """
    parameters = {"id": subject_request_id, "bundle_id": bundle_id, "receipt_id": receipt_id}
    completed_at: datetime = (await connection.execute(_COMPLETE, parameters)).scalar_one()
    return completed_at


async def need_attention(
    connection: AsyncConnection, subject_request_id: SubjectRequestId, attention: Attention
) -> None:
    """Show that it waits for a person, and tell those who wait for it."""
    written = json.dumps({"reason": attention.reason, "detail": attention.detail})
    await connection.execute(_NEED_ATTENTION, {"id": subject_request_id, "attention": written})


def _read(row: RowMapping) -> SubjectRequest:
    columns: dict[str, Any] = dict(row)
    approval = row["approval"]
    attention = row["attention"]
    columns |= {
        "right": Right(row["right"]),
        "state": RequestState(row["state"]),
        "approval": Approval(
            approved_by=approval["approved_by"],
            approved_at=datetime.fromisoformat(approval["approved_at"]),
            reference=approval["reference"],
            reason=approval.get("reason", ""),
        ),
        "attention": attention
        and Attention(AttentionReason(attention["reason"]), attention["detail"]),
    }
    return SubjectRequest(**columns)
