"""The downloadable result of access or portability."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from schemas.wire import Moment, Wire

Count = Annotated[int, Field(ge=0)]


class BundlePart(Wire):
    """One way to read a bundle."""

    url: str
    media_type: str
    size_bytes: Count
    sha256: str
    """Lower-case hexadecimal digits."""


class Bundle(Wire):
    """What a bundle holds and where it can be read."""

    id: UUID
    subject_request_id: UUID
    created_at: Moment
    expires_at: Moment
    """From then on nobody can read it, Habeas included."""
    record_count: Count
    file_count: Count
    missing_file_count: Count
    """Stored uploads that the data names but the file store did not hold."""
    replaced_characters: Count
    """Characters that XML cannot hold and that were left out."""
    content: BundlePart
    """The whole bundle, a zip file."""
    preview: BundlePart
    """The page for the person, as HTML."""
    data: BundlePart
    """The records, as XML."""


class MadeDownloadLink(Wire):
    """A way to download a bundle once, without an API key."""

    id: UUID
    path: str | None = None
    """Where it leads, on this service. Whoever has it can use it. Null where the answer is a
    repetition: what was lost is withdrawn, and another link made."""
    expires_at: Moment
    """From then on it leads nowhere."""
