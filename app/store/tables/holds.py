"""The tables of holds, and of what erasures kept for them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, Index, UniqueConstraint, text
from sqlmodel import Field

from app.store.tables.base import BYTES, MOMENT, TEXT, TEXTS, Table, of_controller, one_of
from schemas.vocabulary import Category, HeldBy, HoldArticle, HoldState


class HoldRow(Table, table=True):
    """An order not to erase: of a subject, a category or a record type."""

    __tablename__ = "hold"
    __table_args__ = (
        of_controller("client_id", "api_client"),
        one_of("article", HoldArticle),
        one_of("state", HoldState),
        one_of("category", Category),
        CheckConstraint("octet_length(subject_digest) = 32", name="subject_digest"),
        CheckConstraint("num_nonnulls(subject_digest, category, record_type) > 0", name="target"),
        CheckConstraint("num_nonnulls(category, record_type) < 2", name="one_kind"),
        CheckConstraint("(state = 'in_force') = (ended_at IS NULL)", name="in_force_or_ended"),
        Index(None, "controller_id", "created_at", "id"),
        Index(None, "controller_id", "subject_digest"),
        Index(
            "ix_hold_in_force", "controller_id", "id", postgresql_where=text("state = 'in_force'")
        ),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    client_id: UUID
    subject_digest: bytes | None = Field(default=None, sa_type=BYTES)
    category: str | None = Field(default=None, sa_type=TEXT)
    record_type: str | None = Field(default=None, sa_type=TEXT)
    article: str = Field(sa_type=TEXT)
    ends_on: date | None = Field(default=None, sa_type=Date)
    """The last day on which it holds, in UTC."""
    state: str = Field(sa_type=TEXT)
    sealed: bytes | None = Field(default=None, sa_type=BYTES)
    """The reason, and what was shown of the subject; None once the subject is erased."""
    created_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)


class HeldRecordsRow(Table, table=True):
    """Records of one type that an erasure of a subject kept, since they are held."""

    __tablename__ = "held_records"
    __table_args__ = (
        of_controller("subject_request_id", "subject_request"),
        of_controller("data_map_version_id", "data_map_version"),
        one_of("article", HoldArticle),
        one_of("held_by", HeldBy),
        CheckConstraint("octet_length(subject_digest) = 32", name="subject_digest"),
        UniqueConstraint(
            "controller_id", "subject_digest", "record_type", "role", name="uq_held_records_kind"
        ),
        Index(None, "controller_id", "created_at", "id"),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    subject_request_id: UUID
    subject_digest: bytes = Field(sa_type=BYTES)
    data_map_version_id: UUID
    record_type: str = Field(sa_type=TEXT)
    role: str = Field(sa_type=TEXT)
    position: int
    article: str = Field(sa_type=TEXT)
    held_by: str = Field(sa_type=TEXT)
    held_types: list[str] = Field(sa_type=TEXTS)
    """Once one of these record types is held no longer, it is looked at again."""
    sealed: bytes = Field(sa_type=BYTES)
    """The subject's key: who is erased once nothing is held any more."""
    created_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
