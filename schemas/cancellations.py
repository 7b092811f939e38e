"""Calling a subject request off."""

from schemas.subjects import Reason
from schemas.wire import Wire


class Cancellation(Wire):
    """Why a subject request is called off."""

    reason: Reason
    """In your own words; kept as evidence."""
