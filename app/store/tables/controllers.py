"""The table of controllers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from app.store.tables.base import BYTES, JSON, MOMENT, TEXT, Table

_ALONE = "numrange(hashtextextended({0}, 0), hashtextextended({0}, 0), '[]')"


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
        CheckConstraint(
            "(persons_source IS NULL OR data_map_version_id IS NOT NULL) "
            "AND (persons_key IS NULL OR persons_source IS NOT NULL)",
            name="persons",
        ),
        # Row security hides nothing from it. Without a key the range has no ends: all persons of the
        # source, which every key overlaps.
        ExcludeConstraint(
            *((text(_ALONE.format(column)), "&&") for column in ("persons_source", "persons_key")),
            where=text("persons_source IS NOT NULL"),
            name="ex_controller_persons",
        ),
    )

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=TEXT)
    key_in_lms: str | None = Field(default=None, sa_type=TEXT)
    """The value of the data map's controller column; none where the LMS has one controller."""
    data_map_version_id: UUID | None = None
    persons_source: str | None = Field(default=None, sa_type=TEXT)
    """Where its persons are: the address, as the data map says it, and the schema; once one is bound."""
    persons_key: str | None = Field(default=None, sa_type=TEXT)
    """Its key as the source's database reads it; none where all persons of the source are its."""
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
