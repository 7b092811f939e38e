"""Addresses of sources, completed from the environment of the process that connects."""

import re
from collections.abc import Mapping

from app.domain.errors import SourceFailure

_PLACE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def resolve_url(source: str, url: str, environ: Mapping[str, str]) -> str:
    """Complete an address.

    Args:
        source: The source's name in the data map.
        url: As the data map says it, with ``${NAME}`` for environment variables.
        environ: Names and values.

    Returns:
        The address with every name replaced by its value; values are not looked into again.

    Raises:
        SourceFailure: A name is not set, or is empty.
    """
    asked = dict.fromkeys(_PLACE.findall(url))
    missing = [name for name in asked if not environ.get(name)]
    if missing:
        detail = f"its address asks for {', '.join(missing)}, which the environment does not set"
        raise SourceFailure(source, detail, transient=False)
    return _PLACE.sub(lambda place: environ[place[1]], url)
