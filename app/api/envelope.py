"""What every HTTP answer carries, put on by plain ASGI so that it costs next to nothing."""

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

_ENCODED = [(name.lower().encode(), value.encode()) for name, value in SECURE_HEADERS.items()]


class Envelope:
    """Numbers every request and puts the secure headers on every answer.

    A number that the client sends is not taken over: it might be anything.

    Args:
        app: The application within.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

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
                    *(pair for pair in _ENCODED if pair[0] not in present),
                    (b"x-request-id", number.encode()),
                ]
            await send(message)

        await self.app(scope, receive, enveloped)
