"""Turns counts into the lines of a preview: each beside the rule that it would fall under."""

from collections import Counter
from collections.abc import Iterable

from app.engine.plan import outcome
from app.sources.hands import Counted
from app.waiting import until_in_words
from schemas.data_map import DataMap
from schemas.previews import PreviewLine, PreviewTotals

_Place = tuple[int, int, int]
"""A record type's, a role's and a rule's place in the map."""


def lines(data_map: DataMap, found: Iterable[Counted]) -> tuple[PreviewLine, ...]:
    """Give a line for every rule under which something would fall, in the order of the map.

    Args:
        data_map: Whose rules were looked at.
        found: Of any number of persons.
    """
    places = {name: place for place, name in enumerate(data_map.record_types)}
    counts: Counter[_Place] = Counter()
    examples: dict[_Place, Counted] = {}
    for each in found:
        roles = list(data_map.record_types[each.record_type].roles)
        branch = each.branch
        place = (places[each.record_type], roles.index(branch.role), branch.position)
        counts[place] += each.count
        examples[place] = each
    return tuple(
        _line(data_map, examples[place], count) for place, count in sorted(counts.items()) if count
    )


def totals(shown: Iterable[PreviewLine]) -> PreviewTotals:
    """Sum lines by what would happen."""
    counts: Counter[str] = Counter()
    for line in shown:
        counts[line.outcome] += line.count
    return PreviewTotals.model_validate({str(name): count for name, count in counts.items()})


def _line(data_map: DataMap, example: Counted, count: int) -> PreviewLine:
    spec, branch = data_map.record_types[example.record_type], example.branch
    return PreviewLine.model_validate(
        {
            "category": spec.category,
            "record_type": example.record_type,
            "title": spec.title,
            "role": branch.role,
            "position": branch.position,
            "outcome": outcome(example),
            "because": branch.rule.because,
            "article": branch.rule.article,
            "count": count,
            "until": until_in_words(branch.rule),
        }
    )
