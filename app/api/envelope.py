"""What every HTTP answer carries, put on by plain ASGI so that it costs next to nothing."""

from collections.abc import Iterator
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURE_HEADERS: dict[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""Set where the answer does not say otherwise."""

_SECURE_TRANSPORT = b"strict-transport-security"
_ENCODED = [(name.lower().encode(), value.encode()) for name, value in SECURE_HEADERS.items()]


class Envelope:
    """Numbers every request and puts the secure headers on every answer.

    A number that the client sends is not taken over: it might be anything.

    Args:
        app: The application within.
        hsts_seconds: For how long browsers are to come by TLS only; 0 says nothing of it.

    Reference:
        RFC 6797 (Strict-Transport-Security).
    """

    def __init__(self, app: ASGIApp, hsts_seconds: int = 0) -> None:
        self.app = app
        secure = f"max-age={hsts_seconds}; includeSubDomains".encode()
        self._secure = [*_ENCODED, (_SECURE_TRANSPORT, secure)] if hsts_seconds else _ENCODED

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number = str(uuid4())
        scope.setdefault("state", {})["request_id"] = f"urn:uuid:{number}"

        async def enveloped(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                present = {name for name, _ in headers.raw}
                message["headers"] = [
                    *headers.raw,
                    *(pair for pair in self._secure if pair[0] not in present),
                    *_of_this_request(scope),
                    (b"x-request-id", number.encode()),
                ]
            await send(message)

        await self.app(scope, receive, enveloped)


def _of_this_request(scope: Scope) -> Iterator[tuple[bytes, bytes]]:
    """Give the headers that were set for whatever is answered, refusals too."""
    headers: dict[str, str] = scope["state"].get("headers", {})
    for name, value in headers.items():
        yield name.lower().encode(), value.encode()
