"""Reads `Prefer` and `Idempotency-Key`.

Reference:
    RFC 7240; draft-ietf-httpapi-idempotency-key-header.
"""

import re
from typing import Annotated

from fastapi import Header

from app.domain.errors import Fault, Refused
from schemas.problem_vocabulary import Problem

WAIT_LIMIT_SECONDS = 60
_WAIT = re.compile(r"wait[ \t]*=[ \t]*\"?(\d{1,9})\"?", re.IGNORECASE)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")

EXAMPLE_KEY = "5f0e3c1a-6a2b-4a73-9a55-0a8c2f8e7d11"
"""Stands for a fresh value, which the documentation page puts in its place."""

KeyHeader = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        description="A fresh random value for each new request; the same value when you try one "
        "again, so that it is carried out once.",
        json_schema_extra={"minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        openapi_examples={"uuid": {"value": EXAMPLE_KEY}},
    ),
]
"""Documents the header that ``idempotency_key`` reads."""

PreferHeader = Annotated[
    str | None,
    Header(
        alias="Prefer",
        description="`respond-async, wait=N` waits up to N seconds, at most 60, for the end.",
        openapi_examples={
            "wait": {"summary": "Wait for the end", "value": "respond-async, wait=20"},
            "none": {"summary": "Do not wait", "value": ""},
        },
    ),
]
"""Documents the header that ``wait_seconds`` reads."""


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
