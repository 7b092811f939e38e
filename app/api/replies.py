"""Writes answers: wire values as JSON, files with their fingerprints."""

from base64 import b64encode
from collections.abc import Mapping

from starlette.responses import Response

from app.services.support import Made
from schemas.wire import Wire


def reply(value: Wire, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with a wire value as JSON.

    Args:
        value: What to answer.
        status: The status code, 2xx.
        headers: Further headers.
    """
    return Response(value.model_dump_json(), status, dict(headers or {}), "application/json")


def made(answer: Made, status: int = 201) -> Response:
    """Answer with what was made, or was made before under the same key.

    Args:
        answer: It.
        status: 200 where it took the place of something.
    """
    headers = {"Location": answer.location}
    if answer.is_replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(answer.body, status, headers, "application/json")


def fingerprint(sha256: bytes) -> dict[str, str]:
    """Name a representation by its SHA-256, for caches and for those who check what they got.

    Args:
        sha256: 32 bytes.

    Reference:
        RFC 9110, 8.8.3 (ETag); RFC 9530, 3 (Repr-Digest).
    """
    return {
        "ETag": f'"{sha256.hex()}"',
        "Repr-Digest": f"sha-256=:{b64encode(sha256).decode()}:",
    }
