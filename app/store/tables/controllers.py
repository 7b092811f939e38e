"""The table of controllers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, text
from sqlmodel import Field

from app.store.tables.base import BYTES, JSON, MOMENT, TEXT, Table


class ControllerRow(Table, table=True):
    """An institution that decides."""

    __tablename__ = "controller"
    __table_args__ = (
        # The two tables refer to each other: this side is added once both are there.
        ForeignKeyConstraint(
            ["id", "data_map_version_id"],
            ["data_map_version.controller_id", "data_map_version.id"],
            use_alter=True,
        ),
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint(
            "(enabled_at IS NULL) = (enablement_reference IS NULL) "
            "AND (enabled_until IS NULL OR enabled_until > enabled_at)",
            name="enablement",
        ),
    )

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=TEXT)
    key_in_lms: str | None = Field(default=None, sa_type=TEXT)
    """The value of the data map's controller column; none where the LMS has one controller."""
    data_map_version_id: UUID | None = None
    digest_key_id: str = Field(sa_type=TEXT)
    digest_key_wrapped: bytes = Field(sa_type=BYTES)
    """The wrapped key of the controller's subject digests."""
    settings: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
    enabled_at: datetime | None = Field(default=None, sa_type=MOMENT)
    """Since when rights are carried out for it; none while it is not enabled."""
    enabled_until: datetime | None = Field(default=None, sa_type=MOMENT)
    enablement_reference: str | None = Field(default=None, sa_type=TEXT)
    """Under what number support keeps the enablement."""
