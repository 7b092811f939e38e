"""Marks where the next page of a list starts, so that only its own list can read the mark."""

import json
from uuid import UUID

from cryptography.fernet import InvalidToken, MultiFernet

from app.domain.errors import Refused
from app.domain.ids import ControllerId
from schemas.problem_vocabulary import Problem

PURPOSE = "cursor"
"""Which of the key ring's ciphers seals cursors."""


def seal(cipher: MultiFernet, controller_id: ControllerId, listing: str, last: UUID) -> str:
    """Write a cursor.

    Args:
        cipher: Seals and opens cursors.
        controller_id: Whose list it is.
        listing: The list with its filters, as text that is the same on every page.
        last: The id of the last item shown.
    """
    return cipher.encrypt(json.dumps([controller_id.hex, listing, last.hex]).encode()).decode()


def unseal(cipher: MultiFernet, controller_id: ControllerId, listing: str, cursor: str) -> UUID:
    """Read the id of the last item shown.

    Args:
        cipher: Seals and opens cursors.
        controller_id: Whose list is asked for.
        listing: The list with its filters.
        cursor: What was sent, of any content.

    Raises:
        Refused: It is no cursor of this list.
    """
    try:
        whose, which, last = json.loads(cipher.decrypt(cursor.encode()))
    except InvalidToken as error:
        raise _invalid() from error
    if (whose, which) != (controller_id.hex, listing):
        raise _invalid()
    return UUID(hex=last)


def _invalid() -> Refused:
    return Refused(
        Problem.INVALID_CURSOR,
        "Follow next_cursor of the page before, with the same filters, or start without a cursor.",
    )
