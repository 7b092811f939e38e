"""A file is one concept: small enough to be read once."""

import ast
from pathlib import Path
from statistics import median, quantiles

import pytest

from tests.fixtures.tree import ROOT, files

LARGEST = 400
MEDIAN = 120
NINE_IN_TEN = 250
SAY_NOTHING = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"}


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


CODE = [path for path in files(".py") if path.name != "__init__.py"]
PACKAGES = [path for path in files(".py") if path.name == "__init__.py"]


def test_no_file_is_too_long_to_be_read_once() -> None:
    assert {named(path): lines(path) for path in CODE if lines(path) > LARGEST} == {}


def test_most_files_are_short() -> None:
    counts = [lines(path) for path in CODE]
    assert median(counts) <= MEDIAN
    assert quantiles(counts, n=10)[-1] <= NINE_IN_TEN


@pytest.mark.parametrize("path", PACKAGES, ids=named)
def test_a_package_file_holds_a_docstring_and_nothing_else(path: Path) -> None:
    module = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(module)
    assert len(module.body) == 1


def test_no_module_is_named_after_nothing() -> None:
    parts = {named(path): {*path.parts, path.stem} & SAY_NOTHING for path in CODE}
    assert {path: found for path, found in parts.items() if found} == {}
