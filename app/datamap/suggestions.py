"""Guesses at what somebody meant to write."""

from collections.abc import Iterable
from difflib import get_close_matches

_LISTED = 12


def suggest(word: str, known: Iterable[str]) -> str:
    """Say which known word was meant, or which words there are.

    Args:
        word: What was written.
        known: What could have been written.

    Returns:
        One sentence, as a remedy.
    """
    words = sorted(known)
    close = get_close_matches(word, words, n=1, cutoff=0.6)
    if close:
        return f"Did you mean `{close[0]}`?"
    if not words:
        return "There is none to name: define it first."
    listed = ", ".join(f"`{one}`" for one in words[:_LISTED])
    more = f" and {len(words) - _LISTED} more" if len(words) > _LISTED else ""
    return f"There is {listed}{more}."
