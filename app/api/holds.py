"""Holds: what is not to be erased for now, and why."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from app.api import hold_examples, tags
from app.api.answers import WITH_BODY, answers, result
from app.api.context import REQUIRE_KEY, ContextHere, HoldManager
from app.api.operation import Operation
from app.api.preferences import KeyHeader, idempotency_key
from app.api.replies import reply
from app.api.submissions import KEYED, REPLAYED, replay_mark
from app.domain.ids import HoldId
from app.services import holds
from schemas.holds import (
    Hold,
    HoldChange,
    HoldEnding,
    HoldFilter,
    HoldPage,
    HoldPlacement,
    PlacedHold,
)
from schemas.problem_vocabulary import Problem

router = APIRouter(
    prefix="/v1/holds",
    route_class=Operation,
    tags=[tags.HOLDS],
    dependencies=[REQUIRE_KEY],
)

Id = Annotated[UUID, Path(description="The id of the hold.")]


@router.post(
    "",
    operation_id="place_hold",
    summary="Order that something is not erased",
    status_code=201,
    response_model=PlacedHold,
    responses=answers(
        {
            201: result(
                "The hold is in force.",
                hold_examples.PLACED,
                {"Location": "Where the hold can be read."} | REPLAYED,
            )
        },
        *WITH_BODY,
        *KEYED,
        Problem.CONFIRMATION_INVALID,
        Problem.CONFIRMATION_EXPIRED,
        Problem.REASON_MISSING,
        Problem.RIGHT_NOT_AVAILABLE,
        Problem.NO_DATA_MAP,
        Problem.HOLD_TOO_LATE,
    ),
)
async def place_hold(
    request: Request,
    placement: Annotated[HoldPlacement, Body(openapi_examples=hold_examples.PLACEMENTS)],
    caller: HoldManager,
    context: ContextHere,
    _key: KeyHeader,
) -> Response:
    """Keep records of a person, of a category or of a record type from being erased.

    1. Find the person, and send the `confirmation`; leave it out for everybody's records.
    2. Narrow it with `category` or `record_type`, if it is not about everything.
    3. Say the `article` that it rests on, the reason, and the last day if there is one.

    From then on previews show what is kept, and an erasure keeps it to the byte, with what it
    hangs on. `GET /v1/deferrals` lists it. When the hold ends, an erasure that kept something goes
    on by itself, under its own approval, as the preview had shown.

    An erasure that is running ends under the holds that it began with: `too_late_for` names it,
    and if it is the very person's, the hold is refused with 409. A hold stops neither a
    restriction nor an export, and does not reach records that name the person no longer.

    Scope: `holds:manage`.
    """
    key = idempotency_key(request.headers.getlist("idempotency-key"))
    placed = await holds.place(context, caller, placement, key)
    headers = {"Location": f"/v1/holds/{placed.hold_id}"} | replay_mark(placed.is_replayed)
    return Response(placed.body, 201, headers, "application/json")


@router.get(
    "",
    operation_id="list_holds",
    summary="List holds, in force and ended",
    response_model=HoldPage,
    responses=answers(
        {
            200: result(
                "Some holds, newest first.",
                hold_examples.HOLDS,
                {"Link": '`<…>; rel="next"`, where there are more.'},
            )
        },
        Problem.INVALID_PARAMETER,
        Problem.INVALID_CURSOR,
    ),
)
async def list_holds(
    wanted: Annotated[HoldFilter, Query()], caller: HoldManager, context: ContextHere
) -> Response:
    """Show the controller's holds, newest first; `state=in_force` shows what is held now.

    Scope: `holds:manage`.
    """
    page = await holds.list_page(context, caller, wanted)
    headers = {}
    if page.next_cursor is not None:
        following = wanted.model_copy(update={"cursor": page.next_cursor})
        query = urlencode(following.model_dump(mode="json", exclude_none=True))
        headers["Link"] = f'</v1/holds?{query}>; rel="next"'
    return reply(page, 200, headers)


@router.get(
    "/{hold_id:uuid}",
    operation_id="get_hold",
    summary="See a hold with its reason",
    response_model=Hold,
    responses=answers({200: result("The hold.", hold_examples.HOLD)}, Problem.NOT_FOUND),
)
async def get_hold(hold_id: Id, caller: HoldManager, context: ContextHere) -> Response:
    """Show a hold: what it is about, what it rests on, why, and until when.

    Scope: `holds:manage`.
    """
    return reply(await holds.read(context, caller, HoldId(hold_id)))


@router.patch(
    "/{hold_id:uuid}",
    operation_id="change_hold",
    summary="Give a hold another last day",
    response_model=Hold,
    responses=answers(
        {200: result("The hold, with its new end.", hold_examples.CHANGED)},
        *WITH_BODY,
        Problem.REASON_MISSING,
        Problem.NOT_FOUND,
        Problem.HOLD_NOT_IN_FORCE,
    ),
)
async def change_hold(
    hold_id: Id,
    change: Annotated[HoldChange, Body(openapi_examples=hold_examples.CHANGES)],
    caller: HoldManager,
    context: ContextHere,
) -> Response:
    """Change until when a hold is in force; what else it says stays as it was placed.

    Send `ends_on: null` for one that is in force until it is ended.

    Scope: `holds:manage`.
    """
    return reply(await holds.change(context, caller, HoldId(hold_id), change))


@router.post(
    "/{hold_id:uuid}/end",
    operation_id="end_hold",
    summary="End a hold, and erase what it kept",
    response_model=Hold,
    responses=answers(
        {200: result("The hold has ended.", hold_examples.ENDED)},
        *WITH_BODY,
        Problem.REASON_MISSING,
        Problem.NOT_FOUND,
        Problem.HOLD_NOT_IN_FORCE,
    ),
)
async def end_hold(
    hold_id: Id,
    ending: Annotated[HoldEnding, Body(openapi_examples=hold_examples.ENDINGS)],
    caller: HoldManager,
    context: ContextHere,
) -> Response:
    """End a hold, with a reason that is kept as evidence.

    Erasures that kept something for it go on at once, each as a subject request of its own under
    the approval that it had, unless another hold or exception holds the same.

    Scope: `holds:manage`.
    """
    return reply(await holds.end(context, caller, HoldId(hold_id), ending))
