"""Signs that a caller has looked at one person, and reads it back.

A confirmation is sealed, not stored: nobody can make one, change one or read the key of the person
in it, and it works for the controller, API client and data map version that it was given under.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from cryptography.fernet import InvalidToken, MultiFernet

from app.domain.errors import Fault, Refused
from app.domain.ids import ClientId, ControllerId, DataMapVersionId
from app.services.authentication import Caller
from schemas.problem_vocabulary import Problem

PURPOSE = "confirmation"
"""Which of the key ring's ciphers seals confirmations."""

_ALONE = "/confirmation"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who looked at whom, under which data map, and until when that counts.

    Attributes:
        controller_id: The controller searched in.
        client_id: The API client that searched.
        data_map_version_id: The data map that it searched by.
        subject_key: The person's key in the LMS, as text.
        display: What was shown of the person.
        confirmed_at: Aware UTC moment by the database's clock, before the person was looked up.
        expires_at: Aware UTC moment.
    """

    controller_id: ControllerId
    client_id: ClientId
    data_map_version_id: DataMapVersionId
    subject_key: str
    display: dict[str, str | None]
    confirmed_at: datetime
    expires_at: datetime


def seal(cipher: MultiFernet, confirmation: Confirmation) -> str:
    """Write a confirmation as an opaque token."""
    content = {
        "controller": confirmation.controller_id.hex,
        "client": confirmation.client_id.hex,
        "map": confirmation.data_map_version_id.hex,
        "subject": confirmation.subject_key,
        "display": confirmation.display,
        "confirmed": confirmation.confirmed_at.isoformat(),
        "expires": confirmation.expires_at.timestamp(),
    }
    return cipher.encrypt(json.dumps(content, ensure_ascii=False).encode()).decode()


def unseal(cipher: MultiFernet, token: str, caller: Caller, pointer: str = _ALONE) -> Confirmation:
    """Read a confirmation that a caller sends.

    Args:
        cipher: The cipher that sealed it, or one that still opens its key.
        token: What was sent, of any content.
        caller: Who sends it.
        pointer: Where it stands in the body.

    Raises:
        Refused: It is no confirmation, not this caller's, or has expired.
    """
    try:
        content = json.loads(cipher.decrypt(token.encode()))
    except InvalidToken as error:
        raise _invalid(pointer) from error
    if "confirmed" not in content:  # of an earlier version, not yet expired
        raise _invalid(pointer)
    confirmation = Confirmation(
        controller_id=ControllerId(UUID(hex=content["controller"])),
        client_id=ClientId(UUID(hex=content["client"])),
        data_map_version_id=DataMapVersionId(UUID(hex=content["map"])),
        subject_key=content["subject"],
        display=content["display"],
        confirmed_at=datetime.fromisoformat(content["confirmed"]),
        expires_at=datetime.fromtimestamp(content["expires"], UTC),
    )
    theirs = (confirmation.controller_id, confirmation.client_id)
    if theirs != (caller.controller_id, caller.client_id):
        raise _invalid(pointer)
    if confirmation.expires_at <= datetime.now(UTC):
        raise Refused(
            Problem.CONFIRMATION_EXPIRED,
            "Too much time has passed since you looked at the person. Search again.",
            (Fault(pointer, "has expired"),),
        )
    return confirmation


def require_version(
    confirmation: Confirmation, current: DataMapVersionId | None, pointer: str = _ALONE
) -> None:
    """Refuse a confirmation that was given under another data map than the current one.

    Args:
        confirmation: As read.
        current: The version that the controller works under.
        pointer: Where it stands in the body.

    Raises:
        Refused: The data map was published anew since.
    """
    if confirmation.data_map_version_id != current:
        raise _invalid(pointer)


def nobody_there(pointer: str = _ALONE) -> Refused:
    """Refuse a confirmation of a person whom the controller no longer has, or who was erased since."""
    return Refused(
        Problem.CONFIRMATION_INVALID,
        "The controller has no such person any more. Search again.",
        (Fault(pointer, "is of a person who is not there any more"),),
    )


def _invalid(pointer: str) -> Refused:
    return Refused(
        Problem.CONFIRMATION_INVALID,
        "Search for the person again and send the new confirmation.",
        (Fault(pointer, "is not a confirmation that can be used here"),),
    )
