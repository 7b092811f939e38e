"""The table of what recipients answered."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from app.store.tables.base import MOMENT, TEXT, Table, of_controller, one_of
from schemas.vocabulary import RecipientOutcome


class RecipientAnswerRow(Table, table=True):
    """The latest answer of one recipient to one subject request."""

    __tablename__ = "recipient_answer"
    __table_args__ = (
        of_controller("subject_request_id", "subject_request"),
        one_of("outcome", RecipientOutcome),
    )

    controller_id: UUID = Field(primary_key=True)
    subject_request_id: UUID = Field(primary_key=True)
    recipient: str = Field(primary_key=True, sa_type=TEXT)
    outcome: str = Field(sa_type=TEXT)
    answered_at: datetime = Field(sa_type=MOMENT)
