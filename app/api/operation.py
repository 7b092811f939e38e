"""The route of every operation under `/v1`: who calls is known before anything of the body is read.

Before that, too, it is counted. Sending the body and making the answer have their time.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from app.api import strict_json
from app.api.context import context_of
from app.api.rate_limits import admit, count_failure
from app.api.time_limits import ANSWER_TOO_SLOW, BODY_TOO_SLOW, within
from app.domain.errors import Refused
from app.services.authentication import Caller, authenticate
from schemas.vocabulary import Problem

BODY_LIMIT_BYTES = 1024 * 1024

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class StrictRequest(Request):
    """A request whose JSON body is read whole, within a limit, and strictly."""

    content: bytes = b""
    document: object = None

    async def body(self) -> bytes:
        """Give the body as it was sent."""
        return self.content

    async def json(self) -> object:
        """Give the document in the body."""
        return self.document

    async def read(self) -> None:
        """Read the body.

        Raises:
            Refused: It is too large, not JSON by its media type, or not JSON.
        """
        _require_length(self.headers.get("content-length"))
        chunks: list[bytes] = []
        size = 0
        async for chunk in self.stream():
            size += len(chunk)
            if size > BODY_LIMIT_BYTES:
                raise _too_large()
            chunks.append(chunk)
        self.content = b"".join(chunks)
        if self.content:
            _require_json(self.headers.get("content-type"), self.headers.get("content-encoding"))
            self.document = strict_json.read(self.content)


class Operation(APIRoute):
    """Authenticates, then reads the body, then goes on as FastAPI does."""

    def get_route_handler(self) -> Handler:
        """Wrap FastAPI's own handler."""
        handle = super().get_route_handler()
        has_body = self.body_field is not None

        async def handle_strictly(request: Request) -> Response:
            limits = context_of(request).time_limits
            request.state.caller = await _admitted(request)
            if has_body:
                request = strict = StrictRequest(request.scope, request.receive)
                async with within(limits.body_seconds, BODY_TOO_SLOW):
                    await strict.read()
            async with within(limits.answer_seconds, ANSWER_TOO_SLOW):
                return await handle(request)

        return handle_strictly


async def _admitted(request: Request) -> Caller:
    """Say who calls, unless they have called too often."""
    database, credential = context_of(request).database, request.headers.get("authorization")
    try:
        caller = await authenticate(database, credential)
    except Refused as error:
        if error.problem is Problem.CREDENTIAL_INVALID:
            await count_failure(request)
        raise
    await admit(request, caller)
    return caller


def _require_length(content_length: str | None) -> None:
    """Refuse before a byte is read where the client says how much it will send."""
    if content_length is not None and content_length.isdecimal():
        digits = content_length.lstrip("0")
        if len(digits) > 9 or int(digits or "0") > BODY_LIMIT_BYTES:
            raise _too_large()


def _require_json(content_type: str | None, content_encoding: str | None) -> None:
    media_type = (content_type or "").partition(";")[0].strip().lower()
    is_json = media_type == "application/json"
    if not is_json or (content_encoding or "identity").lower() != "identity":
        raise Refused(
            Problem.UNSUPPORTED_MEDIA_TYPE,
            "Send uncompressed UTF-8 JSON with Content-Type: application/json.",
        )


def _too_large() -> Refused:
    return Refused(Problem.BODY_TOO_LARGE, f"The body may have at most {BODY_LIMIT_BYTES:,} bytes.")
