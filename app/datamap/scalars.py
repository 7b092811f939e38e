"""What an unquoted word in YAML means: the core of YAML 1.2, and no surprises of 1.1.

``no`` and ``on`` stay words (Norway is a country), ``12:30`` and ``2024-01-31`` stay text, and a
number with a leading zero stays the text that it is.

Reference:
    YAML 1.2.2, section 10.3.
"""

import re

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})", re.ASCII)
_FLOAT = re.compile(
    r"[-+]?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18}([eE][-+]?[0-9]{1,2})?|[eE][-+]?[0-9]{1,2})", re.ASCII
)

Plain = bool | int | float | str | None


def plain(word: str) -> Plain:
    """Read an unquoted word.

    Args:
        word: As it stands in the document.

    Returns:
        Null, a truth value, a number of at most 18 digits, or else the word itself.
    """
    if word in _NULL:
        return None
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    if _INTEGER.fullmatch(word):
        return int(word)
    if _FLOAT.fullmatch(word):
        return float(word)
    return word
