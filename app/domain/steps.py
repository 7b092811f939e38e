"""The parts of a job, as far as they are shown."""

from dataclasses import dataclass
from datetime import datetime

from schemas.vocabulary import StepState


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a job.

    Attributes:
        name: Stable and machine-readable.
        title: For people.
        state: Where it stands.
        record_count: How many records it has dealt with; None where it counts none.
        started_at: Aware moment, once it has begun.
        finished_at: Aware moment, once it has ended.
    """

    name: str
    title: str
    state: StepState = StepState.PENDING
    record_count: int | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
