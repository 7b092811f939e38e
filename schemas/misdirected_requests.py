"""Requests that end users sent to the processor, and that are the controller's to answer.

Reference:
    Seed 002: "Any data subject requests from end users … will be handed over to the customer".
"""

from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from schemas.paging import Cursor, Limit
from schemas.subjects import Reason
from schemas.vocabulary import MisdirectedState
from schemas.wire import Moment, Wire

Message = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
"""What an end user wrote."""

Contact = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
"""How an end user can be reached."""


class MisdirectedSubmission(Wire):
    """What an end user sent."""

    message: Message
    """In the end user's words, whole."""
    contact: Contact
    """How to reach the end user: an e-mail address, a telephone number, a postal address."""
    received_at: Moment | None = None
    """When it was sent; now, where this is left out."""


class MisdirectedSummary(Wire):
    """An end user's request in a list, without its content."""

    id: UUID
    state: MisdirectedState
    received_at: Moment
    taken_at: Moment
    expires_at: Moment
    """From when on its content is not kept."""
    ended_at: Moment | None = None
    """When its content was deleted."""


class MisdirectedRequest(MisdirectedSummary):
    """An end user's request, with its content for as long as that is kept."""

    message: str | None = None
    contact: str | None = None


class MisdirectedPage(Wire):
    """Some end users' requests, the latest first."""

    items: tuple[MisdirectedSummary, ...]
    next_cursor: Cursor | None = None
    """Send it as `cursor` for the next page; null on the last page. Also in the header `Link`."""


class MisdirectedFilter(Wire):
    """Which end users' requests to list."""

    state: MisdirectedState | None = None
    """Only those that stand there."""
    limit: Limit = 50
    """How many a page holds at most."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""


class Handover(Wire):
    """That the controller has taken an end user's request over."""

    reason: Reason
    """Where it is answered from now on, such as the number of the case; kept as evidence."""
