"""What is written everywhere when a job comes to wait for a person."""

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId, SubjectRequestId
from app.domain.subject_requests import Attention
from app.store import audit, outbox, subject_requests
from schemas.audit_vocabulary import AuditAction
from schemas.vocabulary import EventType


async def record(
    connection: AsyncConnection,
    controller_id: ControllerId,
    subject_request_id: SubjectRequestId | None,
    attention: Attention,
) -> None:
    """Show it in the subject request, announce it and append it to the audit trail.

    A job without a subject request stands in the audit trail alone.

    Args:
        connection: Bound to the controller, in the transaction that stopped the job.
        controller_id: Whose it is.
        subject_request_id: What the job was to carry out.
        attention: Why it waits.
    """
    if subject_request_id is not None:
        await subject_requests.need_attention(connection, subject_request_id, attention)
        await outbox.add(
            connection,
            controller_id,
            EventType.REQUEST_NEEDS_ATTENTION,
            subject_request_id,
            {"reason": attention.reason},
        )
    await audit.append(
        connection,
        controller_id,
        AuditAction.JOB_NEEDS_ATTENTION,
        subject_request_id=subject_request_id,
        details={"reason": attention.reason},
    )
