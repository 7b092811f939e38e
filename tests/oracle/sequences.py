"""How many sequences a machine runs, and from which seed."""

import os
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

FEWEST_STEPS, MOST_STEPS = 3, 6
_SEQUENCES = int(os.environ.get("HABEAS_ORACLE_SEQUENCES", "300"))
MOST_SECONDS = 600 + 6 * _SEQUENCES
"""For a loaded machine; making small what failed takes five minutes at most."""
_SEED = int(os.environ.get("HABEAS_ORACLE_SEED", "20260105"))


def run_sequences(machine: type[RuleBasedStateMachine], workshop: Any, share: float = 1) -> None:
    """Run a machine in many random worlds; what fails is made small, and printed with the seed.

    Args:
        machine: What to run.
        workshop: What it works with.
        share: Of ``HABEAS_ORACLE_SEQUENCES`` (300), how much.
    """
    count = max(1, round(_SEQUENCES * share))
    at_work = seed(_SEED)(type(machine.__name__, (machine,), {"workshop": workshop}))
    try:
        run_state_machine_as_test(
            at_work,
            _min_steps=FEWEST_STEPS,
            settings=settings(
                max_examples=count,
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
        error.add_note(f"HABEAS_ORACLE_SEED={_SEED} HABEAS_ORACLE_SEQUENCES={_SEQUENCES}")
        raise
