"""The tables of intents, and of what settled ones come to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from app.store.tables.base import BYTES, JSON, MOMENT, TEXT, Table, of_controller, one_of
from schemas.vocabulary import IntentState, Outcome, TallyPhase


class IntentRow(Table, table=True):
    """What one batch is about to commit in a source."""

    __tablename__ = "intent"
    __table_args__ = (
        of_controller("job_id", "job"),
        one_of("state", IntentState),
        CheckConstraint("(state = 'settled') = (settled_at IS NOT NULL)", name="settled_or_open"),
        UniqueConstraint("controller_id", "job_id", "number"),
        Index(
            "ix_intent_open_of_job",
            "controller_id",
            "job_id",
            postgresql_where=text("state = 'open'"),
        ),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    job_id: UUID
    number: int
    source: str = Field(sa_type=TEXT)
    state: str = Field(sa_type=TEXT)
    transaction_id: str = Field(sa_type=TEXT)
    backend_pid: int
    backend_started_at: datetime = Field(sa_type=MOMENT)
    tallies: list[dict[str, Any]] = Field(sa_type=JSON)
    """Counts by rule; they count once the intent is settled."""
    sealed: bytes = Field(sa_type=BYTES)
    """Keys of records, containers and uploads, which only the engine opens."""
    created_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
    settled_at: datetime | None = Field(default=None, sa_type=MOMENT)


class TallyRow(Table, table=True):
    """How many records of a type fared alike under one rule, in one job."""

    __tablename__ = "tally"
    __table_args__ = (
        of_controller("job_id", "job"),
        one_of("phase", TallyPhase),
        one_of("outcome", Outcome),
    )

    controller_id: UUID = Field(primary_key=True)
    job_id: UUID = Field(primary_key=True)
    phase: str = Field(sa_type=TEXT, primary_key=True)
    record_type: str = Field(sa_type=TEXT, primary_key=True)
    roles: str = Field(sa_type=TEXT, primary_key=True)
    """Every role in which the records name the subject, with blanks between."""
    role: str = Field(sa_type=TEXT, primary_key=True)
    position: int = Field(primary_key=True)
    outcome: str = Field(sa_type=TEXT, primary_key=True)
    record_count: int = Field(sa_type=BigInteger)
