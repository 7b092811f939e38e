"""Whom a caller means: the person of a confirmation, or the one whom a restriction is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.ids import RestrictionId
from app.services import confirmations
from app.services.authentication import Caller
from app.services.context import Context
from app.services.published_maps import PublishedMap


@dataclass(frozen=True, slots=True)
class Meant:
    """A person who is meant.

    Attributes:
        subject_key: The person's key in the LMS, as text.
        display: What was shown of the person.
        restriction_id: The restriction that the person was taken from, if from one.
        confirmed_at: Aware moment at which the caller looked at the person, if it did; who was
            erased since is not meant any more.
        pointer: Where the confirmation stands in the body, if anywhere.
    """

    subject_key: str
    display: Mapping[str, str | None]
    restriction_id: RestrictionId | None = None
    confirmed_at: datetime | None = None
    pointer: str = ""


def by_confirmation(
    context: Context, caller: Caller, published: PublishedMap, token: str, pointer: str
) -> Meant:
    """Read a confirmation.

    Args:
        context: What the use cases work with.
        caller: Who sends it.
        published: The controller's data map.
        token: What was sent.
        pointer: Where it stands in the body.

    Raises:
        Refused: It is no confirmation, not this caller's, has expired, or was given under another
            data map.
    """
    cipher = context.keyring.cipher(confirmations.PURPOSE)
    confirmation = confirmations.unseal(cipher, token, caller, pointer)
    confirmations.require_version(confirmation, published.version_id, pointer)
    return Meant(
        confirmation.subject_key,
        confirmation.display,
        confirmed_at=confirmation.confirmed_at,
        pointer=pointer,
    )
