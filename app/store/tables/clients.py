"""The table of API clients."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlmodel import Field

from app.store.tables.base import BYTES, MOMENT, TEXT, TEXTS, Table


class ApiClientRow(Table, table=True):
    """A program of a controller; found by its id before the controller is known."""

    __tablename__ = "api_client"
    __table_args__ = (
        ForeignKeyConstraint(["controller_id"], ["controller.id"]),
        Index(None, "id"),
        CheckConstraint("octet_length(secret_digest) = 32", name="secret_digest"),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=TEXT)
    secret_digest: bytes = Field(sa_type=BYTES)
    scopes: list[str] = Field(sa_type=TEXTS)
    expires_at: datetime = Field(sa_type=MOMENT)
    created_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
    revoked_at: datetime | None = Field(default=None, sa_type=MOMENT)
