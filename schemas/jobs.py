"""How far durable work has come."""

from typing import Annotated

from pydantic import Field

from schemas.vocabulary import AttentionReason, JobState, StepState
from schemas.wire import Moment, Wire


class Step(Wire):
    """A part of a job."""

    name: str
    title: str
    state: StepState
    record_count: Annotated[int | None, Field(ge=0)] = None
    """How many records this step has dealt with, once that is known."""
    started_at: Moment | None = None
    finished_at: Moment | None = None


class Attention(Wire):
    """Why a job waits for a person, and what that person can do."""

    reason: AttentionReason
    detail: str
    """What happened, without personal data."""
    remedy: str
    """What to do before the subject request is resumed."""


class JobProgress(Wire):
    """The work behind a subject request."""

    state: JobState
    attempts: Annotated[int, Field(ge=0)]
    """How often a worker has begun it; after three crashes it waits for a person."""
    steps: tuple[Step, ...] = ()
