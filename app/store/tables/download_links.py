"""The table of download links."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from app.store.tables.base import BYTES, MOMENT, Table, of_controller


class DownloadLinkRow(Table, table=True):
    """A way to one download; found by its token's digest before the controller is known."""

    __tablename__ = "download_link"
    __table_args__ = (
        of_controller("bundle_id", "bundle"),
        of_controller("client_id", "api_client"),
        Index(None, "token_digest"),
        Index(None, "controller_id", "bundle_id"),
        Index(None, "controller_id", "expires_at"),
        CheckConstraint("octet_length(token_digest) = 32", name="token_digest"),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    bundle_id: UUID
    client_id: UUID
    token_digest: bytes = Field(sa_type=BYTES)
    created_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
    expires_at: datetime = Field(sa_type=MOMENT)
    redeemed_at: datetime | None = Field(default=None, sa_type=MOMENT)
