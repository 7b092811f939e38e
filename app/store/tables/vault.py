"""The table of the vault."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, text
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
        CheckConstraint("octet_length(upload_digests) % 32 = 0", name="upload_digests"),
        Index(
            "ix_vault_entry_uploads",
            "controller_id",
            "restriction_id",
            "record_type",
            postgresql_where=text("upload_digests IS NULL OR upload_digests <> ''::bytea"),
        ),
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
    upload_digests: bytes | None = Field(default=None, sa_type=BYTES)
    """The keyed digests of the uploads that the former values name by the restriction's data map, one
    after the other; none where that is not known, so that the entry has to be read."""
