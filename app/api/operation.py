"""The route of every operation under `/v1`: who calls is known before anything of the body is read.

Before that, too, it is counted. Sending the body and making the answer have their time.
"""

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar
from uuid import UUID

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from app.api import strict_json
from app.api.acting_person import CHANGING, with_acting_person
from app.api.context import context_of, credentials_of
from app.api.faults import missing_piece
from app.api.rate_limits import admit, admit_refusal, count_failure
from app.api.time_limits import ANSWER_TOO_SLOW, BODY_TOO_SLOW, within
from app.domain.errors import Refused
from app.domain.ids import SubjectRequestId
from app.services import refused_calls
from app.services.authentication import Caller, RefusedClient, authenticate
from schemas.problem_vocabulary import Problem

BODY_LIMIT_BYTES = 1024 * 1024

_READING = frozenset({"GET", "HEAD"})
_NOT_SEEN = frozenset({Problem.NOT_FOUND, Problem.SCOPE_MISSING})
"""Refused before it was known whether what the address names is the controller's."""

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

    is_machines: ClassVar[bool] = False
    """Whether a machine does it of its own, so that no administrator need be named."""

    @property
    def needs_person(self) -> bool:
        """Whether somebody has to be named who acts."""
        return not self.is_machines and not CHANGING.isdisjoint(self.methods or ())

    def get_route_handler(self) -> Handler:
        """Wrap FastAPI's own handler."""
        name = self.operation_id or self.name
        handle = _recording(super().get_route_handler(), name)
        has_body = self.body_field is not None

        async def handle_strictly(request: Request) -> Response:
            limits = context_of(request).time_limits
            request.state.caller = await self._admitted(request, name)
            if has_body:
                request = strict = StrictRequest(request.scope, request.receive)
                async with within(limits.body_seconds, BODY_TOO_SLOW):
                    await strict.read()
            async with within(limits.answer_seconds, ANSWER_TOO_SLOW):
                return await handle(request)

        return handle_strictly

    async def _admitted(self, request: Request, name: str) -> Caller:
        """Say who calls, unless they may not, or have called too often."""
        try:
            caller = await authenticate(context_of(request), credentials_of(request))
        except RefusedClient as refusal:
            await admit_refusal(request, refusal)
            caller = _as_named(request, refusal.caller)
            await _record_at_the_door(request, caller, name, refusal.problem)
            raise
        except Refused as error:
            if error.problem is Problem.CREDENTIAL_INVALID:
                await count_failure(request)
            raise
        await admit(request, caller)
        try:
            return with_acting_person(request, caller, is_needed=self.needs_person)
        except Refused as refusal:
            await _record_at_the_door(request, caller, name, refusal.problem)
            raise


class MachineOperation(Operation):
    """What a machine tells of its own accord."""

    is_machines: ClassVar[bool] = True


def _as_named(request: Request, caller: Caller) -> Caller:
    """Note who acts, as far as that can be read."""
    try:
        return with_acting_person(request, caller, is_needed=False)
    except Refused:
        return caller


def _recording(handle: Handler, operation: str) -> Handler:
    """Put into the audit trail what a handler refuses."""

    async def handle_recording(request: Request) -> Response:
        try:
            return await handle(request)
        except Refused as refusal:
            await _record(request, operation, refusal.problem)
            raise
        except RequestValidationError as error:
            errors = error.errors()
            is_addressed = all(each["loc"][0] != "path" for each in errors)
            if is_addressed and (piece := missing_piece(errors)) is not None:
                await _record(request, operation, piece[0])
            raise

    return handle_recording


async def _record_at_the_door(
    request: Request, caller: Caller, operation: str, problem: Problem
) -> None:
    """Put into the caller's own trail what was refused before anything of the call was looked at."""
    if refused_calls.is_recorded(problem, is_reading=request.method in _READING):
        context = context_of(request)
        async with within(context.time_limits.answer_seconds, ANSWER_TOO_SLOW):
            await refused_calls.record(context, caller, operation, problem)


async def _record(request: Request, operation: str, problem: Problem) -> None:
    is_reading = request.method in _READING
    if not refused_calls.is_recorded(problem, is_reading=is_reading):
        return
    caller: Caller = request.state.caller
    about = None if problem in _NOT_SEEN else _subject_request(request)
    await refused_calls.record(context_of(request), caller, operation, problem, about)


def _subject_request(request: Request) -> SubjectRequestId | None:
    """Read which subject request an address names, which may not have been looked at yet."""
    try:
        return SubjectRequestId(UUID(request.path_params["subject_request_id"]))
    except (KeyError, ValueError):
        return None


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
