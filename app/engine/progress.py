"""How far a running job has come; the heartbeat saves it."""

from dataclasses import replace
from datetime import UTC, datetime

from app.domain.steps import Step
from schemas.vocabulary import StepState


class Progress:
    """The steps of a running job, in order."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._current = -1
        self.has_changed = False

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps in order."""
        return tuple(self._steps)

    def plan(self, steps: list[Step]) -> None:
        """Say what is to be done.

        Args:
            steps: In order; each name once.
        """
        self._steps = list(steps)
        self.has_changed = True

    def begin(self, name: str) -> None:
        """Start a planned step, and end the one before it."""
        self.finish()
        self._current = next(n for n, step in enumerate(self._steps) if step.name == name)
        started = replace(self._step, state=StepState.RUNNING, started_at=datetime.now(UTC))
        self._show(started)

    def count(self, records: int) -> None:
        """Say how many records the current step has done so far."""
        self._show(replace(self._step, record_count=records))

    def finish(self) -> None:
        """End the current step, if there is one."""
        if self._current >= 0:
            ended = replace(self._step, state=StepState.COMPLETED, finished_at=datetime.now(UTC))
            self._show(ended)
            self._current = -1

    @property
    def _step(self) -> Step:
        return self._steps[self._current]

    def _show(self, step: Step) -> None:
        self._steps[self._current] = step
        self.has_changed = True
