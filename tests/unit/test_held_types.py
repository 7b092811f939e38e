"""Which record types some orders hold, and what is laid over a data map for them."""

import pytest

from app.datamap.held import with_held
from app.datamap.published import published
from app.domain.holds import Held, HoldOrder, held_types
from app.rules import HeldRule, branches_of, is_held
from app.waiting import until_in_words, waits
from schemas.vocabulary import Category, HeldBy, HoldArticle, Right
from tests.fixtures.campus import CAMPUS_MAP

CATEGORIES = {
    "message": Category.COMMUNICATION,
    "thread": Category.COMMUNICATION,
    "grade": Category.ASSESSMENTS,
}
CLAIM, DUTY = HoldArticle.LEGAL_CLAIMS, HoldArticle.LEGAL_OBLIGATION
HOLD, EXCEPTION = HeldBy.HOLD, HeldBy.EXCEPTION
CASES: dict[str, tuple[list[HoldOrder], list[Held]]] = {
    "nothing": ([], []),
    "a record type": ([HoldOrder(HOLD, CLAIM, None, "grade")], [Held("grade", HOLD, CLAIM)]),
    "a category": (
        [HoldOrder(HOLD, CLAIM, Category.COMMUNICATION)],
        [Held("message", HOLD, CLAIM), Held("thread", HOLD, CLAIM)],
    ),
    "everything": (
        [HoldOrder(HOLD, CLAIM)],
        [Held(name, HOLD, CLAIM) for name in ("grade", "message", "thread")],
    ),
    "a hold before an exception": (
        [HoldOrder(EXCEPTION, DUTY, None, "grade"), HoldOrder(HOLD, CLAIM, None, "grade")],
        [Held("grade", HOLD, CLAIM)],
    ),
    "the earlier article": (
        [HoldOrder(HOLD, CLAIM, None, "grade"), HoldOrder(HOLD, DUTY, None, "grade")],
        [Held("grade", HOLD, DUTY)],
    ),
    "a record type that there is not": ([HoldOrder(HOLD, CLAIM, None, "gone")], []),
}


@pytest.mark.parametrize("name", CASES)
def test_orders_hold_record_types(name: str) -> None:
    orders, held = CASES[name]
    assert list(held_types(orders, CATEGORIES)) == held
    assert list(held_types(orders[::-1], CATEGORIES)) == held


def test_where_nothing_is_held_the_map_is_the_same_object() -> None:
    data_map = published(CAMPUS_MAP.read_text("utf-8")).data_map
    assert with_held(data_map, ()) is data_map
    assert with_held(data_map, [Held("gone", HOLD, CLAIM)]) is data_map


def test_what_is_held_is_laid_over_a_map_once_and_moves_no_rule() -> None:
    data_map = published(CAMPUS_MAP.read_text("utf-8")).data_map
    held = (Held("grade", HOLD, CLAIM),)
    over = with_held(data_map, held)
    assert with_held(data_map, list(held)) is over
    for name, spec in data_map.record_types.items():
        own = {(b.role, b.position): b.rule for b in branches_of(spec, Right.ERASURE)}
        now = {
            (b.role, b.position): b.rule
            for b in branches_of(over.record_types[name], Right.ERASURE)
        }
        added = {place: rule for place, rule in now.items() if place not in own}
        assert {place: rule for place, rule in now.items() if place in own} == own
        assert all(isinstance(rule, HeldRule) and waits(rule) for rule in added.values())
        assert branches_of(spec, Right.RESTRICTION) == branches_of(
            over.record_types[name], Right.RESTRICTION
        )
    assert [name for name, spec in over.record_types.items() if is_held(spec)] == ["grade"]
    words = {
        until_in_words(each.rule) for each in branches_of(over.record_types["note"], Right.ERASURE)
    }
    assert words == {None, "what hangs on it is held no longer"}
