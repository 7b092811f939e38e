"""Deadlines: extended, and resting while it is in doubt who sent the request."""

from typing import Annotated

from fastapi import APIRouter, Body
from starlette.responses import Response

from app.api import approval_examples, tags
from app.api.answers import WITH_BODY, answers, result
from app.api.context import REQUIRE_KEY, ContextHere, Requester
from app.api.operation import Operation
from app.api.replies import reply
from app.api.subject_requests import RequestId
from app.domain.ids import SubjectRequestId
from app.services import deadlines
from schemas.problem_vocabulary import Problem
from schemas.second_approvals import Extension, IdentityDoubt
from schemas.subject_requests import SubjectRequest

router = APIRouter(
    prefix="/v1/subject-requests",
    route_class=Operation,
    tags=[tags.DECIDE],
    dependencies=[REQUIRE_KEY],
)

_PROBLEMS = (*WITH_BODY, Problem.REASON_MISSING, Problem.NOT_FOUND)


@router.post(
    "/{subject_request_id}/extension",
    operation_id="extend_subject_request",
    summary="Extend the deadline by up to two months",
    response_model=SubjectRequest,
    responses=answers(
        {200: result("It has a later deadline.", approval_examples.EXTENDED)},
        *_PROBLEMS,
        Problem.INFORMATION_MISSING,
        Problem.CANNOT_EXTEND,
        Problem.IDENTITY_IN_DOUBT,
    ),
)
async def extend_subject_request(
    subject_request_id: RequestId,
    extension: Annotated[
        Extension, Body(openapi_examples={"told": {"value": approval_examples.EXTENSION}})
    ],
    caller: Requester,
    context: ContextHere,
) -> Response:
    """Record that the person was told of further months, and why (Art. 12(3)).

    1. Tell the person within the first month, with the reasons.
    2. Record here when and how. The deadline moves once, by one or two months, counted from the
       receipt of the request.

    Scope: `access:request`, `restriction:request` or `erasure:request`, by its right.
    """
    requested = SubjectRequestId(subject_request_id)
    return reply(await deadlines.extend(context, caller, requested, extension))


@router.post(
    "/{subject_request_id}/identity-doubt",
    operation_id="doubt_identity",
    summary="Let the deadline rest: it is in doubt who sent this",
    response_model=SubjectRequest,
    responses=answers(
        {200: result("Its deadline rests.", approval_examples.DOUBTED)},
        *_PROBLEMS,
        Problem.IDENTITY_IN_DOUBT,
        Problem.CANNOT_DOUBT,
    ),
)
async def doubt_identity(
    subject_request_id: RequestId,
    doubt: Annotated[
        IdentityDoubt, Body(openapi_examples={"doubt": {"value": approval_examples.DOUBT}})
    ],
    caller: Requester,
    context: ContextHere,
) -> Response:
    """Record that the person was asked for more, because it is in doubt who that is (Art. 12(6)).

    The deadline rests, and nothing of the request begins, until `…/identity-doubt/end`. What is
    queued stays where it is, an export that runs stops, and the person's other requests go on. What
    has begun to change records cannot rest.

    Scope: `access:request`, `restriction:request` or `erasure:request`, by its right.
    """
    requested = SubjectRequestId(subject_request_id)
    return reply(await deadlines.doubt(context, caller, requested, doubt))


@router.post(
    "/{subject_request_id}/identity-doubt/end",
    operation_id="end_identity_doubt",
    summary="Let the deadline go on: it is known who sent this",
    response_model=SubjectRequest,
    responses=answers(
        {200: result("Its deadline goes on.", approval_examples.CLEARED)},
        *_PROBLEMS,
        Problem.IDENTITY_NOT_IN_DOUBT,
    ),
)
async def end_identity_doubt(
    subject_request_id: RequestId,
    cleared: Annotated[
        IdentityDoubt,
        Body(openapi_examples={"known": {"value": approval_examples.CLEARED_REASON}}),
    ],
    caller: Requester,
    context: ContextHere,
) -> Response:
    """Record that it is known who sent the request. The days of doubt are added to the deadline.

    The request still waits for what it waited for; what was queued, or stopped, begins.

    Scope: `access:request`, `restriction:request` or `erasure:request`, by its right.
    """
    requested = SubjectRequestId(subject_request_id)
    return reply(await deadlines.clear(context, caller, requested, cleared))
