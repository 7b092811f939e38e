"""Each promise names the tests that prove it, and they are there."""

import ast
import re
from functools import cache

import pytest

from tests.fixtures.tree import ROOT

TESTS = ROOT / "tests"
PAGE = (TESTS / "GUARANTEES.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(\w+/\w+\.py(?:::\w+)?)`", PAGE)))
PROMISES = 10


@cache
def names_in(path: str) -> frozenset[str]:
    module = ast.parse((TESTS / path).read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name[:5] == "test_"
    )


@pytest.mark.parametrize("name", NAMED)
def test_a_test_that_is_named_is_there(name: str) -> None:
    path, _, test = name.partition("::")
    assert (TESTS / path).is_file()
    assert test in names_in(path) if test else names_in(path)


def test_every_row_names_tests() -> None:
    kept = PAGE.partition("## Not yet")[0]
    rows = [line for line in kept.splitlines() if line.startswith("| ") and "---" not in line]
    bare = [row for row in rows if "`" not in row and not row.startswith("| promise |")]
    assert len(rows) > PROMISES
    assert bare == []


def test_every_promise_is_kept_or_named_as_not_kept_yet() -> None:
    numbers = re.findall(r"^(?:## (\d+)\.|\| (\d+) \|)", PAGE, flags=re.MULTILINE)
    assert {int(kept or open_) for kept, open_ in numbers} == set(range(1, PROMISES + 1))
