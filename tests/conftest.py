"""Fixtures that every room shares: one module a noun in tests/fixtures."""

from pathlib import Path

import pytest

ROOMS = Path(__file__).parent
UNTRACED = {
    "architecture",
    "fault",
    "oracle",
    "spec",
    "e2e/test_access.py",
    "e2e/test_canaries.py",
    "e2e/test_moodle_access.py",
    "e2e/test_operation.py",
    "e2e/test_shutdown.py",
    "e2e/test_webhooks.py",
    "e2e/test_worked_examples.py",
    "integration/test_announced_events.py",
    "integration/test_another_controllers_things.py",
    "integration/test_api_batches.py",
    "integration/test_api_hostile.py",
    "integration/test_api_restrictions.py",
    "integration/test_api_schema.py",
    "integration/test_api_sequences.py",
    "integration/test_audit_tampering.py",
    "integration/test_decisions_in_sql.py",
    "integration/test_deferrals_of_other_maps.py",
    "integration/test_engine_effects.py",
    "integration/test_export_receipts.py",
    "integration/test_held_in_sql.py",
    "integration/test_holds_of_trees.py",
    "integration/test_hostile_walk.py",
    "integration/test_idempotency_load.py",
    "integration/test_image.py",
    "integration/test_ledger_replay.py",
    "integration/test_lms_grants.py",
    "integration/test_moodle.py",
    "integration/test_moodle_effects.py",
    "integration/test_moodle_engine.py",
    "integration/test_nothing_is_kept.py",
    "integration/test_overlapping_batches.py",
    "integration/test_restrictions_after_a_restore.py",
    "integration/test_webhook_failures.py",
    "integration/test_who_may_call.py",
}
"""Rooms and modules that run at length what others run, or run nothing: hardly a line is covered by them alone."""

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
    "tests.fixtures.holding",
    "tests.fixtures.neighbours",
    "tests.fixtures.webhook_desk",
    "tests.fixtures.small_lms",
]


def _is_untraced(path: Path) -> bool:
    place = path.relative_to(ROOMS)
    return place.parts[0] in UNTRACED or place.as_posix() in UNTRACED


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import only the modules of the half that is asked for: the other half's cost a minute."""
    if not collection_path.match("test_*.py"):
        return None
    is_other_half = {"untraced": False, "not untraced": True}.get(config.option.markexpr)
    return True if _is_untraced(collection_path) is is_other_half else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is not counted into the coverage."""
    for item in items:
        if _is_untraced(item.path):
            item.add_marker(pytest.mark.untraced)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name bytes as Python writes them; pytest cannot where ids are not escaped."""
    return repr(val) if isinstance(val, bytes) else None
