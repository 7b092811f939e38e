"""How many sequences a machine runs, in which parts, and from which seeds."""

import os
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

FEWEST_STEPS, MOST_STEPS = 3, 6
_AT_ONCE = 50
"""Sequences of one part: several processes share the parts."""

_SEQUENCES = int(os.environ.get("HABEAS_ORACLE_SEQUENCES", "300"))
_SEED = int(os.environ.get("HABEAS_ORACLE_SEED", "20260105"))
_MOST_PARTS = 1_000
MOST_SECONDS = 600 + 6 * _AT_ONCE
"""Of one part, for a loaded machine; making small what failed takes five minutes at most."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the sequences.

    Attributes:
        number: From 0 on.
        count: How many, 0 < x ≤ 50.
    """

    number: int
    count: int

    @property
    def seed(self) -> int:
        """Its own, by ``HABEAS_ORACLE_SEED``."""
        return _SEED * _MOST_PARTS + self.number

    def __str__(self) -> str:
        first = self.number * _AT_ONCE + 1
        return f"sequences {first} to {first + self.count - 1}"


def parts(share: float = 1) -> list[Part]:
    """Cut sequences into parts.

    Args:
        share: Of ``HABEAS_ORACLE_SEQUENCES`` (300), how much.
    """
    count = max(1, round(_SEQUENCES * share))
    starts = enumerate(range(0, count, _AT_ONCE))
    return [Part(number, min(_AT_ONCE, count - start)) for number, start in starts]


def run_sequences(machine: type[RuleBasedStateMachine], workshop: Any, part: Part) -> None:
    """Run a machine in many random worlds; what fails is made small, and printed with the seed.

    Args:
        machine: What to run.
        workshop: What it works with.
        part: How often, and from which seed.
    """
    at_work = seed(part.seed)(type(machine.__name__, (machine,), {"workshop": workshop}))
    try:
        run_state_machine_as_test(
            at_work,
            _min_steps=FEWEST_STEPS,
            settings=settings(
                max_examples=part.count,
                stateful_step_count=MOST_STEPS,
                deadline=None,
                database=None,
                print_blob=True,
                report_multiple_bugs=False,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
            ),
        )
    except BaseException as error:
        asked = f"HABEAS_ORACLE_SEED={_SEED} HABEAS_ORACLE_SEQUENCES={_SEQUENCES}"
        error.add_note(f"{asked}, {part}")
        raise
