"""Fixtures that every room shares: one module a noun in tests/fixtures."""

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
]


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name bytes as Python writes them; pytest cannot where ids are not escaped."""
    return repr(val) if isinstance(val, bytes) else None
