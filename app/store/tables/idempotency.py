"""The table of answers already given."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Field

from app.store.tables.base import JSON, MOMENT, TEXT, Table, of_controller


class IdempotencyKeyRow(Table, table=True):
    """The answer to a request that its client may repeat."""

    __tablename__ = "idempotency_key"
    __table_args__ = (of_controller("client_id", "api_client"),)

    controller_id: UUID = Field(primary_key=True)
    client_id: UUID = Field(primary_key=True)
    key: str = Field(sa_type=TEXT, primary_key=True)
    body_digest: str = Field(sa_type=TEXT)
    status: int | None = None
    headers: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    body: str | None = Field(default=None, sa_type=TEXT)
    created_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
