"""The table of subject requests."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlmodel import Field

from app.store.tables.base import BYTES, JSON, MOMENT, TEXT, Table, of_controller, one_of
from schemas.vocabulary import RequestState, Right


class SubjectRequestRow(Table, table=True):
    """One exercise of one right."""

    __tablename__ = "subject_request"
    __table_args__ = (
        ForeignKeyConstraint(["controller_id"], ["controller.id"]),
        of_controller("data_map_version_id", "data_map_version"),
        of_controller("client_id", "api_client"),
        of_controller("bundle_id", "bundle", use_alter=True),
        of_controller("receipt_id", "receipt", use_alter=True),
        one_of("right", Right),
        one_of("state", RequestState),
        Index(None, "controller_id", "accepted_at", "id"),
        Index(None, "controller_id", "subject_digest"),
        CheckConstraint("deadline_told IN ('due_soon', 'overdue')", name="deadline_told"),
        CheckConstraint("extended_months BETWEEN 0 AND 2", name="extended_months"),
        CheckConstraint("paused_days >= 0", name="paused_days"),
        CheckConstraint("octet_length(submitter_digest) = 32", name="submitter_digest"),
        CheckConstraint(
            "state NOT IN ('awaiting_approval', 'held') OR submitter_digest IS NOT NULL",
            name="waits_for_another",
        ),
        Index(
            "ix_subject_request_due",
            "controller_id",
            "due_at",
            postgresql_where=text("state NOT IN ('completed', 'cancelled', 'refused')"),
        ),
        Index(
            "ix_subject_request_closed",
            "controller_id",
            "completed_at",
            postgresql_where=text("state IN ('completed', 'cancelled', 'refused')"),
        ),
        Index(
            "ix_subject_request_bundle",
            "controller_id",
            "bundle_id",
            postgresql_where=text("bundle_id IS NOT NULL"),
        ),
        Index(
            "ix_subject_request_erasures",
            "controller_id",
            "accepted_at",
            postgresql_where=text("\"right\" = 'erasure'"),
        ),
        Index(
            "ix_subject_request_batch",
            "controller_id",
            "batch_id",
            postgresql_where=text("batch_id IS NOT NULL"),
        ),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    right: str = Field(sa_type=TEXT)
    state: str = Field(sa_type=TEXT)
    subject_key: str | None = Field(default=None, sa_type=TEXT)
    """The subject's key in the LMS; none once the subject is erased."""
    subject_digest: bytes = Field(sa_type=BYTES)
    subject_display: dict[str, Any] = Field(sa_type=JSON)
    data_map_version_id: UUID
    client_id: UUID
    approval: dict[str, Any] = Field(sa_type=JSON)
    """Who approved, when, under which reference, and why."""
    received_at: datetime = Field(sa_type=MOMENT)
    accepted_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
    completed_at: datetime | None = Field(default=None, sa_type=MOMENT)
    attention: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    """Reason and detail, while the request needs attention."""
    bundle_id: UUID | None = None
    options: dict[str, Any] = Field(
        sa_type=JSON, sa_column_kwargs={"server_default": text("'{}'::jsonb")}
    )
    """Ground, digest of a preview, restriction: what the right needs; no personal data."""
    receipt_id: UUID | None = None
    due_at: datetime | None = Field(default=None, sa_type=MOMENT)
    """When the subject must have been answered; none while it is in doubt who that is."""
    deadline_told: str | None = Field(default=None, sa_type=TEXT)
    """What was announced of the deadline, so that nothing is announced twice."""
    extended_months: int = Field(sa_column_kwargs={"server_default": text("0")})
    doubted_at: datetime | None = Field(default=None, sa_type=MOMENT)
    """Since when it is in doubt who sent the request, while it is."""
    paused_days: int = Field(sa_column_kwargs={"server_default": text("0")})
    batch_id: UUID | None = None
    """What was submitted together carries one id."""
    submitter_digest: bytes | None = Field(default=None, sa_type=BYTES)
    """The keyed digest of the person who acted when it was submitted."""
