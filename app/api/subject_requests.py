"""Following subject requests: read, list, resume, call off, record that the person was informed."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query
from starlette.responses import Response

from app.api import effect_examples, examples, tags
from app.api.answers import WITH_BODY, answers, result
from app.api.context import (
    REQUIRE_KEY,
    ContextHere,
    Requester,
    RequestReader,
    RestrictionRequester,
)
from app.api.operation import Operation
from app.api.replies import reply
from app.domain.ids import SubjectRequestId
from app.services import cancellations, lifts, progress, subject_requests
from schemas.cancellations import Cancellation
from schemas.problem_vocabulary import Problem
from schemas.restrictions import Information
from schemas.subject_requests import SubjectRequest, SubjectRequestFilter, SubjectRequestPage
from schemas.vocabulary import RequestState

router = APIRouter(prefix="/v1/subject-requests", route_class=Operation, dependencies=[REQUIRE_KEY])

_LOCATION = {"Location": "Where the subject request can be read."}
RequestId = Annotated[UUID, Path(description="The id of the subject request.")]


@router.get(
    "",
    operation_id="list_subject_requests",
    summary="List subject requests",
    tags=[tags.FOLLOW],
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
    wanted: Annotated[SubjectRequestFilter, Query()], caller: RequestReader, context: ContextHere
) -> Response:
    """Show the controller's subject requests, newest first, a page at a time.

    Filter by `state` to see, for instance, all that need attention, or by `overdue=true` and
    `due_soon=true` to see whom to answer first. Follow `next_cursor`, or the `Link` header, with the
    same filters for the next page.

    Scope: `access:request`, `restriction:request`, `erasure:request` or `erasure:approve`.
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
    tags=[tags.FOLLOW],
    response_model=SubjectRequest,
    responses=answers(
        {200: result("The subject request with its progress.", examples.COMPLETED)},
        Problem.NOT_FOUND,
    ),
)
async def get_subject_request(
    subject_request_id: RequestId, caller: RequestReader, context: ContextHere
) -> Response:
    """Show a subject request: its state, its steps with how many records each dealt with.

    * `accepted` and `running`: wait.
    * `awaiting_information`: tell the person, then record it; the lift begins then.
    * `awaiting_approval` and `held`: a second person has to approve the erasure.
    * `completed`: read the bundle named by `bundle_id`, if there is one, and the receipt named by
      `receipt_id`.
    * `needs_attention`: `attention` says what happened and what to do; then resume it.
    * `cancelled`: it was called off, and what it had done is read back.
    * `refused`: the controller does not act on it; the person has to be told why.

    `due_at` says until when the person has to be answered (Art. 12(3)).

    Scope: `access:request`, `restriction:request`, `erasure:request` or `erasure:approve`.
    """
    return reply(await progress.read(context, caller, SubjectRequestId(subject_request_id)))


@router.post(
    "/{subject_request_id}/resumption",
    operation_id="resume_subject_request",
    summary="Resume a subject request that needed attention",
    tags=[tags.FOLLOW],
    status_code=202,
    response_model=SubjectRequest,
    responses=answers(
        {202: result("It will be tried again.", examples.ACCEPTED, _LOCATION)},
        Problem.NOT_FOUND,
        Problem.NOT_RESUMABLE,
        Problem.IDENTITY_IN_DOUBT,
    ),
)
async def resume_subject_request(
    subject_request_id: RequestId, caller: Requester, context: ContextHere
) -> Response:
    """Have a subject request tried again once the cause of its trouble is mended.

    1. Read the subject request: `attention.remedy` says what to do.
    2. Do that, or have it done.
    3. Resume. An export starts again from the beginning; restriction, lift and erasure go on
       where they stopped.

    Scope: `access:request`, `restriction:request` or `erasure:request`, by its right.
    """
    requested = SubjectRequestId(subject_request_id)
    resumed = await subject_requests.resume(context, caller, requested)
    return reply(resumed, 202, {"Location": _location(requested)})


@router.post(
    "/{subject_request_id}/cancellation",
    operation_id="cancel_subject_request",
    summary="Call a subject request off",
    tags=[tags.FOLLOW],
    response_model=SubjectRequest,
    responses=answers(
        {
            200: result("It is cancelled; nothing was changed.", effect_examples.CANCELLED),
            202: result(
                "What was done already is being read back.",
                effect_examples.BEING_CANCELLED,
                _LOCATION,
            )
            | {"model": SubjectRequest},
        },
        *WITH_BODY,
        Problem.REASON_MISSING,
        Problem.NOT_FOUND,
        Problem.CANNOT_CANCEL,
    ),
)
async def cancel_subject_request(
    subject_request_id: RequestId,
    cancellation: Annotated[
        Cancellation,
        Body(
            openapi_examples={
                "mistaken": {"summary": "Submitted by mistake", "value": effect_examples.MISTAKEN}
            }
        ),
    ],
    caller: Requester,
    context: ContextHere,
) -> Response:
    """Call a subject request off, with a reason that is kept as evidence.

    * What has changed nothing yet is `cancelled` at once.
    * A restriction that has begun is rolled back: it is `cancelled` when all is as it was.
    * An erasure or a lift that has begun, and what is completed, cannot be called off.

    Scope: `access:request`, `restriction:request` or `erasure:request`, by its right.
    """
    requested = SubjectRequestId(subject_request_id)
    shown = await cancellations.cancel(context, caller, requested, cancellation)
    if shown.state is RequestState.CANCELLED:
        return reply(shown)
    return reply(shown, 202, {"Location": _location(requested)})


@router.post(
    "/{subject_request_id}/information",
    operation_id="record_information",
    summary="Record that the person was told before the lift",
    tags=[tags.FOLLOW],
    status_code=202,
    response_model=SubjectRequest,
    responses=answers(
        {202: result("The lift begins.", effect_examples.LIFT_ACCEPTED, _LOCATION)},
        *WITH_BODY,
        Problem.INFORMATION_MISSING,
        Problem.NOT_FOUND,
        Problem.INFORMATION_NOT_AWAITED,
        Problem.NOT_RESTRICTED,
    ),
)
async def record_information(
    subject_request_id: RequestId,
    information: Annotated[
        Information,
        Body(
            openapi_examples={
                "informed": {"summary": "The person was told", "value": effect_examples.INFORMED},
                "overridden": {
                    "summary": "The lift does not wait for that",
                    "value": effect_examples.OVERRIDDEN,
                },
            }
        ),
    ],
    caller: RestrictionRequester,
    context: ContextHere,
) -> Response:
    """Record what became of the duty to inform the person (Art. 18(3)); the lift begins then.

    A person is told *before* a restriction is lifted. If that cannot wait, say why in
    `override_reason`. Both are kept in the audit trail.

    Scope: `restriction:request`.
    """
    requested = SubjectRequestId(subject_request_id)
    shown = await lifts.inform(context, caller, requested, information)
    return reply(shown, 202, {"Location": _location(requested)})


def _location(subject_request_id: SubjectRequestId) -> str:
    return f"/v1/subject-requests/{subject_request_id}"
