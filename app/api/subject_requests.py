"""Exercising a right and following it: submit, read, list, resume."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Body, Header, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from app.api import examples
from app.api.answers import WITH_BODY, answers, result
from app.api.context import REQUIRE_KEY, AccessRequester, ContextHere
from app.api.operation import Operation
from app.api.preferences import idempotency_key, wait_seconds
from app.api.replies import reply
from app.domain.ids import SubjectRequestId
from app.services import progress, subject_requests, submissions
from schemas.subject_requests import (
    SubjectRequest,
    SubjectRequestFilter,
    SubjectRequestPage,
    SubjectRequestSubmission,
)
from schemas.vocabulary import Problem

router = APIRouter(prefix="/v1/subject-requests", route_class=Operation, dependencies=[REQUIRE_KEY])

_EXERCISE = "2. Exercise a right"
_FOLLOW = "3. Follow a subject request"
_LOCATION = {"Location": "Where the subject request can be read."}
_ACCEPTED_HEADERS = _LOCATION | {
    "Retry-After": "After how many seconds it is worth reading it again.",
    "Preference-Applied": "Which preferences were honoured.",
    "Idempotency-Replayed": "`true` where this is the answer to an earlier try with the same key.",
}
RequestId = Annotated[UUID, Path(description="The id of the subject request.")]


@router.post(
    "",
    operation_id="submit_subject_request",
    summary="Export a person's data",
    tags=[_EXERCISE],
    status_code=202,
    response_model=SubjectRequest,
    responses=answers(
        {
            202: result(
                "Accepted: it will be carried out, whatever happens.",
                examples.ACCEPTED,
                _ACCEPTED_HEADERS,
            ),
            200: result(
                "Ended within the time that `Prefer: wait` gave.",
                examples.COMPLETED,
                _LOCATION | {"Preference-Applied": "`wait=N`"},
            )
            | {"model": SubjectRequest},
        },
        *WITH_BODY,
        Problem.IDEMPOTENCY_KEY_MISSING,
        Problem.INVALID_PARAMETER,
        Problem.IDEMPOTENCY_CONFLICT,
        Problem.IDEMPOTENCY_KEY_REUSED,
        Problem.CONFIRMATION_MISSING,
        Problem.CONFIRMATION_INVALID,
        Problem.CONFIRMATION_EXPIRED,
        Problem.APPROVAL_MISSING,
        Problem.REASON_MISSING,
        Problem.RIGHT_NOT_AVAILABLE,
        Problem.NO_DATA_MAP,
    ),
)
async def submit_subject_request(
    request: Request,
    submission: Annotated[
        SubjectRequestSubmission,
        Body(
            openapi_examples={
                "access": {"summary": "Everything held (Art. 15)", "value": examples.SUBMISSION},
                "portability": {
                    "summary": "What the person provided (Art. 20)",
                    "value": examples.SUBMISSION | {"right": "portability"},
                },
            }
        ),
    ],
    caller: AccessRequester,
    context: ContextHere,
    _key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            description="A fresh random value for each new request; the same value when you try "
            "one again, so that it is carried out once.",
            json_schema_extra={"minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
            openapi_examples={"uuid": {"value": "5f0e3c1a-6a2b-4a73-9a55-0a8c2f8e7d11"}},
        ),
    ],
    _preference: Annotated[
        str | None,
        Header(
            alias="Prefer",
            description="`respond-async, wait=N` waits up to N seconds, at most 60, for the end.",
            openapi_examples={
                "wait": {"summary": "Wait for the end", "value": "respond-async, wait=20"},
                "none": {"summary": "Do not wait", "value": ""},
            },
        ),
    ] = None,
) -> Response:
    """Have everything that the learning platform holds about a person put into a bundle.

    You need three things, and are told which one is missing:

    1. the **confirmation** of the person, from the search;
    2. the controller's **approval**: who decided, when, under which reference;
    3. in it the **reason**, in words. It is kept as evidence.

    The answer is 202: from then on the request is not lost, whatever fails. Read it under
    `Location` until its state is `completed`; then `bundle_id` names the bundle. With
    `Prefer: respond-async, wait=20` the answer is the completed request itself if it ends in time.

    Scope: `access:request`.
    """
    key = idempotency_key(request.headers.getlist("idempotency-key"))
    wait = wait_seconds(request.headers.getlist("prefer"))
    answer = await submissions.submit(context, caller, submission, key)
    headers = {"Location": _location(answer.subject_request_id)}
    if answer.is_replayed:
        headers["Idempotency-Replayed"] = "true"
    if wait is not None:
        headers["Preference-Applied"] = f"respond-async, wait={wait}"
        ended = await progress.wait(context, caller, answer.subject_request_id, wait)
        if ended is not None:
            return reply(ended, 200, headers)
    headers["Retry-After"] = "1"
    return Response(answer.body, answer.status, headers, "application/json")


@router.get(
    "",
    operation_id="list_subject_requests",
    summary="List subject requests",
    tags=[_FOLLOW],
    response_model=SubjectRequestPage,
    responses=answers(
        {
            200: result(
                "Some subject requests, newest first.",
                examples.PAGE,
                {"Link": '`<…>; rel="next"`, where there are more.'},
            )
        },
        Problem.INVALID_PARAMETER,
        Problem.INVALID_CURSOR,
    ),
)
async def list_subject_requests(
    wanted: Annotated[SubjectRequestFilter, Query()], caller: AccessRequester, context: ContextHere
) -> Response:
    """Show the controller's subject requests, newest first, a page at a time.

    Filter by `state` to see, for instance, all that need attention. Follow `next_cursor`, or the
    `Link` header, with the same filters for the next page.

    Scope: `access:request`.
    """
    page = await subject_requests.list_page(context, caller, wanted)
    headers = {}
    if page.next_cursor is not None:
        following = wanted.model_copy(update={"cursor": page.next_cursor})
        query = urlencode(following.model_dump(mode="json", exclude_none=True))
        headers["Link"] = f'</v1/subject-requests?{query}>; rel="next"'
    return reply(page, 200, headers)


@router.get(
    "/{subject_request_id}",
    operation_id="get_subject_request",
    summary="See where a subject request stands",
    tags=[_FOLLOW],
    response_model=SubjectRequest,
    responses=answers(
        {200: result("The subject request with its progress.", examples.COMPLETED)},
        Problem.NOT_FOUND,
    ),
)
async def get_subject_request(
    subject_request_id: RequestId, caller: AccessRequester, context: ContextHere
) -> Response:
    """Show a subject request: its state, its steps with how many records each dealt with.

    * `accepted` and `running`: wait.
    * `completed`: read the bundle named by `bundle_id`.
    * `needs_attention`: `attention` says what happened and what to do; then resume it.

    Scope: `access:request`.
    """
    return reply(await progress.read(context, caller, SubjectRequestId(subject_request_id)))


@router.post(
    "/{subject_request_id}/resumption",
    operation_id="resume_subject_request",
    summary="Resume a subject request that needed attention",
    tags=[_FOLLOW],
    status_code=202,
    response_model=SubjectRequest,
    responses=answers(
        {202: result("It will be tried again.", examples.ACCEPTED, _LOCATION)},
        Problem.NOT_FOUND,
        Problem.NOT_RESUMABLE,
    ),
)
async def resume_subject_request(
    subject_request_id: RequestId, caller: AccessRequester, context: ContextHere
) -> Response:
    """Have a subject request tried again once the cause of its trouble is mended.

    1. Read the subject request: `attention.remedy` says what to do.
    2. Do that, or have it done.
    3. Resume. An export starts again from the beginning; nothing half-done was kept.

    Scope: `access:request`.
    """
    requested = SubjectRequestId(subject_request_id)
    resumed = await subject_requests.resume(context, caller, requested)
    return reply(resumed, 202, {"Location": _location(requested)})


def _location(subject_request_id: SubjectRequestId) -> str:
    return f"/v1/subject-requests/{subject_request_id}"
