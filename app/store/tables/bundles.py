"""The table of bundles."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import Field

from app.store.tables.base import BYTES, MOMENT, TEXT, Table, of_controller


class BundleRow(Table, table=True):
    """A sealed bundle; one that was deleted has no key any more."""

    __tablename__ = "bundle"
    __table_args__ = (
        of_controller("subject_request_id", "subject_request"),
        Index(None, "controller_id", "subject_request_id"),
        CheckConstraint("(deleted_at IS NULL) = (wrapped_key IS NOT NULL)", name="key_or_deleted"),
        Index(
            "ix_bundle_expires_at",
            "controller_id",
            "expires_at",
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    subject_request_id: UUID
    key_id: str = Field(sa_type=TEXT)
    wrapped_key: bytes | None = Field(default=None, sa_type=BYTES)
    size_bytes: int = Field(sa_type=BigInteger)
    sha256: str = Field(sa_type=TEXT)
    xml_size_bytes: int = Field(sa_type=BigInteger)
    xml_sha256: str = Field(sa_type=TEXT)
    html_size_bytes: int = Field(sa_type=BigInteger)
    html_sha256: str = Field(sa_type=TEXT)
    record_count: int = Field(sa_type=BigInteger)
    file_count: int = Field(sa_type=BigInteger)
    missing_file_count: int = Field(sa_type=BigInteger)
    replaced_characters: int = Field(sa_type=BigInteger)
    created_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
    expires_at: datetime = Field(sa_type=MOMENT)
    deleted_at: datetime | None = Field(default=None, sa_type=MOMENT)
