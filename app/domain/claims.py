"""Who may run which job: one job per subject at a time, in the order of their creation."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from app.domain.ids import JobId

MOST_ATTEMPTS = 3
"""How often a job is begun; one that crashed each time waits for a person."""


@dataclass(frozen=True, slots=True)
class UnfinishedJob:
    """A job of a subject that is queued or running.

    Attributes:
        id: The job.
        is_running: Whether somebody has claimed it.
        is_lost: Whether it runs, but its lease has ended or its owner's session is gone.
        attempts: How often it was begun.
    """

    id: JobId
    is_running: bool
    is_lost: bool
    attempts: int


class Verdict(Enum):
    """What becomes of an attempt to claim a job."""

    TAKE = auto()
    GIVE_UP = auto()
    """It was begun too often: a person has to look."""
    WAIT = auto()
    """Another job of the subject comes first."""
    LEAVE = auto()
    """It is finished, or in good hands."""


def decide(jobs: Sequence[UnfinishedJob], job_id: JobId) -> Verdict:
    """Say whether a job may be taken now.

    Args:
        jobs: Every unfinished job of its subject, oldest first.
        job_id: The job to take.
    """
    job = next((job for job in jobs if job.id == job_id), None)
    if job is None or (job.is_running and not job.is_lost):
        return Verdict.LEAVE
    if not job.is_running and (jobs[0] != job or any(other.is_running for other in jobs)):
        return Verdict.WAIT
    return Verdict.GIVE_UP if job.attempts >= MOST_ATTEMPTS else Verdict.TAKE
