"""The table of previews."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from app.store.tables.base import BYTES, JSON, MOMENT, TEXT, Table, of_controller, one_of
from schemas.vocabulary import Right


class PreviewRow(Table, table=True):
    """What would happen to a subject's records, as it was shown; counts, no personal data."""

    __tablename__ = "preview"
    __table_args__ = (
        of_controller("data_map_version_id", "data_map_version"),
        of_controller("client_id", "api_client"),
        one_of("right", Right),
        CheckConstraint("octet_length(subject_digest) = 32", name="subject_digest"),
        CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="digest"),
        Index(None, "controller_id", "digest"),
        Index(None, "controller_id", "subject_digest"),
        Index(None, "controller_id", "expires_at"),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    right: str = Field(sa_type=TEXT)
    subject_digest: bytes = Field(sa_type=BYTES)
    data_map_version_id: UUID
    client_id: UUID
    digest: str = Field(sa_type=TEXT)
    """Of what occurs, not of how often."""
    content: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
    expires_at: datetime = Field(sa_type=MOMENT)
