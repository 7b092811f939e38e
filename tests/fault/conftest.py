"""Fixtures of this room: where installations are made, and where their workers are born."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.embedded.stack import Stack
from app.sources.sql.effects.statements import Statements
from tests.fault.compiled import compiling_once
from tests.fault.nursery import Nursery, nursery
from tests.fault.scenes import Ground

_COMPILED_ONCE = compiling_once()


@pytest.fixture(scope="module", autouse=True)
def _compile_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Statements, "_once", _COMPILED_ONCE)
        yield


@pytest.fixture(scope="module")
def workers() -> Iterator[Nursery]:
    with nursery() as running:
        yield running


@pytest.fixture(scope="module")
def ground(stack: Stack, store_template: str, empty_directory: Callable[[], Path]) -> Ground:
    return Ground(stack, stack, store_template, empty_directory)
