"""The table of who was erased."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from app.store.tables.base import BYTES, MOMENT, Table, of_controller


class ErasureLedgerRow(Table, table=True):
    """That a subject was erased, known by a keyed digest only."""

    __tablename__ = "erasure_ledger"
    __table_args__ = (
        of_controller("data_map_version_id", "data_map_version"),
        CheckConstraint("octet_length(subject_digest) = 32", name="subject_digest"),
        Index(None, "controller_id", "erased_at"),
    )

    controller_id: UUID = Field(primary_key=True)
    subject_digest: bytes = Field(sa_type=BYTES, primary_key=True)
    data_map_version_id: UUID
    erased_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
