"""Tells whether two names that clients gave are of one person who acts.

Reference:
    Unicode Standard Annex 15 (NFKC); The Unicode Standard, 3.13 (caseless matching).
"""

import unicodedata
from hashlib import sha256
from hmac import digest as hmac


def canonical(name: str) -> str:
    """Write a name in the one way in which names are compared.

    Letters that only look different, case, blanks, and characters that are not seen make no other
    person.

    Args:
        name: As a client gave it.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    seen = "".join(each for each in folded if unicodedata.category(each) != "Cf")
    return " ".join(seen.split())


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
