"""The administrator who acts through an API client, as the client names them."""

import unicodedata

MOST_CHARACTERS = 200


def is_name(text: str) -> bool:
    """Say whether a text can name an administrator: 1 to 200 characters, none of them a control.

    Args:
        text: Of any content.
    """
    is_short = 1 <= len(text) <= MOST_CHARACTERS
    return is_short and text == text.strip() and not any(map(_is_control, text))


def _is_control(character: str) -> bool:
    """Controls, surrogates, private and unassigned code points, and breaks of lines."""
    category = unicodedata.category(character)
    return category[0] == "C" or category in {"Zl", "Zp"}
