"""Published versions of data maps, each read once a process."""

from functools import lru_cache

from app.datamap.document import MapDocument
from app.datamap.read import read

_VERSIONS_KEPT = 256


@lru_cache(maxsize=_VERSIONS_KEPT)
def published(text: str) -> MapDocument:
    """Read a published version; the same text gives the same object.

    Args:
        text: The document, as it was published and checked.

    Raises:
        DataMapError: The grammar has changed since, and no longer reads it.
    """
    return read(text)
