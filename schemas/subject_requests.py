"""One exercise of one right: read, listed."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.approvals import Approval
from schemas.jobs import Attention, JobProgress
from schemas.paging import Cursor, Limit
from schemas.problems import ProblemDocument
from schemas.receipts import Sha256
from schemas.vocabulary import RefusalArticle, RequestState, RestrictionGround, Right
from schemas.wire import Moment, Wire


class SubjectRequestSummary(Wire):
    """A subject request in a list."""

    id: UUID
    right: Right
    state: RequestState
    subject: dict[str, str | None]
    """The person, as shown when the confirmation was given; empty once the person is erased."""
    received_at: Moment
    accepted_at: Moment
    completed_at: Moment | None = None
    bundle_id: UUID | None = None
    """The bundle, once an export is completed."""
    receipt_id: UUID | None = None
    """The receipt, once the subject request is completed."""
    batch_id: UUID | None = None
    """What was submitted together carries one id, and can be approved together."""
    due_at: Moment | None = None
    """Until when the person has to be answered (Art. 12(3)): midnight after the last day. None while
    it is in doubt who sent the request."""
    due_soon: bool = False
    """Whether that is less than a week from now."""
    overdue: bool = False
    """Whether that has passed, and nothing has come of the request yet."""
    extended_months: Annotated[int, Field(ge=0, le=2)] = 0
    """How many further months the person was told of."""
    identity_doubted_at: Moment | None = None
    """Since when it is in doubt who sent the request (Art. 12(6)), while it is."""


class RecordedApproval(Approval):
    """The controller's leave, as it is kept."""

    reason: Annotated[str, StringConstraints(max_length=2_000)]
    """Why this is done; empty once the person is erased."""


class SubjectRequest(SubjectRequestSummary):
    """A subject request with its approval and progress."""

    approval: RecordedApproval
    job: JobProgress | None = None
    """The work; none while a lift waits until the person has been informed."""
    attention: Attention | None = None
    """Why it waits for a person; only in the state `needs_attention`."""
    ground: RestrictionGround | None = None
    """On which ground a restriction rests."""
    preview_digest: Sha256 | None = None
    """The preview that an erasure was approved on."""
    restriction_id: UUID | None = None
    """The restriction that it made, lifts, or empties from the trashcan."""
    refusal_article: RefusalArticle | None = None
    """On what the controller refused to act; only in the state `refused`."""
    second_approved_at: Moment | None = None
    """When a second person approved or released it, if it waited for that."""
    is_being_cancelled: bool = False
    """Whether what was done already is being rolled back."""


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
    overdue: bool = False
    """Only those whose deadline has passed and of which nothing has come."""
    due_soon: bool = False
    """Only those whose deadline is less than a week away."""
    batch_id: UUID | None = None
    """Only those that were submitted together."""
    limit: Limit = 50
    """How many a page holds at most."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""


class BatchItem(Wire):
    """What became of one person of a batch."""

    status: int
    """202 where the subject request was accepted, else the status that it would have had alone."""
    subject_request: SubjectRequest | None = None
    problem: ProblemDocument | None = None
    """Why it was refused; nothing was done for this person."""


class SubjectRequestBatch(Wire):
    """What became of each person of a batch, in the order in which they were sent."""

    items: tuple[BatchItem, ...]
