"""Every condition holds where it should, and nowhere else."""

from dataclasses import fields

import pytest

from app.domain.conditions import Condition, Facts, holds
from schemas import data_map

NOBODY, ONE, MANY = {"thread": 0}, {"thread": 1}, {"thread": 7}

CASES = [
    # the condition, the facts, whether it holds, what this is
    (Condition(only_subject="thread"), Facts(living_audience=NOBODY), True, "alone"),
    (Condition(only_subject="thread"), Facts(living_audience=ONE), False, "not alone"),
    (Condition(only_subject="thread"), Facts(living_audience=MANY), False, "among many"),
    (Condition(nobody_left="thread"), Facts(living_audience=NOBODY), True, "nobody left"),
    (Condition(nobody_left="thread"), Facts(living_audience=ONE), False, "somebody left"),
    (Condition(shared="thread"), Facts(living_audience=NOBODY), False, "shared with nobody"),
    (Condition(shared="thread"), Facts(living_audience=ONE), True, "shared with one"),
    (Condition(shared="thread"), Facts(living_audience=MANY), True, "shared with many"),
    (Condition(container_gone=("a",)), Facts(gone_containers={"a": True}), True, "course gone"),
    (Condition(container_gone=("a",)), Facts(gone_containers={"a": False}), False, "course there"),
    (Condition(container_gone=("a", "b")), Facts(gone_containers={"a": True, "b": True}), True,
     "course and project gone"),
    (Condition(container_gone=("a", "b")), Facts(gone_containers={"a": True, "b": False}), False,
     "course gone, project there"),
    (Condition(container_gone=("a", "b")), Facts(gone_containers={"a": False, "b": True}), False,
     "course there, project gone"),
    (Condition(person_gone="x"), Facts(gone_persons={"x": True}), True, "student gone"),
    (Condition(person_gone="x"), Facts(gone_persons={"x": False}), False, "student there"),
    (Condition(named_by_kept=True), Facts(named_by_kept=True), True, "named"),
    (Condition(named_by_kept=True), Facts(named_by_kept=False), False, "not named"),
    (Condition(named_by_kept=False), Facts(named_by_kept=True), False, "to be unnamed, named"),
    (Condition(named_by_kept=False), Facts(named_by_kept=False), True, "to be unnamed, unnamed"),
    (Condition(is_={"x": ("a",)}), Facts(columns={"x": "a"}), True, "the value"),
    (Condition(is_={"x": ("a",)}), Facts(columns={"x": "b"}), False, "another value"),
    (Condition(is_={"x": ("a", "b")}), Facts(columns={"x": "b"}), True, "one of two values"),
    (Condition(is_={"x": ("a",)}), Facts(columns={"x": None}), False, "no value"),
    (Condition(is_={"x": (None,)}), Facts(columns={"x": None}), True, "none wanted, none there"),
    (Condition(is_={"x": ("a",), "y": (1,)}), Facts(columns={"x": "a", "y": 1}), True,
     "both values"),
    (Condition(is_={"x": ("a",), "y": (1,)}), Facts(columns={"x": "a", "y": 2}), False,
     "one value of two"),
    (Condition(not_=Condition(person_gone="x")), Facts(gone_persons={"x": False}), True, "not"),
    (Condition(not_=Condition(person_gone="x")), Facts(gone_persons={"x": True}), False,
     "not, and it is"),
    (Condition(not_=Condition(not_=Condition(person_gone="x"))), Facts(gone_persons={"x": True}),
     True, "not not"),
    (Condition(not_=Condition(is_={"x": ("a",)})), Facts(columns={"x": None}), True,
     "not a value, and none there"),
    (Condition(), Facts(), True, "nothing asked"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [pytest.param(*case[:3], id=case[3]) for case in CASES],
)
def test_a_condition_holds_or_not(condition: Condition, facts: Facts, expected: bool) -> None:  # noqa: FBT001
    assert holds(condition, facts) is expected


ALL = Condition(
    only_subject="alone",
    nobody_left="left",
    shared="seen",
    container_gone=("course",),
    person_gone="student",
    named_by_kept=True,
    is_={"kind": ("a",)},
    not_=Condition(is_={"scope": ("library",)}),
)
ALL_SO: dict[str, object] = {
    "living_audience": {"alone": 0, "left": 0, "seen": 1},
    "gone_containers": {"course": True},
    "gone_persons": {"student": True},
    "named_by_kept": True,
    "columns": {"kind": "a", "scope": "course"},
}
ONE_NOT_SO: list[dict[str, object]] = [
    {"living_audience": {"alone": 1, "left": 0, "seen": 1}},
    {"living_audience": {"alone": 0, "left": 1, "seen": 1}},
    {"living_audience": {"alone": 0, "left": 0, "seen": 0}},
    {"gone_containers": {"course": False}},
    {"gone_persons": {"student": False}},
    {"named_by_kept": False},
    {"columns": {"kind": "b", "scope": "course"}},
    {"columns": {"kind": "a", "scope": "library"}},
]


def test_several_parts_hold_together() -> None:
    assert holds(ALL, Facts(**ALL_SO))  # type: ignore[arg-type]


@pytest.mark.parametrize("change", ONE_NOT_SO, ids=str)
def test_one_part_that_does_not_hold_is_enough(change: dict[str, object]) -> None:
    assert not holds(ALL, Facts(**{**ALL_SO, **change}))  # type: ignore[arg-type]


def test_the_domain_asks_whatever_the_grammar_can() -> None:
    assert {each.name for each in fields(Condition)} == set(data_map.Condition.model_fields)
