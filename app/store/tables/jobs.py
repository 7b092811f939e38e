"""The tables of jobs, their steps, and of what may be woken."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import Field

from app.store.tables.base import BYTES, MOMENT, TEXT, Table, of_controller, one_of
from schemas.vocabulary import JobKind, JobState, Right, StepState


class JobRow(Table, table=True):
    """Durable work: for one subject request, or on a controller's deferrals."""

    __tablename__ = "job"
    __table_args__ = (
        of_controller("subject_request_id", "subject_request"),
        one_of("kind", JobKind),
        one_of("right", Right),
        one_of("state", JobState),
        CheckConstraint(
            "(kind = 'subject_request') = (subject_request_id IS NOT NULL) "
            "AND (kind = 'subject_request') = (\"right\" IS NOT NULL)",
            name="of_request",
        ),
        Index(None, "controller_id", "subject_request_id"),
        Index(
            "uq_job_running_subject",
            "controller_id",
            "subject_digest",
            unique=True,
            postgresql_where=text("state = 'running'"),
        ),
        Index(
            "ix_job_unfinished_subject",
            "controller_id",
            "subject_digest",
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )

    controller_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    kind: str = Field(
        sa_type=TEXT, sa_column_kwargs={"server_default": text("'subject_request'::text")}
    )
    subject_request_id: UUID | None = None
    right: str | None = Field(default=None, sa_type=TEXT)
    state: str = Field(sa_type=TEXT)
    subject_digest: bytes = Field(sa_type=BYTES)
    fence: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})
    """Raised by every claim; whoever holds an older one has lost the job."""
    attempts: int = Field(sa_column_kwargs={"server_default": text("0")})
    owner_pid: int | None = None
    owner_started_at: datetime | None = Field(default=None, sa_type=MOMENT)
    lease_until: datetime | None = Field(default=None, sa_type=MOMENT)
    created_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
    finished_at: datetime | None = Field(default=None, sa_type=MOMENT)
    attention_reason: str | None = Field(default=None, sa_type=TEXT)
    attention_detail: str | None = Field(default=None, sa_type=TEXT)


class StepRow(Table, table=True):
    """A part of a job, as far as it is shown."""

    __tablename__ = "step"
    __table_args__ = (of_controller("job_id", "job"), one_of("state", StepState))

    controller_id: UUID = Field(primary_key=True)
    job_id: UUID = Field(primary_key=True)
    position: int = Field(primary_key=True)
    name: str = Field(sa_type=TEXT)
    title: str = Field(sa_type=TEXT)
    state: str = Field(sa_type=TEXT)
    record_count: int | None = Field(default=None, sa_type=BigInteger)
    started_at: datetime | None = Field(default=None, sa_type=MOMENT)
    finished_at: datetime | None = Field(default=None, sa_type=MOMENT)


class WakeableJobRow(Table, table=True):
    """An unfinished job, by ids only, readable before its controller is known."""

    __tablename__ = "wakeable_job"
    __table_args__ = (of_controller("job_id", "job"), Index(None, "wake_at"))

    controller_id: UUID = Field(primary_key=True)
    job_id: UUID = Field(primary_key=True)
    wake_at: datetime = Field(
        sa_type=MOMENT, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )
    """When somebody should look: the end of the lease while the job runs."""
    owner_pid: int | None = None
    owner_started_at: datetime | None = Field(default=None, sa_type=MOMENT)
