"""The manual of data maps shows maps that can be read, and leaves no key out."""

import re
from pathlib import Path

import pytest

from app.datamap.check import check
from app.datamap.findings import Severity
from app.datamap.read import read
from schemas.data_map import DataMap

MANUAL = (Path(__file__).parents[2] / "docs" / "data-map.md").read_text()
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", MANUAL, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.splitlines()[1])
def test_every_example_is_a_data_map_without_errors(example: str) -> None:
    findings = check(read(example))
    assert [one for one in findings if one.severity is not Severity.WARNING] == []


def test_the_first_example_is_twenty_lines() -> None:
    assert 18 <= len(EXAMPLES[0].splitlines()) <= 22


def test_every_key_of_the_grammar_is_explained() -> None:
    definitions = DataMap.model_json_schema()
    keys = set(definitions["properties"])
    for definition in definitions["$defs"].values():
        keys.update(definition.get("properties", ()))
    missing = {key for key in keys if not re.search(rf"`(\w+: )?{key}\b[^`]*`", MANUAL)}
    assert missing == set()
