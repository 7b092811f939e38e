"""Restrictions in force, among them the trashcan: list, read, lift, empty."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from app.api import effect_examples, tags
from app.api.answers import WITH_BODY, answers, result
from app.api.context import (
    REQUIRE_KEY,
    ContextHere,
    ErasureRequester,
    RestrictionReader,
    RestrictionRequester,
)
from app.api.operation import Operation
from app.api.preferences import KeyHeader, idempotency_key
from app.api.refusals import told
from app.api.replies import reply
from app.api.submissions import KEYED, LOCATION, REPLAYED, replay_mark
from app.domain.ids import RestrictionId
from app.services import lifts, restrictions, trashcan
from schemas.problem_vocabulary import Problem
from schemas.restrictions import (
    EmptiedRestrictions,
    Emptying,
    LiftSubmission,
    Restriction,
    RestrictionFilter,
    RestrictionPage,
)
from schemas.subject_requests import SubjectRequest

router = APIRouter(
    prefix="/v1/restrictions",
    route_class=Operation,
    tags=[tags.RESTRICTIONS],
    dependencies=[REQUIRE_KEY],
)

Id = Annotated[UUID, Path(description="The id of the restriction.")]


@router.get(
    "",
    operation_id="list_restrictions",
    summary="List restrictions, the trashcan among them",
    response_model=RestrictionPage,
    responses=answers(
        {
            200: result(
                "Some restrictions, newest first.",
                effect_examples.RESTRICTIONS,
                {"Link": '`<…>; rel="next"`, where there are more.'},
            )
        },
        Problem.INVALID_PARAMETER,
        Problem.INVALID_CURSOR,
    ),
)
async def list_restrictions(
    wanted: Annotated[RestrictionFilter, Query()], caller: RestrictionReader, context: ContextHere
) -> Response:
    """Show the controller's restrictions with their age and ground, newest first.

    `state=active&ground=normal_flow` is the trashcan: who was moved there by the normal flow of
    the learning platform, and waits to be restored or erased.

    Scope: `restriction:request` or `erasure:request`.
    """
    page = await restrictions.list_page(context, caller, wanted)
    headers = {}
    if page.next_cursor is not None:
        following = wanted.model_copy(update={"cursor": page.next_cursor})
        query = urlencode(following.model_dump(mode="json", exclude_none=True))
        headers["Link"] = f'</v1/restrictions?{query}>; rel="next"'
    return reply(page, 200, headers)


@router.post(
    "/empty",
    operation_id="empty_trashcan",
    summary="Erase those who are in the trashcan",
    status_code=202,
    response_model=EmptiedRestrictions,
    responses=answers(
        {202: result("What became of each.", effect_examples.EMPTIED, REPLAYED)},
        *WITH_BODY,
        *KEYED,
        Problem.APPROVAL_MISSING,
        Problem.REASON_MISSING,
        Problem.PREVIEW_MISSING,
        Problem.RIGHT_NOT_AVAILABLE,
        Problem.NO_DATA_MAP,
        Problem.NOT_ENABLED,
        Problem.RIGHT_NOT_ENABLED,
        Problem.SOURCE_UNAVAILABLE,
    ),
)
async def empty_trashcan(
    request: Request,
    emptying: Annotated[Emptying, Body(openapi_examples=effect_examples.EMPTYINGS)],
    caller: ErasureRequester,
    context: ContextHere,
    _key: KeyHeader,
) -> Response:
    """Erase everybody who is meant: one erasure each, under one preview, digest and approval.

    1. Make a preview with the same `restriction_ids` or `older_than_days`.
    2. Have it approved.
    3. Send its digest here.

    Only restrictions of the normal flow are emptied: one that rests on a right of the person stays
    until it is lifted. Nor is anybody erased whom such a one restricts besides, or is about to, or
    who is being taken out of the trashcan: they are refused on their own, by age left out, and left
    out of the preview. Should that come while the erasure is queued, it waits with
    `approval_outdated`. Whoever came into the trashcan since the preview is refused on their own.
    An erasure cannot be undone.

    Scope: `erasure:request`.
    """
    key = idempotency_key(request.headers.getlist("idempotency-key"))
    answer = await trashcan.empty(context, caller, emptying, key, told(request))
    return Response(answer.body, answer.status, replay_mark(answer.is_replayed), "application/json")


@router.get(
    "/{restriction_id:uuid}",
    operation_id="get_restriction",
    summary="See a restriction and how much it holds",
    response_model=Restriction,
    responses=answers(
        {200: result("The restriction.", effect_examples.RESTRICTION)}, Problem.NOT_FOUND
    ),
)
async def get_restriction(
    restriction_id: Id, caller: RestrictionReader, context: ContextHere
) -> Response:
    """Show a restriction: on which ground, since when, and how many records it holds.

    Scope: `restriction:request` or `erasure:request`.
    """
    return reply(await restrictions.read(context, caller, RestrictionId(restriction_id)))


@router.post(
    "/{restriction_id:uuid}/lift",
    operation_id="lift_restriction",
    summary="Lift a restriction, or restore from the trashcan",
    status_code=202,
    response_model=SubjectRequest,
    responses=answers(
        {
            202: result(
                "Accepted. It waits while the person has not been informed.",
                effect_examples.LIFT_WAITING,
                LOCATION | REPLAYED,
            )
        },
        *WITH_BODY,
        *KEYED,
        Problem.APPROVAL_MISSING,
        Problem.REASON_MISSING,
        Problem.NOT_FOUND,
        Problem.NOT_RESTRICTED,
        Problem.NOT_ENABLED,
    ),
)
async def lift_restriction(
    request: Request,
    restriction_id: Id,
    submission: Annotated[LiftSubmission, Body(openapi_examples=effect_examples.LIFTS)],
    caller: RestrictionRequester,
    context: ContextHere,
    _key: KeyHeader,
) -> Response:
    """Lift a restriction: the person's records are read back to the byte.

    What somebody changed meanwhile is left as it is, and counted in the receipt. A record that
    another restriction holds too stays as it is until that one is lifted.

    The person has to be told **before** (Art. 18(3)). Say in `information` that this was done, or
    why it does not wait; without it the lift stands in `awaiting_information` until it is recorded
    with `POST /v1/subject-requests/{id}/information`.

    Scope: `restriction:request`.
    """
    key = idempotency_key(request.headers.getlist("idempotency-key"))
    answer = await lifts.submit(context, caller, RestrictionId(restriction_id), submission, key)
    headers = {"Location": f"/v1/subject-requests/{answer.subject_request_id}"}
    headers |= replay_mark(answer.is_replayed)
    return Response(answer.body, answer.status, headers, "application/json")
