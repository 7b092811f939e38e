"""How the service itself fares."""

from typing import Literal

from schemas.wire import Wire


class Liveness(Wire):
    """The process lives."""

    is_alive: Literal[True] = True


class Readiness(Wire):
    """Whether the process can do its work, and what is in the way."""

    is_ready: bool
    database: Literal["ready", "unreachable", "not migrated"]
    """Nothing works without it."""
    doorbell: Literal["ready", "unreachable"]
    """Without it everything works, only later: workers find the work by their sweep."""
