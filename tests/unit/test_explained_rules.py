"""What the rules of a data map come to is told rule by rule, in words."""

from app.datamap.explain import ExplainedType, explain_rules
from app.datamap.read import read
from schemas.data_map import Change
from schemas.vocabulary import Right
from tests.fixtures.data_maps import SOUND

TYPES = read(SOUND).data_map.record_types

LATER = "anonymise (sender_id := $stand_in) until nobody else is left in its thread"


def explained(name: str, right: Right, counts: dict[int, int] | None = None) -> list[str]:
    one = ExplainedType(
        name,
        TYPES[name],
        is_noted=False,
        counts=counts or {},
        whens={0: "SELECT t.id\nFROM message AS t"},
        statement="SELECT 1",
    )
    return list(explain_rules([one], right))


def test_a_record_type_is_told_role_by_role_with_counts_and_statements() -> None:
    assert explained("message", Right.ERASURE, {0: 1_200, 1: 1}) == [
        "Erasure, record types in the order in which they are worked: 1,201 records.",
        "",
        "message (message, Messages): 1,201 records",
        "  author, by sender_id",
        "    1. where nobody else is left in its thread, delete: 1,200 records",
        "      SELECT t.id",
        "      FROM message AS t",
        f"    2. otherwise {LATER}, then delete: 1 record",
        "  recipient, via membership",
        "    1. keep by Art. 17(3)(a): 0 records",
        "  counted by",
        "      SELECT 1",
    ]


def test_what_is_hidden_says_how() -> None:
    told = explained("setting", Right.RESTRICTION)
    assert "    1. hide (the row moves to the vault): 0 records" in told
    told = explained("grade", Right.RESTRICTION)
    assert "    1. hide (is_hidden := true): 0 records" in told


def test_a_rule_of_its_own_change_shows_that() -> None:
    (first, *_) = [line for line in explained("person", Right.ERASURE) if "    1." in line]
    assert "anonymise (email := null) until no record that is kept shows the name any more" in first


def test_emptied_columns_are_named() -> None:
    blanked = TYPES["grade"].model_copy(update={"hide": Change(blank=("value",))})
    one = ExplainedType("grade", blanked, is_noted=False, counts={}, whens={}, statement="SELECT 1")
    assert "    1. hide (value emptied): 0 records" in list(explain_rules([one], Right.RESTRICTION))


def test_record_types_whose_keys_are_noted_are_marked() -> None:
    one = ExplainedType(
        "grade", TYPES["grade"], is_noted=True, counts={0: 1}, whens={}, statement="SELECT 1"
    )
    (title,) = [line for line in explain_rules([one], Right.ERASURE) if line.startswith("grade")]
    assert title == "grade (grade, Grades): 1 record; its keys are noted before anything is done"
