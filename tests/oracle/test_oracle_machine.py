"""The real engine against the plain model, row by row, in random worlds and random order."""

import pytest

from tests.oracle.driver import Driver
from tests.oracle.rights_machine import RightsMachine
from tests.oracle.sequences import MOST_SECONDS, Part, parts, run_sequences
from tests.oracle.workshop import Workshop


@pytest.mark.timeout(MOST_SECONDS)
@pytest.mark.parametrize("part", parts(), ids=str)
def test_every_table_equals_the_model_after_every_right(
    workshop: Workshop[Driver], part: Part
) -> None:
    run_sequences(RightsMachine, workshop, part)
