"""How long the door holds things open: set by the operator, read by the use cases and the API."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long something may take, or lasts.

    Attributes:
        body_seconds: For a client to send a body.
        answer_seconds: For an operation to have its answer ready; longer than `Prefer: wait` may ask.
        link: A download link, before it is used.
        stream: A stream of progress; the client then connects again, and is authenticated again.
    """

    body_seconds: float = 20
    answer_seconds: float = 90
    link: timedelta = timedelta(minutes=15)
    stream: timedelta = timedelta(minutes=10)
