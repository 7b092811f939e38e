"""Of a record that names two, an entry of a vault is read as what is its own subject's."""

import json

import pytest

from app.domain.subject_digests import digest
from app.engine.own_cells import OwnCells
from app.sources.hands import FormerRecord

_KEY = bytes(32)
OWN = OwnCells(_KEY, {"work": {"one": 1, "two": 2}})


def read(former: dict[str, str | None], after: dict[str, str | None] | None) -> tuple[object, ...]:
    """Read an entry of the restriction of the person 7, who is the second author."""
    written = None if after is None else json.dumps(after)
    entry = FormerRecord(("1",), 2, json.dumps(former), written)
    found = OWN.of_entry("work", entry, digest(_KEY, "7"))
    return json.loads(found.former), None if found.after is None else json.loads(found.after)


@pytest.mark.parametrize(
    ("former", "kept"),
    [
        pytest.param({"two": "7"}, {"two"}, id="own name"),
        pytest.param({"one": "4", "two": "7"}, {"two"}, id="another's, left as it was"),
        pytest.param({"one": "7", "two": "7"}, {"one", "two"}, id="named twice"),
        pytest.param({"one": "4", "two": "07"}, {"two"}, id="own name, spelled otherwise"),
        pytest.param({"one": None, "two": "7"}, {"two"}, id="nobody's"),
        pytest.param(
            {"text": "4", "two": "7"}, {"text", "two"}, id="of a column that names nobody"
        ),
        pytest.param({"one": "4"}, set(), id="another's alone"),
    ],
)
def test_what_named_somebody_else_is_not_the_subjects(
    former: dict[str, str | None], kept: set[str]
) -> None:
    after: dict[str, str | None] = dict.fromkeys(former, "-1")
    own = {name: former[name] for name in former if name in kept}
    assert read(former, after) == (own, dict.fromkeys(own, "-1"))


def test_a_row_that_is_away_is_whole_whomever_it_names() -> None:
    assert read({"one": "4", "two": "7"}, None) == ({"one": "4", "two": "7"}, None)
