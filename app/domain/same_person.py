"""Tells whether two names that clients gave are of one person who acts.

Reference:
    Unicode Standard Annex 15 (NFKC); The Unicode Standard, 3.13 (caseless matching); Unicode
    Character Database, DerivedCoreProperties (Default_Ignorable_Code_Point).
"""

import unicodedata
from hashlib import sha256
from hmac import digest as hmac

_IGNORABLE = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
"""From first to last, what is not shown where it is not supported. Python's own tables lack it."""

_BLANK = "\N{BRAILLE PATTERN BLANK}"
"""No blank by its category, and nothing is seen of it."""


def canonical(name: str) -> str:
    """Write a name in the one way in which names are compared.

    Letters that only look different, case, blanks, and characters that are not seen make no other
    person.

    Args:
        name: As a client gave it.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    seen = "".join(each for each in folded if _is_seen(each))
    composed = unicodedata.normalize("NFKC", seen)  # what was not seen may have stood between
    return " ".join(composed.replace(_BLANK, " ").split())


def _is_seen(character: str) -> bool:
    if unicodedata.category(character) == "Cf":
        return False
    return not any(first <= ord(character) <= last for first, last in _IGNORABLE)


def person_digest(digest_key: bytes, name: str) -> bytes:
    """Name a person who acts without saying who it is.

    Args:
        digest_key: The controller's, 32 bytes.
        name: As a client gave it.

    Returns:
        32 bytes, equal for names that are of one person.

    Reference:
        RFC 2104.
    """
    return hmac(digest_key, f"acting person\x1f{canonical(name)}".encode(), sha256)
