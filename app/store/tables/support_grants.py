"""The table of support grants."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from app.store.tables.base import MOMENT, TEXT, Table, of_controller


class SupportGrantRow(Table, table=True):
    """Leave for one of the processor's clients to act for a controller, through a client of its own."""

    __tablename__ = "support_grant"
    __table_args__ = (
        of_controller("id", "api_client"),
        Index(None, "controller_id", "granted_to", "ends_at"),
        CheckConstraint(
            "ends_at > created_at AND ends_at <= created_at + interval '8 hours'", name="ends_at"
        ),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    """Also that of the API client which support acts through."""
    granted_to: UUID
    """The client of the processor's."""
    reference: str = Field(sa_type=TEXT)
    """Under what number support keeps the case."""
    created_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
    ends_at: datetime = Field(sa_type=MOMENT)
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)
