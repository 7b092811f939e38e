"""Make any text fit for XML 1.0.

Reference:
    XML 1.0, sections 2.2 (characters), 2.4 (markup), 2.11 (line ends), 3.3.3 (attributes).
"""

import re
from collections.abc import Mapping
from typing import Any

REPLACEMENT = "\ufffd"
"""Stands where XML cannot hold a character."""

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE = _TEXT | str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


def cleaned(text: str) -> tuple[str, int]:
    """Replace what XML cannot hold.

    Args:
        text: Any text, lone surrogates and NUL included.

    Returns:
        The text, and how many characters were replaced.
    """
    return _FORBIDDEN.subn(REPLACEMENT, text)


def cleaned_tree(node: Any) -> Any:  # noqa: ANN401 - a tree of any values
    """Replace what XML cannot hold, in every text of a tree.

    Args:
        node: Dicts, lists and tuples, however deep; what is no text stays as it is.
    """
    match node:
        case dict():
            return {name: cleaned_tree(inner) for name, inner in node.items()}
        case list() | tuple():
            return [cleaned_tree(inner) for inner in node]
        case str():
            return cleaned(node)[0]
        case _:
            return node


def element_text(text: str) -> str:
    """Give text as the content of an element; every parser reads the same text back.

    Args:
        text: Any text; what XML cannot hold is replaced.
    """
    return cleaned(text)[0].translate(_TEXT)


def attribute_text(text: str) -> str:
    """Give text as an attribute's value, to be put between double quotes.

    Args:
        text: Any text; what XML cannot hold is replaced.
    """
    return cleaned(text)[0].translate(_ATTRIBUTE)


def start_tag(name: str, attributes: Mapping[str, str | None], *, is_empty: bool = False) -> str:
    """Give a start tag; attributes that are None are left out.

    Args:
        name: Of the element.
        attributes: In the order in which they stand.
        is_empty: Whether the element ends here.
    """
    written = "".join(
        f' {key}="{attribute_text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}{'/' if is_empty else ''}>"
