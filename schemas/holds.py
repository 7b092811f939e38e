"""Holds: orders not to erase, with article, reason and end."""

from datetime import date
from uuid import UUID

from pydantic import model_validator

from schemas.data_map import Name
from schemas.paging import Cursor, Limit
from schemas.subjects import Reason, Token
from schemas.vocabulary import Category, HoldArticle, HoldState
from schemas.wire import Day, Moment, Wire

LastDay = Day | None
"""The last day of a hold, in UTC; none until somebody ends it."""


class HoldPlacement(Wire):
    """What is not to be erased, and why.

    Reference:
        GDPR Art. 17(3), 18(1)(c).
    """

    confirmation: Token | None = None
    """The confirmation of a person; left out, the hold is about everybody."""
    category: Category | None = None
    """Only records of this category."""
    record_type: Name | None = None
    """Only records of this type; not together with `category`."""
    article: HoldArticle
    """What the hold rests on."""
    reason: Reason
    """Why, in your own words; kept sealed as evidence, and shown to those who manage holds only."""
    ends_on: LastDay = None
    """The last day on which it holds, in UTC; left out, it holds until it is ended."""

    @model_validator(mode="after")
    def _says_what(self) -> "HoldPlacement":
        if self.category is not None and self.record_type is not None:
            raise ValueError("name a category or a record type, not both")
        if self.confirmation is None and self.category is None and self.record_type is None:
            raise ValueError("a hold is about a person, a category or a record type")
        return self


class HoldChange(Wire):
    """A new end of a hold."""

    ends_on: LastDay
    """The last day on which it holds, in UTC; null until it is ended."""
    reason: Reason
    """Why it is changed; kept sealed as evidence."""


class HoldEnding(Wire):
    """Why a hold is ended."""

    reason: Reason
    """In your own words; kept sealed as evidence."""


class Hold(Wire):
    """An order not to erase."""

    id: UUID
    state: HoldState
    subject: dict[str, str | None] | None = None
    """The person, as shown when the confirmation was given; null where it is about everybody, empty
    once the person is erased."""
    category: Category | None = None
    record_type: Name | None = None
    article: HoldArticle
    reason: str | None = None
    """Null once the person is erased."""
    ends_on: date | None = None
    """The last day on which it holds, in UTC."""
    created_at: Moment
    ended_at: Moment | None = None


class PlacedHold(Hold):
    """A hold that was placed, and what it came too late for."""

    too_late_for: tuple[UUID, ...] = ()
    """Subject requests whose erasure was running: they end under the holds that they began with."""


class HoldPage(Wire):
    """Some holds, newest first."""

    items: tuple[Hold, ...]
    next_cursor: Cursor | None = None
    """Send it as `cursor` for the next page; null on the last page. Also in the header `Link`."""


class HoldFilter(Wire):
    """Which holds to list."""

    state: HoldState | None = None
    """Only those that stand there."""
    category: Category | None = None
    """Only those of this category."""
    record_type: Name | None = None
    """Only those of this record type."""
    limit: Limit = 50
    """How many a page holds at most."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""
