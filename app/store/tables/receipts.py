"""The table of receipts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint, text
from sqlmodel import Field

from app.store.tables.base import BYTES, MOMENT, TEXT, Table


class ReceiptRow(Table, table=True):
    """A receipt as it was signed: inserted, never changed; no personal data."""

    __tablename__ = "receipt"
    __table_args__ = (
        UniqueConstraint("controller_id", "subject_request_id"),
        CheckConstraint("octet_length(json_signature) = 64", name="json_signature"),
        CheckConstraint("octet_length(xml_signature) = 64", name="xml_signature"),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    subject_request_id: UUID
    """What it tells of; the receipt stays when that has gone."""
    json_text: str = Field(sa_type=TEXT)
    xml_text: str = Field(sa_type=TEXT)
    key_id: str = Field(sa_type=TEXT)
    """The key of the ring that the signing key follows from."""
    json_signature: bytes = Field(sa_type=BYTES)
    xml_signature: bytes = Field(sa_type=BYTES)
    created_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
