"""Addresses of sources, completed from the environment of the process that connects."""

import re
from collections.abc import Mapping

from app.domain.errors import Refused
from schemas.vocabulary import Problem

_PLACE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def names_in(url: str) -> tuple[str, ...]:
    """List the environment variables that an address asks for.

    Args:
        url: As the data map says it.
    """
    return tuple(dict.fromkeys(_PLACE.findall(url)))


def resolve_url(url: str, environ: Mapping[str, str]) -> str:
    """Complete an address.

    Args:
        url: As the data map says it, with ``${NAME}`` for environment variables.
        environ: Names and values.

    Returns:
        The address with every name replaced by its value; values are not looked into again.

    Raises:
        Refused: A name is not set, or is empty.
    """
    missing = [name for name in names_in(url) if not environ.get(name)]
    if missing:
        raise Refused(
            Problem.SOURCE_UNAVAILABLE,
            f"The data map's source asks for {', '.join(missing)}, which the environment does not"
            " set. Set it where Habeas is started.",
        )
    return _PLACE.sub(lambda place: environ[place[1]], url)
