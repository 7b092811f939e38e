"""People look at their data while the LMS goes on: the bundle holds what the model says."""

import pytest

from tests.oracle.campus_machine import CampusMachine
from tests.oracle.driver import Driver
from tests.oracle.sequences import MOST_SECONDS, Part, parts, run_sequences
from tests.oracle.workshop import Workshop


@pytest.mark.timeout(MOST_SECONDS)
@pytest.mark.parametrize("part", parts(share=0.1), ids=str)
def test_everybody_is_given_their_records_whatever_the_lms_does_meanwhile(
    workshop: Workshop[Driver], part: Part
) -> None:
    run_sequences(CampusMachine, workshop, part)
