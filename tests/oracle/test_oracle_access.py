"""People look at their data while the LMS goes on: the bundle holds what the model says."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.oracle.campus_machine import CampusMachine
from tests.oracle.driver import Driver
from tests.oracle.workshop import Workshop


def test_everybody_is_given_their_records_whatever_the_lms_does_meanwhile(
    workshop: Workshop[Driver],
) -> None:
    machine = type("Machine", (CampusMachine,), {"workshop": workshop})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=6,
            deadline=None,
            database=None,
            derandomize=True,
            print_blob=True, phases=[__import__("hypothesis").Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
