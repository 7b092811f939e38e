"""Turn tallies into the lines of a receipt: each count beside the rule that it fell under."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.tallies import Tally
from app.rules import branches_of
from app.waiting import until_in_words
from schemas.data_map import DataMap
from schemas.receipts import ReceiptLine, ReceiptRemainder, ReceiptRight
from schemas.vocabulary import Outcome, Right

_OUTCOMES = tuple(Outcome)


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    """Where a count stands: record types and branches as in the map, then the outcome."""

    record_type: int
    branch: int
    outcome: int


def lines(
    data_map: DataMap,
    right: ReceiptRight,
    previewed: Sequence[Tally] | None,
    done: Sequence[Tally],
) -> tuple[ReceiptLine, ...]:
    """Give a line for everything that was previewed or done.

    Args:
        data_map: The one that the job ran under.
        right: Whose rules were carried out.
        previewed: What the preview counted; None where there was none.
        done: What was counted as done.
    """
    rules = _Rules(data_map, right)
    expected, counted = rules.counts(previewed or ()), rules.counts(done)
    return tuple(
        ReceiptLine.model_validate(
            rules.said(place)
            | {
                "previewed": None if previewed is None else expected[place],
                "done": counted[place],
            }
        )
        for place in sorted(expected.keys() | counted.keys())
    )


def remainders(
    data_map: DataMap, right: ReceiptRight, left: Sequence[Tally]
) -> tuple[ReceiptRemainder, ...]:
    """Say what is left, by which rule, and until when.

    Args:
        data_map: The one that the job ran under.
        right: Whose rules were carried out.
        left: What the verification found, kept or deferred.
    """
    rules = _Rules(data_map, right)
    return tuple(
        ReceiptRemainder.model_validate(
            rules.said(place) | {"count": count, "until": rules.until(place)}
        )
        for place, count in sorted(rules.counts(left).items())
    )


class _Rules:
    """The rules of a right, by their place in the map."""

    def __init__(self, data_map: DataMap, right: ReceiptRight) -> None:
        # A lift undoes what the rules of restriction did.
        self.right = Right.ERASURE if right is Right.ERASURE else Right.RESTRICTION
        self.record_types = list(data_map.record_types.items())
        self.branches = {
            name: branches_of(record_type, self.right) for name, record_type in self.record_types
        }
        self.numbers = {
            (name, branch.role, branch.position): (number, branch.number)
            for number, (name, _) in enumerate(self.record_types)
            for branch in self.branches[name]
        }

    def counts(self, tallies: Sequence[Tally]) -> Counter[_Place]:
        """Sum tallies by place, whatever further roles the records have."""
        counts: Counter[_Place] = Counter()
        for each in tallies:
            numbers = self.numbers[each.record_type, each.role, each.position]
            counts[_Place(*numbers, _OUTCOMES.index(each.outcome))] += each.record_count
        return counts

    def said(self, place: _Place) -> dict[str, object]:
        """Give what every line says of its place."""
        name, record_type = self.record_types[place.record_type]
        branch = self.branches[name][place.branch]
        return {
            "category": record_type.category,
            "record_type": name,
            "title": record_type.title,
            "role": branch.role,
            "position": branch.position,
            "outcome": _OUTCOMES[place.outcome],
            "because": branch.rule.because,
            "article": branch.rule.article,
        }

    def until(self, place: _Place) -> str | None:
        """Say what a deferral waits for; nothing else waits."""
        name, _ = self.record_types[place.record_type]
        is_deferred = _OUTCOMES[place.outcome] is Outcome.DEFERRED
        return until_in_words(self.branches[name][place.branch].rule) if is_deferred else None
