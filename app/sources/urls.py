"""Addresses of sources, completed from the environment of the process that connects."""

from collections.abc import Mapping

from app.domain.errors import SourceFailure
from app.domain.source_addresses import complete, names_in, withheld_from


def resolve_url(source: str, url: str, environ: Mapping[str, str]) -> str:
    """Complete an address.

    Args:
        source: The source's name in the data map.
        url: As the data map says it, with ``${NAME}`` for environment variables.
        environ: Names and values.

    Returns:
        The address with every name replaced by its value; values are not looked into again.

    Raises:
        SourceFailure: A name is not set, or is empty, or is one that no source gets.
    """
    if withheld := withheld_from(url):
        detail = f"its address asks for {', '.join(withheld)}, which no source gets"
        raise SourceFailure(source, detail, transient=False)
    missing = [name for name in names_in(url) if not environ.get(name)]
    if missing:
        detail = f"its address asks for {', '.join(missing)}, which the environment does not set"
        raise SourceFailure(source, detail, transient=False)
    return complete(url, environ)
