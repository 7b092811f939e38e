"""Looking after a controller's API clients: issue, list, rotate, revoke."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Path
from starlette.requests import Request
from starlette.responses import Response

from app.api import controller_examples as examples
from app.api import tags
from app.api.answers import WITH_BODY, answers, result
from app.api.context import REQUIRE_KEY, ContextHere, Support
from app.api.controllers import MADE, Id
from app.api.operation import Operation
from app.api.preferences import KeyHeader, idempotency_key
from app.api.replies import made, reply
from app.api.submissions import KEYED
from app.domain.ids import ClientId, ControllerId
from app.services import clients
from schemas.clients import (
    ApiClientList,
    IssuedApiClient,
    NewApiClient,
    Revocation,
    Rotation,
)
from schemas.problem_vocabulary import Problem

router = APIRouter(
    prefix="/v1/controllers/{controller_id}/clients",
    route_class=Operation,
    tags=[tags.TAKE_ON],
    dependencies=[REQUIRE_KEY],
)

OfClient = Annotated[UUID, Path(description="The id of the API client.")]


@router.post(
    "",
    operation_id="issue_client",
    summary="Issue an API key for a controller's program",
    status_code=201,
    response_model=IssuedApiClient,
    responses=answers(
        {201: result("The client with its key, shown this once.", examples.ISSUED, MADE)},
        *WITH_BODY,
        *KEYED,
        Problem.NOT_FOUND,
    ),
)
async def issue_client(
    request: Request,
    controller_id: Id,
    wanted: Annotated[
        NewApiClient,
        Body(openapi_examples=examples.one("A portal", examples.NEW_CLIENT)),
    ],
    caller: Support,
    context: ContextHere,
    _key: KeyHeader,
) -> Response:
    """Issue an API client with the scopes that its program needs, and no others.

    The key is in this answer only: hand it over on a safe way. Sent again under the same
    `Idempotency-Key`, the answer names the client without its key; rotate it if the key was lost.
    With `issuer_client_id` the program proves itself by tokens, and there is no key.

    Scope: `support`.
    """
    key = idempotency_key(request.headers.getlist("idempotency-key"))
    return made(await clients.issue(context, caller, ControllerId(controller_id), wanted, key))


@router.get(
    "",
    operation_id="list_clients",
    summary="List a controller's API clients",
    response_model=ApiClientList,
    responses=answers({200: result("Its clients.", examples.CLIENTS)}, Problem.NOT_FOUND),
)
async def list_clients(controller_id: Id, caller: Support, context: ContextHere) -> Response:
    """Show a controller's programs: what they may do, from where, until when; no keys.

    Scope: `support`.
    """
    return reply(await clients.list_all(context, caller, ControllerId(controller_id)))


@router.post(
    "/{client_id}/rotation",
    operation_id="rotate_client",
    summary="Give a program a new API key",
    response_model=IssuedApiClient,
    responses=answers(
        {200: result("The client with its new key, shown this once.", examples.ROTATED, MADE)},
        *WITH_BODY,
        *KEYED,
        Problem.REASON_MISSING,
        Problem.NOT_FOUND,
    ),
)
async def rotate_client(  # noqa: PLR0913, PLR0917 - each is a part of the HTTP request
    request: Request,
    controller_id: Id,
    client_id: OfClient,
    wanted: Annotated[Rotation, Body(openapi_examples=examples.one("At once", examples.ROTATION))],
    caller: Support,
    context: ContextHere,
    _key: KeyHeader,
) -> Response:
    """Give a program a new key. The present one stays good until `former_key_until`, if you say one.

    1. Rotate, with a moment that leaves time to change over, and hand the new key over.
    2. Have the program use it.
    3. The former key ends by itself. A key before that one ends now.

    Scope: `support`.
    """
    key = idempotency_key(request.headers.getlist("idempotency-key"))
    whose, which = ControllerId(controller_id), ClientId(client_id)
    return made(await clients.rotate(context, caller, whose, (which, wanted), key), 200)


@router.post(
    "/{client_id}/revocation",
    operation_id="revoke_client",
    summary="Shut a program out at once",
    status_code=204,
    response_class=Response,
    responses=answers(
        {204: {"description": "It is revoked: its keys and tokens are refused from now on."}},
        *WITH_BODY,
        Problem.REASON_MISSING,
        Problem.NOT_FOUND,
    ),
)
async def revoke_client(
    controller_id: Id,
    client_id: OfClient,
    wanted: Annotated[
        Revocation, Body(openapi_examples=examples.one("It leaked", examples.REVOCATION))
    ],
    caller: Support,
    context: ContextHere,
) -> Response:
    """Shut a program out for good, with a reason. The next call of it is refused.

    Scope: `support`.
    """
    whose, which = ControllerId(controller_id), ClientId(client_id)
    await clients.revoke(context, caller, whose, which, wanted)
    return Response(status_code=204)
