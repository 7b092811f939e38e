"""Following a subject request live, as server-sent events.

Reference:
    HTML Living Standard, 9.2 (server-sent events).
"""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.requests import Request
from starlette.responses import Response

from app.api import tags
from app.api.answers import answers, header_documents
from app.api.context import REQUIRE_KEY, ContextHere, Requester, credentials_of
from app.api.operation import Operation
from app.api.subject_requests import RequestId
from app.domain.ids import SubjectRequestId
from app.services import following
from app.services.following import Sight
from schemas.problem_vocabulary import Problem

router = APIRouter(prefix="/v1/subject-requests", route_class=Operation, dependencies=[REQUIRE_KEY])

_EVENT = "progress"
_RETRY_MILLISECONDS = 2_000
_EXAMPLE = """\
event: progress
data: {"id":"019aab2c-6f3e-7a10-b7c1-2f7f5e0c9d11","state":"running",…}
id: 1764406800123456-9f86d081884c7d65

: nothing new

event: progress
data: {"id":"019aab2c-6f3e-7a10-b7c1-2f7f5e0c9d11","state":"completed",…}
id: 1764406801654321-60303ae22b998861
"""


@router.get(
    "/{subject_request_id}/progress",
    operation_id="follow_subject_request",
    summary="Follow a subject request live",
    tags=[tags.FOLLOW],
    response_class=Response,
    responses=answers(
        {
            200: {
                "description": "The subject request, and again whenever it changes.",
                "headers": header_documents({"Cache-Control": "`no-store`"}),
                "content": {
                    "text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}
                },
            },
            204: {"description": "You have seen its end: there is nothing more to follow."},
        },
        Problem.NOT_FOUND,
    ),
)
async def follow_subject_request(
    request: Request,
    subject_request_id: RequestId,
    caller: Requester,
    context: ContextHere,
    _seen: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID",
            description="The `id` of the last event that you have, when you connect again.",
        ),
    ] = None,
) -> Response:
    """Get a subject request as a stream of server-sent events, one for each change.

    1. Connect. The first event shows it as it stands, as `GET /v1/subject-requests/{id}` does.
    2. Each change is an event `progress`, with an `id` greater than the one before. A comment comes
       where nothing has changed for a while.
    3. The stream ends when the subject request has ended, after ten minutes, and once your key or
       token is good no more. Connect again with
       `Last-Event-ID`: what you have seen is not repeated, and 204 says that all is over.

    Scope: `access:request`, `restriction:request` or `erasure:request`.
    """
    requested, seen = SubjectRequestId(subject_request_id), request.headers.get("last-event-id")
    sight = await following.look(context, caller, requested)  # refused before anything is sent
    if sight.is_last and sight.is_what(seen):
        return Response(None, 204)
    presented = credentials_of(request)
    return EventSourceResponse(_events(following.follow(context, presented, requested, seen)))


async def _events(sights: AsyncIterator[Sight | None]) -> AsyncIterator[bytes]:
    async for sight in sights:
        if sight is None:
            yield format_sse_event(comment="nothing new")
            continue
        yield format_sse_event(
            event=_EVENT,
            data_str=sight.shown.model_dump_json(),
            id=sight.id,
            retry=_RETRY_MILLISECONDS,
        )
