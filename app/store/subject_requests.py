"""Subject requests, each accepted together with its job."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import BundleId, ControllerId, JobId, ReceiptId, SubjectRequestId
from app.domain.subject_requests import (
    Approval,
    Attention,
    Filter,
    NewSubjectRequest,
    SubjectRequest,
)
from app.store import subject_request_statements as statements
from app.store.idempotency import IdempotencyKey, StoredAnswer, remembered
from app.store.outbox import Announcement, announced
from schemas.vocabulary import (
    AttentionReason,
    RefusalArticle,
    RequestState,
    RestrictionGround,
    Right,
)


@dataclass(frozen=True, slots=True)
class Along:
    """What is written in one statement with a new subject request.

    Attributes:
        accepted_at: Aware moment by the database's clock, where it was read already.
        announcements: Its events, in their order.
        answer: What is remembered under the key of its submission.
    """

    accepted_at: datetime | None = None
    announcements: Sequence[Announcement] = ()
    answer: tuple[IdempotencyKey, StoredAnswer] | None = None


_NOTHING = Along()


async def insert(
    connection: AsyncConnection,
    controller_id: ControllerId,
    request: NewSubjectRequest,
    state: RequestState = RequestState.ACCEPTED,
    along: Along = _NOTHING,
) -> datetime | None:
    """Accept a subject request: store it with its queued job, in one statement.

    Args:
        connection: Bound to the controller.
        controller_id: Whose it is.
        request: What is accepted.
        state: Where it stands. One that waits has no job until it is begun.
        along: What is written with it.

    Returns:
        When it was accepted; None where its subject was erased since they were confirmed, and
        nothing was stored.
    """
    approval = request.approval
    parameters: dict[str, object] = {
        "controller_id": controller_id,
        "id": request.id,
        "job_id": request.job_id,
        "right": request.right,
        "state": state,
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
        "due_at": request.due_at,
        "batch_id": request.batch_id,
        "submitter_digest": request.submitter_digest,
        "accepted_at": along.accepted_at,
        "confirmed_at": request.confirmed_at,
    }
    parameters |= announced(along.announcements)
    statement = statements.INSERT
    if along.answer is not None:
        parameters |= remembered(*along.answer)
        statement = statements.INSERT_AND_REMEMBER
    stored = await statement.one_or_none(connection, parameters)
    accepted_at: datetime | None = None if stored is None else stored.accepted_at
    return accepted_at


async def begin(
    connection: AsyncConnection,
    subject_request_id: SubjectRequestId,
    job_id: JobId,
    options: Mapping[str, object],
    states: Collection[RequestState] = (RequestState.AWAITING_INFORMATION,),
) -> bool:
    """Queue the job of a subject request that waited.

    Args:
        connection: Bound to the controller.
        subject_request_id: The subject request.
        job_id: The id that the job gets.
        options: What is added to its options; no personal data.
        states: What it may have waited for.

    Returns:
        False where it waits for none of these, or its identity is in doubt: then nothing is changed.
    """
    parameters = {
        "id": subject_request_id,
        "job_id": job_id,
        "options": json.dumps(dict(options)),
        "states": list(states),
    }
    return bool((await connection.execute(statements.BEGIN, parameters)).scalar_one())


async def add_options(
    connection: AsyncConnection, subject_request_id: SubjectRequestId, options: Mapping[str, object]
) -> None:
    """Add to a subject request's options, in the place of those of the same name."""
    parameters = {"id": subject_request_id, "options": json.dumps(dict(options))}
    await connection.execute(statements.ADD_OPTIONS, parameters)


async def get(
    connection: AsyncConnection, subject_request_id: SubjectRequestId
) -> SubjectRequest | None:
    """Read a subject request; None where the controller has no such one."""
    result = await connection.execute(statements.GET, {"id": subject_request_id})
    row = result.mappings().one_or_none()
    return None if row is None else _read(row)


async def is_restricted(
    connection: AsyncConnection, subject_digest: bytes, ground: RestrictionGround
) -> bool:
    """Tell whether a subject is restricted on a ground, or about to be, and not about to be restored."""
    parameters = {"subject_digest": subject_digest, "ground": ground}
    return bool((await connection.execute(statements.IS_RESTRICTED, parameters)).scalar_one())


async def restrictions_under_way(
    connection: AsyncConnection, subject_digest: bytes, ground: RestrictionGround
) -> list[SubjectRequest]:
    """List the restrictions of a subject on a ground that are accepted and neither over nor called off."""
    parameters = {"subject_digest": subject_digest, "ground": ground}
    rows = await connection.execute(statements.LIST_RESTRICTIONS_UNDER_WAY, parameters)
    return [_read(row) for row in rows.mappings()]


async def is_being_erased(connection: AsyncConnection, subject_digest: bytes) -> bool:
    """Tell whether an erasure of a subject is accepted and not over."""
    parameters = {"subject_digest": subject_digest}
    return bool((await connection.execute(statements.IS_BEING_ERASED, parameters)).scalar_one())


async def replayed(
    connection: AsyncConnection, subject_digests: Sequence[bytes], options: Mapping[str, object]
) -> set[bytes]:
    """Give those of many subjects of whom a request with these options stands or was carried out.

    Args:
        connection: Bound to the controller.
        subject_digests: At most 20,000 keyed digests.
        options: Some options, with their values.
    """
    parameters = {"subject_digests": list(subject_digests), "options": json.dumps(dict(options))}
    return set((await connection.execute(statements.REPLAYED, parameters)).scalars())


async def list_newest(connection: AsyncConnection, wanted: Filter) -> list[SubjectRequest]:
    """List subject requests, newest first, from one after another on.

    Args:
        connection: Bound to the controller.
        wanted: Which ones, and how many.
    """
    parameters = {
        "state": wanted.state,
        "right": wanted.right,
        "due_before": wanted.due_before,
        "due_from": wanted.due_from,
        "batch_id": wanted.batch_id,
        "after": wanted.after,
        "limit": wanted.limit,
    }
    return [
        _read(row) for row in (await connection.execute(statements.LIST, parameters)).mappings()
    ]


async def start(connection: AsyncConnection, subject_request_id: SubjectRequestId) -> None:
    """Show that a worker is at it."""
    await connection.execute(statements.START, {"id": subject_request_id})


async def requeue(connection: AsyncConnection, subject_request_id: SubjectRequestId) -> None:
    """Show that it waits for a worker, again."""
    await connection.execute(statements.REQUEUE, {"id": subject_request_id})


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
    completed_at: datetime = (
        await connection.execute(statements.COMPLETE, parameters)
    ).scalar_one()
    return completed_at


async def cancel(
    connection: AsyncConnection, subject_request_id: SubjectRequestId, *, is_waiting: bool = False
) -> datetime | None:
    """Show that it was cancelled, and tell those who wait for it.

    Args:
        connection: Bound to the controller.
        subject_request_id: The subject request.
        is_waiting: Whether only if nobody has let it begin.

    Returns:
        When it was cancelled; None where it was over before, or has begun.
    """
    parameters = {
        "id": subject_request_id,
        "state": RequestState.CANCELLED,
        "options": "{}",
        "is_waiting": is_waiting,
    }
    row = (await connection.execute(statements.END, parameters)).one_or_none()
    return None if row is None else row.completed_at


async def refuse(
    connection: AsyncConnection,
    subject_request_id: SubjectRequestId,
    article: RefusalArticle,
    *,
    is_waiting: bool,
) -> datetime | None:
    """Show that the controller does not act on it; as ``cancel`` else.

    Args:
        connection: Bound to the controller.
        subject_request_id: The subject request.
        article: Why not.
        is_waiting: Whether only if nobody has let it begin.
    """
    parameters = {
        "id": subject_request_id,
        "state": RequestState.REFUSED,
        "options": json.dumps({"refusal": article}),
        "is_waiting": is_waiting,
    }
    row = (await connection.execute(statements.END, parameters)).one_or_none()
    return None if row is None else row.completed_at


async def need_attention(
    connection: AsyncConnection, subject_request_id: SubjectRequestId, attention: Attention
) -> None:
    """Show that it waits for a person, and tell those who wait for it."""
    written = json.dumps({"reason": attention.reason, "detail": attention.detail})
    await connection.execute(
        statements.NEED_ATTENTION, {"id": subject_request_id, "attention": written}
    )


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
