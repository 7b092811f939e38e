"""The table of restrictions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from app.store.tables.base import BYTES, MOMENT, TEXT, Table, of_controller, one_of
from schemas.vocabulary import RestrictionGround, RestrictionState


class RestrictionRow(Table, table=True):
    """A restriction of a subject; one that has ended has no key any more."""

    __tablename__ = "restriction"
    __table_args__ = (
        of_controller("subject_request_id", "subject_request"),
        of_controller("data_map_version_id", "data_map_version"),
        one_of("ground", RestrictionGround),
        one_of("state", RestrictionState),
        CheckConstraint("octet_length(subject_digest) = 32", name="subject_digest"),
        CheckConstraint("(state = 'active') = (ended_at IS NULL)", name="active_or_ended"),
        CheckConstraint("(ended_at IS NULL) = (wrapped_key IS NOT NULL)", name="key_or_ended"),
        # A subject may be under several, but each is the work of its own subject request.
        Index(
            "uq_restriction_active_request",
            "controller_id",
            "subject_digest",
            "subject_request_id",
            unique=True,
            postgresql_where=text("state = 'active'"),
        ),
        Index(None, "controller_id", "created_at", "id"),
        Index(None, "controller_id", "subject_digest"),
        Index(None, "controller_id", "subject_request_id"),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    subject_request_id: UUID
    subject_digest: bytes = Field(sa_type=BYTES)
    ground: str = Field(sa_type=TEXT)
    state: str = Field(sa_type=TEXT)
    data_map_version_id: UUID
    key_id: str = Field(sa_type=TEXT)
    wrapped_key: bytes | None = Field(default=None, sa_type=BYTES)
    """The key of its vault, wrapped."""
    created_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)
