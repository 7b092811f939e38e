"""The controller's leave to act."""

from typing import Annotated

from pydantic import StringConstraints

from schemas.subjects import Reason
from schemas.wire import Moment, Wire

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""A name or a number, on one line."""


class Approval(Wire):
    """The controller's leave to act."""

    approved_by: Line
    """Who decided, as the controller names that person."""
    approved_at: Moment
    """When it was decided; not in the future."""
    reference: Line
    """Under what number the controller keeps the case."""
    reason: Reason
    """Why this is done."""
