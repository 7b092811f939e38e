"""The table of API clients."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from app.domain.ids import PROCESSOR
from app.store.tables.base import BYTES, MOMENT, TEXT, TEXTS, Table


class ApiClientRow(Table, table=True):
    """A program of a controller; found by its id before the controller is known."""

    __tablename__ = "api_client"
    __table_args__ = (
        ForeignKeyConstraint(["controller_id"], ["controller.id"]),
        Index(None, "id"),
        UniqueConstraint("controller_id", "issuer_client_id"),
        CheckConstraint("octet_length(secret_digest) = 32", name="secret_digest"),
        CheckConstraint("num_nonnulls(secret_digest, issuer_client_id) <= 1", name="one_proof"),
        CheckConstraint(
            "(former_secret_digest IS NULL) = (former_until IS NULL) "
            "AND octet_length(former_secret_digest) = 32",
            name="former_secret",
        ),
        CheckConstraint(
            f"('support' = ANY (scopes)) = (controller_id = '{PROCESSOR}')", name="support"
        ),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=TEXT)
    secret_digest: bytes | None = Field(default=None, sa_type=BYTES)
    """None where it proves itself by a token, or is a support grant's."""
    scopes: list[str] = Field(sa_type=TEXTS)
    expires_at: datetime = Field(sa_type=MOMENT)
    created_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
    revoked_at: datetime | None = Field(default=None, sa_type=MOMENT)
    former_secret_digest: bytes | None = Field(default=None, sa_type=BYTES)
    """Of the key before the last rotation, good until ``former_until``."""
    former_until: datetime | None = Field(default=None, sa_type=MOMENT)
    issuer_client_id: str | None = Field(default=None, sa_type=TEXT)
    """What the issuer of tokens calls it, where it proves itself by a token."""
    allowed_networks: list[str] = Field(
        sa_type=TEXTS, sa_column_kwargs={"server_default": text("'{}'")}
    )
    """From where it may call; from everywhere where there are none."""
