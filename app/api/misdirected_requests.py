"""What end users sent to the wrong one: taken, read by the controller, handed over."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from app.api import approval_examples, tags
from app.api.answers import WITH_BODY, answers, result
from app.api.context import REQUIRE_KEY, ContextHere, MisdirectedReader, MisdirectedTaker
from app.api.operation import Operation
from app.api.preferences import KeyHeader, idempotency_key
from app.api.replies import reply
from app.api.submissions import KEYED, REPLAYED, replay_mark
from app.domain.ids import MisdirectedRequestId
from app.services import misdirected_requests
from schemas.misdirected_requests import (
    Handover,
    MisdirectedFilter,
    MisdirectedPage,
    MisdirectedRequest,
    MisdirectedSubmission,
    MisdirectedSummary,
)
from schemas.problem_vocabulary import Problem

router = APIRouter(
    prefix="/v1/misdirected-requests",
    route_class=Operation,
    tags=[tags.MISDIRECTED],
    dependencies=[REQUIRE_KEY],
)

Id = Annotated[UUID, Path(description="The id of the misdirected request.")]


@router.post(
    "",
    operation_id="take_misdirected_request",
    summary="Take what an end user sent to the wrong one",
    status_code=201,
    response_model=MisdirectedSummary,
    responses=answers(
        {
            201: result(
                "It is kept for the controller.", approval_examples.MISDIRECTED_SUMMARY, REPLAYED
            )
        },
        *WITH_BODY,
        *KEYED,
    ),
)
async def take_misdirected_request(
    request: Request,
    submission: Annotated[
        MisdirectedSubmission,
        Body(openapi_examples={"a letter": {"value": approval_examples.MISDIRECTED}}),
    ],
    caller: MisdirectedTaker,
    context: ContextHere,
    _key: KeyHeader,
) -> Response:
    """Take a request that an end user sent to the one who runs the platform.

    Only the controller may answer it. It is kept encrypted for 90 days at most, the controller is
    told by the event `misdirected_request.received`, and nothing else is done with it, ever.

    Scope: `misdirected_requests:write`.
    """
    key = idempotency_key(request.headers.getlist("idempotency-key"))
    answer = await misdirected_requests.take(context, caller, submission, key)
    return Response(answer.body, answer.status, replay_mark(answer.is_replayed), "application/json")


@router.get(
    "",
    operation_id="list_misdirected_requests",
    summary="List what end users sent to the wrong one",
    response_model=MisdirectedPage,
    responses=answers(
        {
            200: result(
                "Some of them, the latest first, without their content.",
                approval_examples.MISDIRECTED_PAGE,
                {"Link": '`<…>; rel="next"`, where there are more.'},
            )
        },
        Problem.INVALID_PARAMETER,
        Problem.INVALID_CURSOR,
    ),
)
async def list_misdirected_requests(
    wanted: Annotated[MisdirectedFilter, Query()], caller: MisdirectedReader, context: ContextHere
) -> Response:
    """Show what end users sent: when, and whether the controller has taken it over.

    `state=received` lists what waits for the controller.

    Scope: `misdirected_requests:read`.
    """
    page = await misdirected_requests.list_page(context, caller, wanted)
    headers = {}
    if page.next_cursor is not None:
        following = wanted.model_copy(update={"cursor": page.next_cursor})
        query = urlencode(following.model_dump(mode="json", exclude_none=True))
        headers["Link"] = f'</v1/misdirected-requests?{query}>; rel="next"'
    return reply(page, 200, headers)


@router.get(
    "/{misdirected_request_id}",
    operation_id="read_misdirected_request",
    summary="Read what an end user sent",
    response_model=MisdirectedRequest,
    responses=answers(
        {200: result("What was sent.", approval_examples.MISDIRECTED_READ)}, Problem.NOT_FOUND
    ),
)
async def read_misdirected_request(
    misdirected_request_id: Id, caller: MisdirectedReader, context: ContextHere
) -> Response:
    """Show what an end user sent and how to reach them. That it was read stands in the audit trail.

    `message` and `contact` are null once it has been handed over, or after 90 days.

    Scope: `misdirected_requests:read`.
    """
    requested = MisdirectedRequestId(misdirected_request_id)
    return reply(await misdirected_requests.read(context, caller, requested))


@router.post(
    "/{misdirected_request_id}/handover",
    operation_id="hand_over_misdirected_request",
    summary="Mark what an end user sent as handed over",
    response_model=MisdirectedSummary,
    responses=answers(
        {200: result("It is handed over.", approval_examples.HANDED_OVER)},
        *WITH_BODY,
        Problem.REASON_MISSING,
        Problem.NOT_FOUND,
        Problem.ALREADY_HANDED_OVER,
    ),
)
async def hand_over_misdirected_request(
    misdirected_request_id: Id,
    handover: Annotated[
        Handover, Body(openapi_examples={"answered": {"value": approval_examples.HANDOVER}})
    ],
    caller: MisdirectedReader,
    context: ContextHere,
) -> Response:
    """Record that the controller answers it from now on. Its content is deleted at once.

    1. Read it, and write it down where the controller keeps its cases.
    2. Say here where that is.

    Scope: `misdirected_requests:read`.
    """
    requested = MisdirectedRequestId(misdirected_request_id)
    return reply(await misdirected_requests.hand_over(context, caller, requested, handover))
