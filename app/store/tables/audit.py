"""The tables of the audit trail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, text
from sqlmodel import Field

from app.store.tables.base import BYTES, JSON, MOMENT, TEXT, Table


class AuditHeadRow(Table, table=True):
    """Where a controller's chain ends; its row lock orders the writers."""

    __tablename__ = "audit_head"
    __table_args__ = (
        ForeignKeyConstraint(["controller_id"], ["controller.id"]),
        CheckConstraint("octet_length(hash) = 32", name="hash"),
    )

    controller_id: UUID = Field(primary_key=True)
    sequence: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})
    hash: bytes = Field(
        sa_type=BYTES,
        sa_column_kwargs={"server_default": text("decode(repeat('00', 32), 'hex')")},
    )


class AuditEntryRow(Table, table=True):
    """An entry of the trail: inserted, never changed. Ids and counts, no personal data."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        ForeignKeyConstraint(["controller_id"], ["controller.id"]),
        CheckConstraint("sequence > 0", name="sequence"),
        CheckConstraint("octet_length(previous_hash) = 32", name="previous_hash"),
        CheckConstraint("octet_length(hash) = 32", name="hash"),
    )

    controller_id: UUID = Field(primary_key=True)
    sequence: int = Field(
        sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False}
    )
    at: datetime = Field(sa_type=MOMENT)
    action: str = Field(sa_type=TEXT)
    client_id: UUID | None = None
    subject_request_id: UUID | None = None
    details: dict[str, Any] = Field(sa_type=JSON)
    previous_hash: bytes = Field(sa_type=BYTES)
    hash: bytes = Field(sa_type=BYTES)
