"""The table of the vault."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index
from sqlmodel import Field

from app.store.tables.base import BYTES, TEXT, Table, of_controller


class VaultEntryRow(Table, table=True):
    """The former values of one record under one restriction, sealed."""

    __tablename__ = "vault_entry"
    __table_args__ = (
        of_controller("restriction_id", "restriction"),
        CheckConstraint("octet_length(record_digest) = 32", name="record_digest"),
        Index(None, "controller_id", "record_type", "record_digest"),
        Index(None, "controller_id", "restriction_id", "record_type", "number"),
        Index(None, "controller_id", "intent_id"),
    )

    controller_id: UUID = Field(primary_key=True)
    restriction_id: UUID = Field(primary_key=True)
    record_type: str = Field(sa_type=TEXT, primary_key=True)
    record_digest: bytes = Field(sa_type=BYTES, primary_key=True)
    """The keyed digest of type and key: what it is found by, and what tells nobody the key."""
    number: int | None = Field(
        default=None, sa_type=BigInteger, sa_column_args=[Identity(always=True)], nullable=False
    )
    intent_id: UUID
    """What was about to be committed with it; the intent itself goes before the entry does."""
    is_removed: bool
    """Whether the whole row is here, and none in the learning platform."""
    is_noted: bool
    """Whether nothing was changed of the record, which is only found through what was."""
    sealed: bytes = Field(sa_type=BYTES)
