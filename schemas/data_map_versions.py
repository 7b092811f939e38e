"""Published data maps, as support sees them."""

from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from schemas.receipts import Sha256
from schemas.subjects import Reason
from schemas.wire import Moment, Wire


class NewDataMapVersion(Wire):
    """A data map to be published."""

    controller_id: UUID
    """Whose learning platform it describes."""
    document: Annotated[str, StringConstraints(min_length=1, max_length=900_000)]
    """The YAML, as `docs/data-map.md` says; each source's `url` is one `${NAME}` and nothing besides."""
    reason: Reason


class DataMapVersion(Wire):
    """A data map as it was published; it never changes."""

    id: UUID
    controller_id: UUID
    name: str
    """The map's own name."""
    sha256: Sha256
    """Of the document."""
    published_at: Moment
    is_bound: bool
    """Whether new subject requests of the controller run under it."""


class DataMapVersionList(Wire):
    """A controller's published data maps, newest first, at most 200."""

    items: tuple[DataMapVersion, ...]


class DataMapVersionFilter(Wire):
    """Which data maps to list."""

    controller_id: UUID
    """Whose."""
