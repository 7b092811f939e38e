"""The table of published data map versions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint, text
from sqlmodel import Field

from app.store.tables.base import MOMENT, TEXT, Table


class DataMapVersionRow(Table, table=True):
    """A data map as it was published; never changed, named by its SHA-256."""

    __tablename__ = "data_map_version"
    __table_args__ = (
        ForeignKeyConstraint(["controller_id"], ["controller.id"]),
        UniqueConstraint("controller_id", "digest"),
        CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name="digest"),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=TEXT)
    digest: str = Field(sa_type=TEXT)
    document: str = Field(sa_type=TEXT)
    """The YAML as published."""
    published_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
