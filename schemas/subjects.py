"""Finding the person: what is asked, and who may be meant."""

from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.wire import Moment, Wire

CANDIDATE_LIMIT = 20
"""More people than this are not shown: the search has to be narrowed."""

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
"""Why somebody acts, in their own words."""

Token = Annotated[str, StringConstraints(min_length=1, max_length=8_000)]
"""An opaque, signed value."""


class SubjectSearch(Wire):
    """Whom to look for."""

    identifier: Annotated[str, StringConstraints(min_length=1, max_length=63)]
    """The name of an identifier of the controller's data map, such as `email`."""
    value: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000)]
    """What the identifier must be, whole: parts of a name or address find nobody."""
    reason: Reason
    """Why you look this person up."""


class Candidate(Wire):
    """A person who may be meant."""

    display: dict[str, str | None]
    """What the data map shows of a person, so that you can tell two of the same name apart."""
    confirmation: Token
    """Proof that you have looked at this person. Send it back to say "yes, this one"."""
    expires_at: Moment
    """Until when the confirmation can be used, as often as needed."""


class SubjectSearchResult(Wire):
    """Who may be meant: nobody, one person or several."""

    candidates: Annotated[tuple[Candidate, ...], Field(max_length=CANDIDATE_LIMIT)]
    is_complete: bool
    """False where more people match than are shown."""
    hint: str | None = None
    """What to do next, where the answer alone does not say it."""
