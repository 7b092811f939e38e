"""What is held: which orders not to erase reach which kinds of record.

Reference:
    GDPR Art. 17(3), 18(1)(c); ``docs/effects.md``, "Holds".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.vocabulary import Category, HeldBy, HoldArticle


@dataclass(frozen=True, slots=True)
class HoldOrder:
    """An order not to erase, as far as it reaches one subject.

    Attributes:
        held_by: A hold, or a standing exception of the controller.
        article: What it rests on.
        category: Of which category; None for any.
        record_type: Of which record type; None for any.
    """

    held_by: HeldBy
    article: HoldArticle
    category: Category | None = None
    record_type: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Held:
    """A record type of which every record of a subject is held.

    Attributes:
        record_type: The type.
        held_by: The order that counts.
        article: What it rests on.
    """

    record_type: str
    held_by: HeldBy
    article: HoldArticle


def held_types(orders: Iterable[HoldOrder], categories: Mapping[str, Category]) -> tuple[Held, ...]:
    """Say which record types some orders hold.

    Args:
        orders: Those in force that reach the subject. Where several reach one record type, a hold
            counts before an exception, and then the earlier article.
        categories: Of every record type of the data map.

    Returns:
        Each record type once, sorted: the same orders come to the same.
    """
    found: dict[str, Held] = {}
    for order in orders:
        for name, category in categories.items():
            if order.record_type in {None, name} and order.category in {None, category}:
                held = Held(name, order.held_by, order.article)
                found[name] = min(found.get(name, held), held, key=_rank)
    return tuple(sorted(found.values()))


def _rank(held: Held) -> tuple[bool, str]:
    return held.held_by is not HeldBy.HOLD, held.article
