"""The controller's leave to act, and moments as they are written."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, StringConstraints

from schemas.subjects import Reason
from schemas.wire import Wire

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

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""A name or a number, on one line."""


class Approval(Wire):
    """The controller's leave to act."""

    approved_by: Line
    """Who decided, as the controller names that person."""
    approved_at: WrittenMoment
    """When it was decided; not in the future."""
    reference: Line
    """Under what number the controller keeps the case."""
    reason: Reason
    """Why this is done."""
