"""Recipients of a person's data, among them sub-processors, and what they answered when they were told.

Reference:
    GDPR Art. 4(9), 19, 28(4).
"""

from schemas.data_map import Name
from schemas.subjects import Reason
from schemas.vocabulary import RecipientOutcome
from schemas.wire import Moment, Wire


class NewRecipientAnswer(Wire):
    """What a recipient answered."""

    recipient: Name
    """Its name in the data map."""
    outcome: RecipientOutcome
    """`done`: it did the same with what it holds; `nothing_held`; `refused`: the reason says why."""
    answered_at: Moment
    """When it answered."""
    reason: Reason
    """How it was told and what it said; kept as evidence."""


class RecipientAnswer(Wire):
    """That a recipient has answered; what it said stands in the audit trail."""

    outcome: RecipientOutcome
    answered_at: Moment


class InformedRecipient(Wire):
    """Somebody who sees data, as the data map names them."""

    recipient: str
    """Its name in the data map."""
    name: str
    country: str
    why: str
    """What it sees data for."""
    answer: RecipientAnswer | None = None
    """Null as long as it has not answered."""


class RecipientList(Wire):
    """Everybody to be told of a subject request; nobody where its right has no others told."""

    items: tuple[InformedRecipient, ...]
