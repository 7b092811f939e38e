"""Records that are kept until something holds: why they are still here, and what would release them."""

from uuid import UUID

from schemas.data_map import Name
from schemas.paging import Cursor, Limit
from schemas.receipts import Article, Position
from schemas.vocabulary import Category, Effect, HeldBy, LmsEventType
from schemas.wire import Moment, Wire


class Deferral(Wire):
    """What keeps some records of erased persons, and until when."""

    id: UUID
    category: Category
    record_type: Name
    title: str
    """The record type, as a person would call it."""
    role: Name
    """In what part the records named the person."""
    position: Position
    """The place of the rule in the list that the role has for erasure, from 0."""
    because: str | None = None
    """Why, as the rule says."""
    article: Article | None = None
    """What a hold or an exception rests on."""
    held_by: HeldBy | None = None
    """Where no rule of the data map keeps them: a hold, an exception of the controller, or what is
    held and hangs on them."""
    until: str
    """What has to come about."""
    then: Effect | None = None
    """What follows then; null where the rules of the data map decide about each record anew."""
    since: Moment
    container: dict[str, str | None]
    """The cells that `until` looks at, as text; empty where they would name a person."""
    released_by: tuple[LmsEventType, ...]
    """The events of the learning platform that would have it looked at again, and may release it."""


class DeferralPage(Wire):
    """Some deferrals, newest first."""

    items: tuple[Deferral, ...]
    next_cursor: Cursor | None = None
    """Send it as `cursor` for the next page; null on the last page. Also in the header `Link`."""


class DeferralFilter(Wire):
    """Which deferrals to list."""

    limit: Limit = 50
    """How many a page holds at most."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""
