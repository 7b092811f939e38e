"""The table of uploads that are to go from a file store."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from app.store.tables.base import BYTES, MOMENT, TEXT, Table, of_controller


class UploadRemovalRow(Table, table=True):
    """An upload that no record names any more; the row goes with the end of the job."""

    __tablename__ = "upload_removal"
    __table_args__ = (
        of_controller("job_id", "job"),
        of_controller("data_map_version_id", "data_map_version"),
        CheckConstraint("octet_length(path_digest) = 32", name="path_digest"),
        UniqueConstraint("controller_id", "job_id", "source", "path_digest"),
        Index(None, "controller_id", "job_id", "id"),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    job_id: UUID
    source: str = Field(sa_type=TEXT)
    path_digest: bytes = Field(sa_type=BYTES)
    sealed: bytes = Field(sa_type=BYTES)
    """The path, which may name a person."""
    data_map_version_id: UUID | None = None
    """The data map by which it is found."""
    was_there: bool | None = None
    """Whether the file store had it, asked before it was deleted for the first time."""
    created_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
