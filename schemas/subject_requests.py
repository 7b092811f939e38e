"""One exercise of one right: submitted, read, listed."""

import re
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator, StringConstraints

from schemas.jobs import Attention, JobProgress
from schemas.paging import Cursor, Limit
from schemas.subjects import Reason, Token
from schemas.vocabulary import RequestState, Right
from schemas.wire import Moment, Wire

_RFC_3339 = re.compile(
    r"(?:19|20)\d\d-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)"
)


def _written_moment(value: object) -> object:
    """Let through what RFC 3339 writes between 1900 and 2099, and nothing that only looks alike."""
    if isinstance(value, datetime):
        return value
    if not (isinstance(value, str) and _RFC_3339.fullmatch(value)):
        raise ValueError("must be a date and time as RFC 3339 writes it: 2026-11-22T09:30:00Z")
    return value


WrittenMoment = Annotated[AwareDatetime, BeforeValidator(_written_moment)]
"""A date and time as RFC 3339 writes it, with its offset."""

ExportRight = Literal[Right.ACCESS, Right.PORTABILITY]
"""The rights that end in a bundle."""


class Approval(Wire):
    """The controller's leave to act."""

    approved_by: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
    ]
    """Who decided, as the controller names that person."""
    approved_at: WrittenMoment
    """When it was decided; not in the future."""
    reference: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)
    ]
    """Under what number the controller keeps the case."""
    reason: Reason
    """Why this is done."""


class SubjectRequestSubmission(Wire):
    """What it takes to exercise a right for a person."""

    right: ExportRight
    """`access` (Art. 15: everything held) or `portability` (Art. 20: what the person provided)."""
    confirmation: Token
    """The confirmation of the candidate who is meant."""
    approval: Approval
    received_at: WrittenMoment | None = None
    """When the controller received the person's request; now, where this is left out."""


class SubjectRequestSummary(Wire):
    """A subject request in a list."""

    id: UUID
    right: Right
    state: RequestState
    subject: dict[str, str | None]
    """The person, as shown when the confirmation was given."""
    received_at: Moment
    accepted_at: Moment
    completed_at: Moment | None = None
    bundle_id: UUID | None = None
    """The bundle, once the subject request is completed."""


class SubjectRequest(SubjectRequestSummary):
    """A subject request with its approval and progress."""

    approval: Approval
    job: JobProgress
    attention: Attention | None = None
    """Why it waits for a person; only in the state `needs_attention`."""


class SubjectRequestPage(Wire):
    """Some subject requests, newest first."""

    items: tuple[SubjectRequestSummary, ...]
    next_cursor: Cursor | None = None
    """Send it as `cursor` for the next page; null on the last page. Also in the header `Link`."""


class SubjectRequestFilter(Wire):
    """Which subject requests to list."""

    state: RequestState | None = None
    """Only those that stand there."""
    right: Right | None = None
    """Only those of this right."""
    limit: Limit = 50
    """How many a page holds at most."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""
