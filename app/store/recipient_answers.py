"""What recipients answered: the latest of each, by subject request."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId, SubjectRequestId
from schemas.vocabulary import RecipientOutcome


@dataclass(frozen=True, slots=True)
class RecipientAnswer:
    """An answer.

    Attributes:
        recipient: Its name in the data map.
        outcome: What it did.
        answered_at: Aware UTC moment.
    """

    recipient: str
    outcome: RecipientOutcome
    answered_at: datetime


_PUT = text("""
    INSERT INTO recipient_answer AS known
        (controller_id, subject_request_id, recipient, outcome, answered_at)
    VALUES (:controller_id, :subject_request_id, :recipient, :outcome, :answered_at)
    ON CONFLICT (controller_id, subject_request_id, recipient)
        DO UPDATE SET outcome = excluded.outcome, answered_at = excluded.answered_at
        WHERE (known.outcome, known.answered_at)
            IS DISTINCT FROM (excluded.outcome, excluded.answered_at)
""")
_LIST = text("""
    SELECT recipient, outcome, answered_at FROM recipient_answer
    WHERE subject_request_id = :subject_request_id
""")


async def put(
    connection: AsyncConnection,
    controller_id: ControllerId,
    subject_request_id: SubjectRequestId,
    answer: RecipientAnswer,
) -> bool:
    """Store an answer in the place of an earlier one.

    Args:
        connection: Bound to the controller.
        controller_id: Whose subject request it is.
        subject_request_id: Which.
        answer: Of one recipient.

    Returns:
        Whether that is news.
    """
    parameters = {
        "controller_id": controller_id,
        "subject_request_id": subject_request_id,
        "recipient": answer.recipient,
        "outcome": answer.outcome,
        "answered_at": answer.answered_at,
    }
    return (await connection.execute(_PUT, parameters)).rowcount == 1


async def list_of(
    connection: AsyncConnection, subject_request_id: SubjectRequestId
) -> dict[str, RecipientAnswer]:
    """Give what was answered to a subject request, by recipient."""
    rows = await connection.execute(_LIST, {"subject_request_id": subject_request_id})
    return {
        row.recipient: RecipientAnswer(
            row.recipient, RecipientOutcome(row.outcome), row.answered_at
        )
        for row in rows
    }
