"""A newcomer finds a file by guessing: the rooms are few and stay as they are."""

from pathlib import Path

from tests.fixtures.tree import ROOT, files, is_made

TOP = {
    "alembic",
    "app",
    "benchmarks",
    "datamaps",
    "docs",
    "schemas",
    "tests",
    "workers",
    "CHANGELOG.md",
    "Dockerfile",
    "LICENSE",
    "Makefile",
    "README.md",
    "compose.yaml",
    "pyproject.toml",
    "requirements-dev.lock",
    "requirements.lock",
}
APP = {
    "api",
    "assembly",
    "bundles",
    "datamap",
    "demo",
    "domain",
    "embedded",
    "engine",
    "services",
    "sources",
    "store",
    "__init__.py",
    "__main__.py",
    "commands.py",
    "conditions.py",
    "keyring.py",
    "record_keys.py",
    "main.py",
    "observability.py",
    "ordering.py",
    "references.py",
    "rules.py",
    "settings.py",
    "signing.py",
    "waiting.py",
}
TESTS = {
    "architecture",
    "e2e",
    "fault",
    "fixtures",
    "integration",
    "mutation",
    "oracle",
    "spec",
    "unit",
}


def entries(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not is_made(path)}


def test_nothing_else_lies_at_the_top() -> None:
    assert {name for name in entries(ROOT) if not name.startswith(".")} <= TOP


def test_the_application_has_its_rooms_and_roots_and_no_others() -> None:
    assert entries(ROOT / "app") <= APP


def test_tests_lie_in_their_rooms() -> None:
    rooms = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    assert rooms - {"__pycache__"} <= TESTS


def test_no_two_tests_files_of_a_room_or_of_two_share_a_name() -> None:
    names = [path.name for path in files(".py", below=ROOT / "tests") if path.stem[:5] == "test_"]
    assert sorted(names) == sorted(set(names))


def test_migrations_are_no_package_that_would_hide_alembic() -> None:
    assert not list((ROOT / "alembic").rglob("__init__.py"))


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(path.name[:4] for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
