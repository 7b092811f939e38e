"""What a second person says: to an erasure that waits, or against a request."""

from typing import Annotated

from pydantic import Field

from schemas.approvals import Line
from schemas.subject_requests import SubjectRequest
from schemas.subjects import Reason
from schemas.vocabulary import RefusalArticle
from schemas.wire import Moment, Wire


class SecondApproval(Wire):
    """That a second person approves or releases what waits for that."""

    reason: Reason
    """Why; kept as evidence."""


class Refusal(Wire):
    """That the controller does not act on a request."""

    article: RefusalArticle
    """On what it rests, as in `17(3)(b)`."""
    reason: Reason
    """Why, in words; kept as evidence. The person has to be told."""


class OwedInformation(Wire):
    """What a person has to be told whose request is refused.

    Reference:
        GDPR Art. 12(4).
    """

    until: Moment
    """Without delay, and at the latest by then."""
    reasons: str
    """The ground, in words of the Regulation. Add the controller's own reasons."""
    complaint: str
    """The right to lodge a complaint."""
    supervisory_authority: str | None = None
    """With whom, as the controller's settings name it."""
    judicial_remedy: str
    """The right to seek a judicial remedy."""


class RefusedRequest(Wire):
    """A request that is refused, and what follows from that."""

    subject_request: SubjectRequest
    owed: OwedInformation


class Extension(Wire):
    """That the person was told of further months."""

    months: Annotated[int, Field(strict=True, ge=1, le=2)] = 2
    """How many, at most two."""
    reason: Reason
    """Why: how complex the request is, or how many there are. Kept as evidence."""
    informed_at: Moment | None = None
    """When the person was told, with the reasons; within the first month, and not in the future.
    Now, where this is left out."""
    how: Line
    """In which way: a letter, a talk."""


class IdentityDoubt(Wire):
    """That it is, or no longer is, in doubt who sent a request."""

    reason: Reason
    """Why; kept as evidence."""
