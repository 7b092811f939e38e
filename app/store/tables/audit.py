"""The tables of the audit trail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKeyConstraint, Index, text
from sqlmodel import Field

from app.store.tables.base import BYTES, JSON, MOMENT, TEXT, Table, one_of
from schemas.audit_vocabulary import AuditText


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
    """An entry of the trail: inserted, never changed. Ids, counts and digests, no personal data."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        ForeignKeyConstraint(["controller_id"], ["controller.id"]),
        CheckConstraint("sequence > 0", name="sequence"),
        CheckConstraint("octet_length(previous_hash) = 32", name="previous_hash"),
        CheckConstraint("octet_length(hash) = 32", name="hash"),
        CheckConstraint("octet_length(subject_digest) = 32", name="subject_digest"),
        CheckConstraint("octet_length(acting_person_digest) = 32", name="acting_person_digest"),
        Index(
            "ix_audit_entry_subject",
            "controller_id",
            "subject_digest",
            "sequence",
            postgresql_where=text("subject_digest IS NOT NULL"),
        ),
        Index(
            "ix_audit_entry_subject_request",
            "controller_id",
            "subject_request_id",
            "sequence",
            postgresql_where=text("subject_request_id IS NOT NULL"),
        ),
        Index(
            "ix_audit_entry_looks",
            "controller_id",
            "at",
            postgresql_where=text("action IN ('subject.searched', 'preview.made')"),
        ),
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
    subject_digest: bytes | None = Field(default=None, sa_type=BYTES)
    acting_person_digest: bytes | None = Field(default=None, sa_type=BYTES)
    commitments: dict[str, Any] = Field(
        sa_type=JSON, sa_column_kwargs={"server_default": text("'{}'::jsonb")}
    )


class AuditTextRow(Table, table=True):
    """A text beside an entry, sealed; it goes when a subject that it may speak of is erased."""

    __tablename__ = "audit_text"
    __table_args__ = (
        ForeignKeyConstraint(
            ["controller_id", "sequence"], ["audit_entry.controller_id", "audit_entry.sequence"]
        ),
        one_of("name", AuditText),
    )

    controller_id: UUID = Field(primary_key=True)
    sequence: int = Field(
        sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False}
    )
    name: str = Field(sa_type=TEXT, primary_key=True)
    subject_digests: list[bytes] = Field(sa_type=ARRAY(BYTES))
    key_id: str = Field(sa_type=TEXT)
    wrapped_key: bytes = Field(sa_type=BYTES)
    sealed: bytes = Field(sa_type=BYTES)


class AuditCheckpointRow(Table, table=True):
    """Where a trail stood, signed: inserted, never changed."""

    __tablename__ = "audit_checkpoint"
    __table_args__ = (
        ForeignKeyConstraint(["controller_id"], ["controller.id"]),
        CheckConstraint("sequence > 0", name="sequence"),
        CheckConstraint("octet_length(hash) = 32", name="hash"),
    )

    controller_id: UUID = Field(primary_key=True)
    sequence: int = Field(
        sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False}
    )
    key_id: str = Field(sa_type=TEXT)
    hash: bytes = Field(sa_type=BYTES)
    note: str = Field(sa_type=TEXT)
    created_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
