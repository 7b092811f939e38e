"""Reads and documents who acts, and for whom: `X-Acting-Person` and `X-Controller`."""

from dataclasses import replace
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.requests import Request

from app.domain.acting_persons import MOST_CHARACTERS, is_name
from app.domain.errors import Fault, Refused
from app.services.authentication import Caller
from schemas.problem_vocabulary import Problem

CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
"""The methods with which a person acts."""
HEADER = "X-Acting-Person"
_ENCODED = "utf-8''"

ACTING_PERSON: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": (
        "The administrator who acts through this program, as your institution knows them: a name "
        "or a number. It is kept in the audit trail. Needed unless the token says it. Letters "
        "beyond ASCII are written as RFC 8187 does: `UTF-8''Kari%20Bj%C3%B8rnsen`."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS * 12},
    "example": "Kari Holm",
}
"""Documents the header that ``with_acting_person`` reads."""
SECOND_PERSON: dict[str, Any] = ACTING_PERSON | {"example": "Nils Berg"}
"""The same, where another person has to act than the one who submitted."""

CONTROLLER: dict[str, Any] = {
    "name": "X-Controller",
    "in": "header",
    "required": False,
    "description": (
        "For support only: the id of the controller that you act for, under a support grant. A "
        "controller's own program leaves it out."
    ),
    "schema": {"type": "string", "format": "uuid"},
}
"""Documents the header that ``authenticate`` is told."""


def with_acting_person(request: Request, caller: Caller, *, is_needed: bool) -> Caller:
    """Note with a caller who acts.

    Args:
        request: May name the administrator in its header.
        caller: Whose token may name them, too.
        is_needed: Whether somebody has to be named.

    Raises:
        Refused: Nobody is named, or not in a usable way, or another than in the token.
    """
    person = _named(request.headers.getlist(HEADER))
    if person is None:
        if is_needed and caller.acting_person is None:
            raise Refused(
                Problem.ACTING_PERSON_MISSING,
                "Send the header X-Acting-Person with the administrator who acts.",
            )
        return caller
    if caller.acting_person not in (None, person):
        raise _unusable("names another person than the token")
    return replace(caller, acting_person=person)


def _named(values: list[str]) -> str | None:
    """Read the header; None where it is not there.

    Reference:
        RFC 8187, 3.2.
    """
    if not values or not values[0].strip():
        return None
    value = values[0].strip()
    if value.lower().startswith(_ENCODED):
        try:
            person = unquote_to_bytes(value[len(_ENCODED) :]).decode()
        except UnicodeDecodeError as error:
            raise _unusable("must be percent-encoded UTF-8 after UTF-8''") from error
    else:
        person = value
    if len(values) > 1 or not value.isascii() or not is_name(person):
        raise _unusable(
            f"must stand once and have 1 to {MOST_CHARACTERS} characters without controls; beyond "
            "ASCII as UTF-8''… with percent-encoding"
        )
    return person


def _unusable(detail: str) -> Refused:
    return Refused(
        Problem.INVALID_PARAMETER,
        "The header X-Acting-Person is not as documented; see errors.",
        (Fault(f"/header/{HEADER}", detail),),
    )
