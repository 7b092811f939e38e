"""Acting for a controller: open a grant, list, end."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Path
from starlette.requests import Request
from starlette.responses import Response

from app.api import controller_examples as examples
from app.api import tags
from app.api.answers import WITH_BODY, answers, result
from app.api.context import REQUIRE_KEY, ContextHere, ControllerReader, Support
from app.api.controllers import MADE, Id
from app.api.operation import Operation
from app.api.preferences import KeyHeader, idempotency_key
from app.api.replies import made, reply
from app.api.submissions import KEYED
from app.domain.ids import ClientId, ControllerId
from app.services import support_grants
from schemas.problem_vocabulary import Problem
from schemas.support_grants import GrantEnding, NewSupportGrant, SupportGrant, SupportGrantList

router = APIRouter(
    prefix="/v1/controllers/{controller_id}/support-grants",
    route_class=Operation,
    tags=[tags.ACT_FOR],
    dependencies=[REQUIRE_KEY],
)


@router.post(
    "",
    operation_id="open_support_grant",
    summary="Open a grant to act for a controller",
    status_code=201,
    response_model=SupportGrant,
    responses=answers(
        {201: result("The grant is in force.", examples.GRANT, MADE)},
        *WITH_BODY,
        *KEYED,
        Problem.REASON_MISSING,
        Problem.NOT_FOUND,
    ),
)
async def open_support_grant(
    request: Request,
    controller_id: Id,
    wanted: Annotated[
        NewSupportGrant,
        Body(openapi_examples=examples.one("Look at an export", examples.NEW_GRANT)),
    ],
    caller: Support,
    context: ContextHere,
    _key: KeyHeader,
) -> Response:
    """Open a grant for yourself, for an hour or until `ends_at`, with the scopes that the case needs.

    1. Open the grant: it is recorded in the controller's trail, with reason and reference.
    2. Send ordinary operations with the header `X-Controller` and the controller's id. They count
       as those of a client of the controller whose id is the grant's.
    3. End it when you are done; else it ends by itself.

    With several in force, the newest counts alone. No grant has `erasure:approve`: the second person of an
    erasure is the controller's own. Scope: `support`.
    """
    key = idempotency_key(request.headers.getlist("idempotency-key"))
    whose = ControllerId(controller_id)
    return made(await support_grants.open_grant(context, caller, whose, wanted, key))


@router.get(
    "",
    operation_id="list_support_grants",
    summary="List the grants under which support acted",
    response_model=SupportGrantList,
    responses=answers({200: result("The grants.", examples.GRANTS)}, Problem.NOT_FOUND),
)
async def list_support_grants(
    controller_id: Id, caller: ControllerReader, context: ContextHere
) -> Response:
    """Show when support could act for a controller, what it might do, and under which reference.

    A controller's own program sees its own. Scope: `controller:read` or `support`.
    """
    return reply(await support_grants.list_newest(context, caller, ControllerId(controller_id)))


@router.post(
    "/{grant_id}/ending",
    operation_id="end_support_grant",
    summary="End a grant before its time",
    status_code=204,
    response_class=Response,
    responses=answers(
        {204: {"description": "It is ended: nothing can be done under it any more."}},
        *WITH_BODY,
        Problem.REASON_MISSING,
        Problem.NOT_FOUND,
    ),
)
async def end_support_grant(
    controller_id: Id,
    grant_id: Annotated[UUID, Path(description="The id of the grant.")],
    wanted: Annotated[
        GrantEnding, Body(openapi_examples=examples.one("Done", examples.GRANT_ENDING))
    ],
    caller: Support,
    context: ContextHere,
) -> Response:
    """End a grant at once, whoever of support opened it; recorded in the controller's trail.

    Scope: `support`.
    """
    whose, which = ControllerId(controller_id), ClientId(grant_id)
    await support_grants.end(context, caller, whose, which, wanted)
    return Response(status_code=204)
