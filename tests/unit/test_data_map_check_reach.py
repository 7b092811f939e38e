"""Rules that would change records of a source beside that of the persons are refused."""

import pytest

from app.datamap.check import check
from app.datamap.read import read
from tests.fixtures.data_maps import SOUND, with_change

ARCHIVED = with_change(
    "    table: setting\n",
    "    table: setting\n    source: archive\n",
    with_change(
        "  uploads: {kind: files", "  archive: {kind: sql, url: x}\n  uploads: {kind: files"
    ),
)
RULES = "restriction: hide, erasure: delete"
KEPT = "{effect: keep, because: archived}"


@pytest.mark.parametrize(
    ("rules", "rights"),
    [
        pytest.param(RULES, ["restriction", "erasure"], id="rules that act"),
        pytest.param(f"restriction: keep, erasure: {KEPT}", [], id="rules that keep"),
        pytest.param(
            "restriction: keep, erasure: {effect: keep, because: x, until: {container_gone: name}, then: delete}",
            ["erasure"],
            id="a rule that keeps for a time",
        ),
    ],
)
def test_what_acts_beside_the_persons_is_named_with_a_remedy(rules: str, rights: list[str]) -> None:
    text = with_change(
        "owner: {column: person_id, " + RULES, "owner: {column: person_id, " + rules, ARCHIVED
    )
    found = [each for each in check(read(text)) if "only exported" in each.detail]
    assert [each.path for each in found] == ["record_types.setting.source"] * len(rights)
    for right, each in zip(sorted(rights), found, strict=True):
        assert each.is_blocking
        assert f"its rules for {right} change records" in each.detail
        assert f"`{right}: " in each.remedy


def test_rules_for_a_right_that_the_map_does_not_have_act_nowhere() -> None:
    text = with_change("portability, restriction, erasure]", "portability, restriction]", ARCHIVED)
    found = [each for each in check(read(text)) if "only exported" in each.detail]
    assert ["restriction" in each.remedy for each in found] == [True]


def test_a_type_that_names_the_persons_own_source_is_reached() -> None:
    text = with_change("    table: setting\n", "    table: setting\n    source: lms\n")
    assert check(read(text)) == check(read(SOUND))
