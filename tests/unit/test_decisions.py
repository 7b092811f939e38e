"""What becomes of a record, effect by effect and role by role."""

from itertools import product

import pytest

from app.datamap.read import read
from app.datamap.rules import rules_of
from app.domain.conditions import Condition, Facts
from app.domain.decisions import STRONGEST, Branch, Rule, decide, strength
from app.rules import branches_of, change_of
from app.rules import strength as strength_of
from schemas import data_map
from schemas.vocabulary import Effect, Right
from tests.fixtures.data_maps import SOUND

DELETE, ANONYMISE, HIDE, KEEP = Effect.DELETE, Effect.ANONYMISE, Effect.HIDE, Effect.KEEP
EXCEPTION = "17(3)(b)"
BOTH = Facts(roles=("first", "second"))
YES, NO = Condition(is_={"kind": ("a",)}), Condition(is_={"kind": ("b",)})
OF_KIND_A = Facts(roles=("author",), columns={"kind": "a"})

FROM_STRONG_TO_WEAK = [
    Rule(KEEP, article=EXCEPTION),
    Rule(DELETE),
    Rule(ANONYMISE),
    Rule(HIDE),
    Rule(KEEP),
]


def told(rule: Rule) -> str:
    return f"{rule.effect}{' by exception' if rule.article else ''}"


@pytest.mark.parametrize(
    ("first", "second"), list(product(FROM_STRONG_TO_WEAK, repeat=2)), ids=told
)
def test_of_two_roles_the_stronger_effect_wins_and_of_equals_the_earlier_role(
    first: Rule, second: Rule
) -> None:
    ranks = [FROM_STRONG_TO_WEAK.index(each) for each in (first, second)]
    winner, rule = ("first", first) if ranks[0] <= ranks[1] else ("second", second)
    assert decide({"first": [first], "second": [second]}, BOTH) == Branch(
        winner, 0, rule.effect, rule.article
    )


def test_of_two_exceptions_the_earlier_role_gives_the_article() -> None:
    rules = {
        "first": [Rule(KEEP, article="17(3)(e)")],
        "second": [Rule(KEEP, article="17(3)(a)")],
    }
    assert decide(rules, BOTH) == Branch("first", 0, KEEP, "17(3)(e)")


def test_strengths_are_numbered_so_that_the_least_wins() -> None:
    assert [strength(each) for each in (DELETE, ANONYMISE, HIDE, KEEP)] == [1, 2, 3, 4]
    assert strength(KEEP, EXCEPTION) == STRONGEST == 0


def test_roles_that_the_record_does_not_name_the_subject_in_do_not_count() -> None:
    rules = {"first": [Rule(DELETE)], "second": [Rule(HIDE)]}
    assert decide(rules, Facts(roles=("second",))) == Branch("second", 0, HIDE)


@pytest.mark.parametrize("is_held", [False, True])
def test_a_record_that_no_rule_is_about_has_no_decision(is_held: bool) -> None:  # noqa: FBT001
    assert decide({"first": [Rule(DELETE)]}, Facts(), is_held=is_held) is None
    assert decide({"first": []}, BOTH, is_held=is_held) is None
    assert decide({"first": [Rule(DELETE, NO)]}, Facts(("first",), columns={"kind": "a"})) is None


@pytest.mark.parametrize(
    ("rules", "position"),
    [
        pytest.param([Rule(KEEP), Rule(DELETE)], 0, id="none has a condition"),
        pytest.param([Rule(KEEP, YES), Rule(DELETE)], 0, id="the first holds"),
        pytest.param([Rule(DELETE, NO), Rule(KEEP)], 1, id="the first does not hold"),
        pytest.param([Rule(DELETE, NO), Rule(HIDE, YES), Rule(KEEP)], 1, id="the second holds"),
        pytest.param([Rule(DELETE, NO), Rule(HIDE, NO), Rule(KEEP)], 2, id="only the last holds"),
    ],
)
def test_the_first_rule_of_a_role_that_holds_is_its_branch_however_weak(
    rules: list[Rule], position: int
) -> None:
    assert decide({"author": rules}, OF_KIND_A) == Branch(
        "author", position, rules[position].effect
    )


def test_a_role_of_which_no_rule_holds_leaves_the_decision_to_the_others() -> None:
    rules = {"first": [Rule(DELETE, NO)], "second": [Rule(KEEP)]}
    facts = Facts(roles=("first", "second"), columns={"kind": "a"})
    assert decide(rules, facts) == Branch("second", 0, KEEP)


def test_a_rule_with_until_makes_a_deferral() -> None:
    rule = Rule(ANONYMISE, until=Condition(nobody_left="thread"), then=DELETE)
    assert decide({"author": [rule]}, OF_KIND_A) == Branch("author", 0, ANONYMISE, is_deferred=True)


def test_a_hold_beats_every_rule_and_is_no_rule_itself() -> None:
    rules = {"first": [Rule(DELETE)], "second": [Rule(KEEP, article=EXCEPTION)]}
    assert decide(rules, BOTH, is_held=True) == Branch("first", None, KEEP)
    assert decide(rules, Facts(("second",)), is_held=True) == Branch("second", None, KEEP)


def test_the_rules_of_a_data_map_decide_as_they_are_written() -> None:
    message = rules_of(read(SOUND).data_map.record_types["message"], Right.ERASURE)
    mine = Facts(roles=("author",), living_audience={"thread": 1})
    assert decide(message, mine) == Branch("author", 1, ANONYMISE, is_deferred=True)
    last = Facts(roles=("author",), living_audience={"thread": 0})
    assert decide(message, last) == Branch("author", 0, DELETE)
    also_received = Facts(roles=("recipient", "author"), living_audience={"thread": 0})
    assert decide(message, also_received) == Branch("recipient", 0, KEEP, "17(3)(a)")


def test_the_rules_of_a_data_map_come_over_whole() -> None:
    types = read(SOUND).data_map.record_types
    assert rules_of(types["grade"], Right.ERASURE) == {
        "student": (Rule(DELETE),),
        "assessor": (Rule(KEEP, until=Condition(person_gone="student_id"), then=DELETE),),
    }
    assert rules_of(types["person"], Right.ERASURE)["self"][0] == Rule(
        ANONYMISE,
        when=Condition(named_by_kept=True),
        until=Condition(not_=Condition(named_by_kept=True)),
        then=DELETE,
    )
    assert rules_of(types["material"], Right.ERASURE)["owner"] == (
        Rule(ANONYMISE, when=Condition(is_={"scope": ("library",)})),
        Rule(ANONYMISE, until=Condition(container_gone=("course_id",)), then=DELETE),
    )
    assert rules_of(types["material"], Right.RESTRICTION)["owner"][0].when == Condition(
        only_subject="everybody"
    )


def test_branches_are_numbered_over_the_roles_in_the_order_of_the_map() -> None:
    types = read(SOUND).data_map.record_types
    message = branches_of(types["message"], Right.ERASURE)
    assert [(each.number, each.role, each.position) for each in message] == [
        (0, "author", 0),
        (1, "author", 1),
        (2, "recipient", 0),
    ]
    assert [strength_of(each.rule) for each in message] == [1, 2, 0]
    assert message[1].rule is (types["message"].roles["author"].erasure or ())[1]
    (own, rest) = branches_of(types["person"], Right.ERASURE)
    assert (own.role, rest.role) == ("self", "self")


def test_a_rules_own_change_carries_out_what_it_does_now_and_the_types_what_follows() -> None:
    event = read(SOUND).data_map.record_types["event_shared"]
    rule = data_map.Rule.model_validate(
        {"effect": "hide", "set": {"title": None}, "until": {"shared": "x"}, "then": "anonymise"}
    )
    now, later = (change_of(event, rule, effect) for effect in (HIDE, ANONYMISE))
    assert now == data_map.Change.model_validate({"set": {"title": None}})
    assert later == event.anonymise


def test_a_role_without_rules_has_no_branches() -> None:
    message = read(SOUND).data_map.record_types["message"]
    bare = message.roles["author"].model_copy(update={"erasure": None})
    roles = {**message.roles, "author": bare}
    branches = branches_of(message.model_copy(update={"roles": roles}), Right.ERASURE)
    assert [(each.number, each.role) for each in branches] == [(0, "recipient")]
