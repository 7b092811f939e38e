"""The table of end users' own requests, which are the controller's to answer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from app.store.tables.base import BYTES, MOMENT, TEXT, Table, of_controller, one_of
from schemas.vocabulary import MisdirectedState


class MisdirectedRequestRow(Table, table=True):
    """What an end user wrote, sealed until the controller has taken it or its time is over."""

    __tablename__ = "misdirected_request"
    __table_args__ = (
        of_controller("client_id", "api_client"),
        one_of("state", MisdirectedState),
        CheckConstraint("(state = 'received') = (ended_at IS NULL)", name="received_or_ended"),
        CheckConstraint(
            "(ended_at IS NULL) = (wrapped_key IS NOT NULL) "
            "AND (wrapped_key IS NULL) = (sealed IS NULL)",
            name="content_or_ended",
        ),
        Index(None, "controller_id", "taken_at", "id"),
        Index(
            "ix_misdirected_request_expires_at",
            "controller_id",
            "expires_at",
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    client_id: UUID
    state: str = Field(sa_type=TEXT)
    key_id: str = Field(sa_type=TEXT)
    wrapped_key: bytes | None = Field(default=None, sa_type=BYTES)
    sealed: bytes | None = Field(default=None, sa_type=BYTES)
    """Message and contact, as JSON."""
    received_at: datetime = Field(sa_type=MOMENT)
    taken_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
    expires_at: datetime = Field(sa_type=MOMENT)
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)
