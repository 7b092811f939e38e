"""Reads `Prefer` and `Idempotency-Key`.

Reference:
    RFC 7240; draft-ietf-httpapi-idempotency-key-header.
"""

import re

from app.domain.errors import Fault, Refused
from schemas.vocabulary import Problem

WAIT_LIMIT_SECONDS = 60
_WAIT = re.compile(r"wait[ \t]*=[ \t]*\"?(\d{1,9})\"?", re.IGNORECASE)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def wait_seconds(preferences: list[str]) -> int | None:
    """Say how long the client would wait for the end.

    Args:
        preferences: The `Prefer` headers, of any content; what is not known is ignored.

    Returns:
        Seconds, 0 to 60; None where the client did not say.
    """
    for preference in ",".join(preferences).split(","):
        found = _WAIT.fullmatch(preference.partition(";")[0].strip())
        if found is not None:
            return min(int(found[1]), WAIT_LIMIT_SECONDS)
    return None


def idempotency_key(keys: list[str]) -> str:
    """Give the one key that makes a request safe to send twice.

    Args:
        keys: The `Idempotency-Key` headers.

    Raises:
        Refused: There is none, there are several, or it is not of 1 to 255 printable characters.
    """
    if not keys or not keys[0].strip():
        raise Refused(
            Problem.IDEMPOTENCY_KEY_MISSING,
            "Send the header Idempotency-Key with a fresh random value, such as a UUID.",
        )
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        detail = "must stand once and have 1 to 255 printable ASCII characters without blanks"
        raise Refused(
            Problem.INVALID_PARAMETER,
            "The header Idempotency-Key is not as documented; see errors.",
            (Fault("/header/Idempotency-Key", detail),),
        )
    return keys[0]
