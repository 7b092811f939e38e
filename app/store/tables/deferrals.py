"""The table of deferrals."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from app.store.tables.base import BYTES, MOMENT, TEXT, Table, of_controller

_RULE = ("controller_id", "data_map_version_id", "record_type", "role", "position")


class DeferralRow(Table, table=True):
    """A container whose records a rule keeps until something holds of it; no record, no author."""

    __tablename__ = "deferral"
    __table_args__ = (
        of_controller("data_map_version_id", "data_map_version"),
        CheckConstraint("octet_length(container_digest) = 32", name="container_digest"),
        UniqueConstraint(*_RULE, "container_digest", name="uq_deferral_container"),
        Index("ix_deferral_rule", *_RULE, "id"),
        Index(None, "controller_id", "created_at", "id"),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    data_map_version_id: UUID
    record_type: str = Field(sa_type=TEXT)
    role: str = Field(sa_type=TEXT)
    position: int
    container_digest: bytes = Field(sa_type=BYTES)
    """The keyed digest of the columns that the rule looks at."""
    sealed: bytes = Field(sa_type=BYTES)
    """The same columns."""
    created_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
