"""Fixtures of this room: where installations are made, and where their workers are born."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.embedded.stack import Stack
from tests.fault.nursery import Nursery, nursery
from tests.fault.scenes import Ground


@pytest.fixture(scope="module")
def workers() -> Iterator[Nursery]:
    with nursery() as running:
        yield running


@pytest.fixture(scope="module")
def ground(stack: Stack, store_template: str, empty_directory: Callable[[], Path]) -> Ground:
    return Ground(stack, stack, store_template, empty_directory)
