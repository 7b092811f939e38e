"""A receipt's lines put each count beside the rule of the map that it fell under."""

import pytest

from app.bundles.receipt_lines import lines, remainders
from app.domain.tallies import Tally
from schemas.vocabulary import Category, Outcome, Right
from tests.fixtures.bundles import campus


def tally(
    record_type: str = "message",
    role: str = "author",
    position: int = 1,
    outcome: Outcome = Outcome.ANONYMISED,
    count: int = 1,
    roles: tuple[str, ...] | None = None,
) -> Tally:
    return Tally(record_type, roles or (role,), role, position, outcome, count)


def test_a_line_names_the_rule_and_what_was_previewed_and_done() -> None:
    (line,) = lines(campus(), Right.ERASURE, [tally(count=3)], [tally(count=4)])
    assert (line.category, line.record_type) == (Category.COMMUNICATION, "message")
    assert (line.title, line.role, line.position) == ("Messages", "author", 1)
    assert (line.outcome, line.previewed, line.done) == (Outcome.ANONYMISED, 3, 4)
    assert line.because == "others still take part in the conversation"


def test_records_with_further_roles_are_counted_on_the_same_line() -> None:
    done = [tally(count=3), tally(count=2, roles=("author", "recipient"))]
    (line,) = lines(campus(), Right.ERASURE, None, done)
    assert (line.previewed, line.done) == (None, 5)


def test_what_was_only_previewed_or_only_done_has_a_line_too() -> None:
    gone = tally(outcome=Outcome.ALREADY_GONE)
    first, second = lines(campus(), Right.ERASURE, [tally()], [gone])
    assert (first.outcome, first.previewed, first.done) == (Outcome.ANONYMISED, 1, 0)
    assert (second.outcome, second.previewed, second.done) == (Outcome.ALREADY_GONE, 0, 1)


def test_lines_stand_in_the_order_of_the_map() -> None:
    done = [
        tally("grade", "assessor", 0, Outcome.DEFERRED),
        tally("message", "recipient", 0, Outcome.REMOVED),
        tally("message", "author", 1, Outcome.ALREADY_GONE),
        tally("message", "author", 1, Outcome.ANONYMISED),
        tally("message", "author", 0, Outcome.REMOVED),
        tally("person", "self", 0, Outcome.ANONYMISED),
    ]
    assert [
        (each.record_type, each.role, each.position, each.outcome)
        for each in lines(campus(), Right.ERASURE, None, done)
    ] == [
        ("person", "self", 0, "anonymised"),
        ("message", "author", 0, "removed"),
        ("message", "author", 1, "anonymised"),
        ("message", "author", 1, "already_gone"),
        ("message", "recipient", 0, "removed"),
        ("grade", "assessor", 0, "deferred"),
    ]


def test_what_is_left_says_by_which_rule_and_until_when() -> None:
    left = [
        tally("grade", "assessor", 0, Outcome.DEFERRED, 97),
        tally("message", "recipient", 1, Outcome.KEPT, 2),
    ]
    messages, grades = remainders(campus(), Right.ERASURE, left)
    assert (grades.count, grades.until) == (97, "the student is erased")
    assert grades.because == "affects the rights of the student"
    assert (messages.outcome, messages.count, messages.until) == (Outcome.KEPT, 2, None)


@pytest.mark.parametrize("right", [Right.RESTRICTION, Right.RESTRICTION_LIFT])
def test_a_lift_is_told_by_the_rules_of_restriction(right: Right) -> None:
    outcome = Outcome.HIDDEN if right is Right.RESTRICTION else Outcome.RESTORED
    done = [tally("grade", "student", 0, outcome, 3)]
    (line,) = lines(campus(), right, None, done)  # type: ignore[arg-type]
    assert (line.role, line.outcome, line.done, line.because) == ("student", outcome, 3, None)


def test_nothing_done_is_no_line() -> None:
    assert lines(campus(), Right.ERASURE, None, []) == ()
    assert remainders(campus(), Right.ERASURE, []) == ()
