"""Addresses of sources, and the names in them that the environment completes."""

import re
from collections.abc import Mapping

_PLACE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

_WITHHELD = ("HABEAS_", "PG")
"""How names begin that are Habeas's own settings, or what PostgreSQL's clients connect by unasked."""


def names_in(address: str) -> list[str]:
    """List the environment variables that an address asks for, each once.

    Args:
        address: As a data map says it, with ``${NAME}``.
    """
    return list(dict.fromkeys(_PLACE.findall(address)))


def withheld_from(address: str) -> list[str]:
    """List those that no source gets: an address goes to whoever answers there.

    Args:
        address: As a data map says it. Settings are read in either case, and so are its names.
    """
    return [name for name in names_in(address) if name.upper().startswith(_WITHHELD)]


def is_name_alone(address: str) -> bool:
    """Say whether an address is one ``${NAME}`` and nothing besides.

    Args:
        address: As a data map says it.
    """
    return _PLACE.fullmatch(address) is not None


def complete(address: str, environ: Mapping[str, str]) -> str:
    """Put values in the place of names; values are not looked into again.

    Args:
        address: As a data map says it.
        environ: Names and values, every name of the address among them.
    """
    return _PLACE.sub(lambda place: environ[place[1]], address)
