"""A refusal on the wire.

Reference:
    RFC 9457.
"""

from typing import Annotated

from pydantic import Field

from schemas.wire import Wire


class Fault(Wire):
    """One place in the caller's document that is wrong."""

    pointer: str
    """JSON pointer (RFC 6901) into the document; the empty pointer is the whole document."""
    detail: str
    """What is wrong there. The value itself is never repeated."""


class ProblemDocument(Wire):
    """Why something was refused, and where to read what to do next."""

    type: str
    """The address of the page that says what happened and what to do: `/problems/<slug>`."""
    title: str
    """The kind of refusal in a few words; the same for every refusal of this type."""
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    """What is wrong this time and what to do next."""
    instance: str
    """The number of this HTTP request. Name it when you ask for help; the logs know it."""
    errors: tuple[Fault, ...] = ()
    """The places in the document that are wrong."""
