"""The table of what is to be announced."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Identity, Index, text
from sqlmodel import Field

from app.store.tables.base import JSON, MOMENT, TEXT, Table, of_controller


class OutboxRow(Table, table=True):
    """An event written with the change that it tells of; no personal data."""

    __tablename__ = "outbox"
    __table_args__ = (
        ForeignKeyConstraint(["controller_id"], ["controller.id"]),
        of_controller("subject_request_id", "subject_request"),
        Index(
            "ix_outbox_waiting",
            "controller_id",
            "id",
            postgresql_where=text("dispatched_at IS NULL"),
        ),
    )

    controller_id: UUID = Field(primary_key=True)
    id: int | None = Field(
        default=None, sa_type=BigInteger, primary_key=True, sa_column_args=[Identity(always=True)]
    )
    event_type: str = Field(sa_type=TEXT)
    subject_request_id: UUID | None = None
    payload: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
    dispatched_at: datetime | None = Field(default=None, sa_type=MOMENT)
    """When it became deliveries to those endpoints that want to hear of it."""
