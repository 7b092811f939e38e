"""Sum the bundle up for the table "at a glance" and for the chart."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.bundles.contents import RecordTypeSection
from app.bundles.header import RetentionNote
from app.bundles.wording import CATEGORY_TITLES, period_days, short_name
from schemas.vocabulary import Category

_MOST_NAMED = 4
_MOST_PERIODS = 2
_MOST_BARS = 12


@dataclass(frozen=True, slots=True)
class GlanceRow:
    """A category in the table.

    Attributes:
        category: Also the anchor of its section.
        title: For people.
        what: The titles of record types that hold anything, the largest first.
        more: How many further ones there are.
        count: Records.
        why: Names of the purposes.
        how_long: The periods, in a few words.
    """

    category: Category
    title: str
    what: tuple[str, ...]
    more: int
    count: int
    why: tuple[str, ...]
    how_long: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the chart; its length in percent of the longest."""

    title: str
    count: int
    percent: float


def glance_rows(
    categories: Mapping[Category, Sequence[RecordTypeSection]],
) -> tuple[GlanceRow, ...]:
    """Sum up every category, also those of which nothing is held.

    Args:
        categories: Their record types.
    """
    return tuple(_row(category, sections) for category, sections in categories.items())


def held_record_types(
    categories: Mapping[Category, Sequence[RecordTypeSection]],
) -> tuple[Bar, ...]:
    """Give the record types of which most is held, the largest first, at most twelve.

    Args:
        categories: Their record types.
    """
    largest = _largest(section for sections in categories.values() for section in sections)
    longest = largest[0].summary.count if largest else 1
    return tuple(
        Bar(each.heading.title, each.summary.count, round(100 * each.summary.count / longest, 2))
        for each in largest[:_MOST_BARS]
    )


def _row(category: Category, sections: Sequence[RecordTypeSection]) -> GlanceRow:
    held = _largest(sections)
    purposes = dict.fromkeys(
        purpose.name for section in sections for purpose in section.heading.purposes
    )
    return GlanceRow(
        category=category,
        title=CATEGORY_TITLES[category],
        what=tuple(each.heading.title for each in held[:_MOST_NAMED]),
        more=max(0, len(held) - _MOST_NAMED),
        count=sum(each.summary.count for each in held),
        why=tuple(short_name(name) for name in purposes),
        how_long=_how_long([section.heading.retention for section in held or sections]),
    )


def _largest(sections: Iterable[RecordTypeSection]) -> list[RecordTypeSection]:
    held = [each for each in sections if each.summary.count]
    return sorted(held, key=lambda each: -each.summary.count)


def _how_long(notes: Sequence[RetentionNote]) -> str:
    texts = list(dict.fromkeys(note.text.removesuffix(".") for note in notes))
    if len(texts) <= _MOST_PERIODS:
        return " or ".join(texts[:1] + [text[:1].lower() + text[1:] for text in texts[1:]])
    periods = [note.period for note in notes if note.period]
    if len(periods) < len(notes):
        return "By kind of record, as stated below"
    shortest, longest = (
        next(note.text for note in notes if note.period == period)
        for period in (min(periods, key=period_days), max(periods, key=period_days))
    )
    return f"{shortest} to {longest}, by kind of record"
