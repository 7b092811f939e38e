"""How the story speaks: to the API, and to whoever watches."""

import secrets
import textwrap
import time
from datetime import UTC, datetime
from typing import Any

import httpx

_WIDTH = 100
_WAIT_SECONDS = 30
LOOK_SECONDS = 0.05
_UNDER_WAY = {"accepted", "running"}


def approval(reason: str, reference: str = "2026-117") -> dict[str, str]:
    """Give the school's leave.

    Args:
        reason: Why.
        reference: The school's number of the case.
    """
    return {
        "approved_by": "Head of administration",
        "approved_at": datetime.now(UTC).isoformat(),
        "reference": reference,
        "reason": reason,
    }


def submit(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Send what is carried out by a job, and wait for its end."""
    headers = {
        "Idempotency-Key": secrets.token_hex(16),
        "Prefer": f"respond-async, wait={_WAIT_SECONDS}",
    }
    return carried_out(client, _read(client.post(path, json=body, headers=headers)))


def carried_out(client: httpx.Client, request: dict[str, Any]) -> dict[str, Any]:
    """Wait for the end of a subject request."""
    while request["state"] in _UNDER_WAY:
        time.sleep(LOOK_SECONDS)
        request = get(client, f"/v1/subject-requests/{request['id']}")
    return request


def post(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Send something and read the answer."""
    return _read(client.post(path, json=body, headers={"Idempotency-Key": secrets.token_hex(16)}))


def get(client: httpx.Client, path: str) -> dict[str, Any]:
    """Read something."""
    return _read(client.get(path))


def say(text: str) -> None:
    """Tell a paragraph."""
    print()
    print(textwrap.fill(text, _WIDTH))


def _read(answer: httpx.Response) -> dict[str, Any]:
    answer.raise_for_status()
    read: dict[str, Any] = answer.json()
    return read
