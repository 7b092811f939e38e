"""What runs is what was locked, and what is locked is what is used."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.fixtures.tree import ROOT, files

LOCKS = ["requirements.lock", "requirements-dev.lock"]
OURS = {"app", "workers", "schemas", "alembic"}
ROOMS_OF_THE_IMAGE = ("app", "workers", "schemas", "alembic")

PART_OF = {
    "markupsafe": "jinja2",
    "pydantic": "fastapi",
    "pydantic-core": "fastapi",
    "redis": "arq",
    "starlette": "fastapi",
}
"""Packages that are the public face of a declared one: its arguments and errors are theirs."""

USED_BY_NAME = {"httptools", "fastapi-offline"}
"""Packages that no code imports: uvicorn finds the first, /docs reads the second's files."""

_ENTRY = re.compile(
    r"^(?P<name>[A-Za-z0-9][\w.-]*)(\[[\w,-]+\])?==(?P<version>[\w.+!]+)", re.MULTILINE
)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def entries(lock: str) -> dict[str, str]:
    """Give each package of a lock with the lines that belong to it."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    starts = [*_ENTRY.finditer(text)]
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return {
        canonical(match["name"]): text[match.start() : end]
        for match, end in zip(starts, ends, strict=True)
    }


def declared(extra: str | None = None) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return {canonical(re.split(r"[^\w.-]", requirement, maxsplit=1)[0]) for requirement in wanted}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_its_hashes(lock: str) -> None:
    locked = entries(lock)
    assert len(locked) > 30
    assert [name for name, text in locked.items() if "--hash=sha256:" not in text] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place_to_download_from(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--index|--extra-index|--find-links|-e)\b", text, re.MULTILINE)


def test_both_locks_name_the_same_versions() -> None:
    production, development = entries(LOCKS[0]), entries(LOCKS[1])
    assert {name: text.split("\n")[0] for name, text in production.items()}.items() <= {
        name: text.split("\n")[0] for name, text in development.items()
    }.items()


def test_every_declared_package_is_locked() -> None:
    assert declared() <= set(entries(LOCKS[0]))
    assert declared("embedded") | declared("dev") <= set(entries(LOCKS[1]))


def test_the_image_gets_neither_test_tools_nor_embedded_servers() -> None:
    only_here = (declared("embedded") | declared("dev")) - declared()
    assert only_here & set(entries(LOCKS[0])) == set()


def test_what_the_code_imports_is_declared() -> None:
    distributions = packages_distributions()
    undeclared: dict[str, set[str]] = {}
    for room in ROOMS_OF_THE_IMAGE:
        for path in files(".py", below=ROOT / room):
            for name in set(imported(path)) - OURS - set(sys.stdlib_module_names):
                packages = {canonical(each) for each in distributions.get(name, [name])}
                packages = {PART_OF.get(package, package) for package in packages}
                if not packages & declared():
                    undeclared.setdefault(name, set()).add(str(path.relative_to(ROOT)))
    assert undeclared == {}


def test_what_is_declared_is_used() -> None:
    distributions = packages_distributions()
    used = {
        canonical(package)
        for room in ROOMS_OF_THE_IMAGE
        for path in files(".py", below=ROOT / room)
        for name in imported(path)
        for package in distributions.get(name, ())
    }
    assert declared() - used - USED_BY_NAME == set()
