"""Fixtures that every room shares: one module a noun in tests/fixtures."""

from pathlib import Path

import pytest

ROOMS = Path(__file__).parent
UNTRACED_ROOMS = {"architecture", "fault", "oracle", "spec"}

pytest_plugins = [
    "tests.fixtures.stack",
    "tests.fixtures.campus",
    "tests.fixtures.store",
    "tests.fixtures.api",
    "tests.fixtures.moodle",
    "tests.fixtures.moodle_engine",
    "tests.fixtures.habeas",
    "tests.fixtures.heavy_campus",
    "tests.fixtures.workplace",
    "tests.fixtures.office",
    "tests.fixtures.neighbours",
    "tests.fixtures.webhook_desk",
    "tests.fixtures.small_lms",
    "tests.fixtures.compiled",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out of the coverage the rooms that run at length what others run, or run nothing."""
    for item in items:
        if item.path.relative_to(ROOMS).parts[0] in UNTRACED_ROOMS:
            item.add_marker(pytest.mark.untraced)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name bytes as Python writes them; pytest cannot where ids are not escaped."""
    return repr(val) if isinstance(val, bytes) else None
