"""Restrictions that are in force or have been, and what ends them."""

from typing import Annotated
from uuid import UUID

from pydantic import Discriminator, Tag

from schemas.approvals import Approval, Line
from schemas.paging import Cursor, Limit
from schemas.previews import Days, RestrictionIds
from schemas.receipts import Count, Sha256
from schemas.subject_requests import BatchItem
from schemas.subjects import Reason
from schemas.vocabulary import RestrictionGround, RestrictionState
from schemas.wire import Moment, Wire


class Restriction(Wire):
    """A restriction of one person."""

    id: UUID
    subject_request_id: UUID
    """The subject request that made it."""
    ground: RestrictionGround
    state: RestrictionState
    subject: dict[str, str | None]
    """The person, as shown when the confirmation was given; empty once the person is erased."""
    created_at: Moment
    ended_at: Moment | None = None
    age_days: Count
    """How many whole days it has been, or was, in force."""
    record_count: Count
    """How many records it holds."""


class RestrictionPage(Wire):
    """Some restrictions, newest first."""

    items: tuple[Restriction, ...]
    next_cursor: Cursor | None = None
    """Send it as `cursor` for the next page; null on the last page. Also in the header `Link`."""


class RestrictionFilter(Wire):
    """Which restrictions to list."""

    state: RestrictionState | None = None
    """Only those that stand there."""
    ground: RestrictionGround | None = None
    """Only those on this ground; `normal_flow` is the trashcan."""
    limit: Limit = 50
    """How many a page holds at most."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""


class Informed(Wire):
    """That the person was told before the restriction is lifted."""

    informed_at: Moment
    """When; not in the future."""
    how: Line
    """In which way: a letter, a talk."""


class InformationOverridden(Wire):
    """That the lift does not wait until the person is told."""

    override_reason: Reason
    """Why not."""


def _kind(value: object) -> str:
    """Tell the shape, of what is read and of what is written."""
    is_overridden = isinstance(value, InformationOverridden) or (
        isinstance(value, dict) and "override_reason" in value
    )
    return "@overridden" if is_overridden else "@informed"


Information = Annotated[
    Annotated[Informed, Tag("@informed")] | Annotated[InformationOverridden, Tag("@overridden")],
    Discriminator(_kind),
]
"""What became of the duty to inform the person (Art. 18(3))."""


class LiftSubmission(Wire):
    """What it takes to lift a restriction."""

    approval: Approval
    received_at: Moment | None = None
    """When the controller received the request; now, where this is left out."""
    information: Information | None = None
    """That the person has been told; where it is left out, the lift waits until that is recorded."""


class _Emptying(Wire):
    approval: Approval
    preview_digest: Sha256
    """The digest of the one preview that was made of all of them."""


class ListedEmptying(_Emptying):
    """What it takes to empty the trashcan of listed persons."""

    restriction_ids: RestrictionIds
    """Active restrictions of the normal flow, at most 1,000; whom a right restricts, too, is refused."""


class AgedEmptying(_Emptying):
    """What it takes to empty the trashcan of all who have long been in it."""

    older_than_days: Days
    """Active restrictions of the normal flow that are older; the 1,000 oldest of them. Whom a right
    restricts, too, is left out."""


def _emptying(value: object) -> str:
    return "@aged" if isinstance(value, dict) and "older_than_days" in value else "@listed"


Emptying = Annotated[
    Annotated[ListedEmptying, Tag("@listed")] | Annotated[AgedEmptying, Tag("@aged")],
    Discriminator(_emptying),
]
"""What it takes to empty the trashcan."""


class EmptiedItem(BatchItem):
    """What became of one restriction."""

    restriction_id: UUID


class EmptiedRestrictions(Wire):
    """What became of each restriction: one erasure each, or why not."""

    items: tuple[EmptiedItem, ...]
