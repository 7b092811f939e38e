"""Where a controller is told what happens: register, list, read, change, rotate, delete."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from app.api import tags
from app.api import webhook_examples as examples
from app.api.answers import WITH_BODY, answers, result
from app.api.context import REQUIRE_KEY, ContextHere, WebhookManager
from app.api.operation import Operation
from app.api.preferences import KeyHeader, idempotency_key
from app.api.replies import reply
from app.api.submissions import KEYED, REPLAYED, replay_mark
from app.domain.ids import WebhookEndpointId
from app.services import webhook_endpoints
from schemas.problem_vocabulary import Problem
from schemas.webhooks import (
    IssuedWebhookEndpoint,
    NewWebhookEndpoint,
    SecretRotation,
    WebhookEndpoint,
    WebhookEndpointChange,
    WebhookEndpointFilter,
    WebhookEndpointPage,
)

router = APIRouter(
    prefix="/v1/webhook-endpoints",
    route_class=Operation,
    tags=[tags.WEBHOOKS],
    dependencies=[REQUIRE_KEY],
)

EndpointId = Annotated[UUID, Path(description="The id of the webhook endpoint.")]
_LOCATION = {"Location": "Where the webhook endpoint can be read."}


@router.post(
    "",
    operation_id="register_webhook_endpoint",
    summary="Be told what happens",
    status_code=201,
    response_model=IssuedWebhookEndpoint,
    responses=answers(
        {201: result("The endpoint, with its secret.", examples.ISSUED, _LOCATION | REPLAYED)},
        *WITH_BODY,
        *KEYED,
        Problem.WEBHOOK_URL_REFUSED,
        Problem.TOO_MANY_WEBHOOK_ENDPOINTS,
    ),
)
async def register_webhook_endpoint(
    request: Request,
    wanted: Annotated[NewWebhookEndpoint, Body(openapi_examples=examples.REGISTRATIONS)],
    caller: WebhookManager,
    context: ContextHere,
    _key: KeyHeader,
) -> Response:
    """Register an address to which events are sent, from now on.

    1. Register the address. Keep `secret`: it is shown this once.
    2. Have the receiver verify `webhook-signature` by it (Standard Webhooks).
    3. Send a test to see that it arrives.

    Events hold ids, states and counts and no personal data; what they are, the section *webhooks*
    of this document says. Those of one subject request come in their order. Sent again under the
    same key, the answer comes without the secret: rotate it if it is lost.

    Scope: `webhooks:manage`.
    """
    key = idempotency_key(request.headers.getlist("idempotency-key"))
    issued = await webhook_endpoints.register(context, caller, wanted, key)
    headers = {"Location": f"/v1/webhook-endpoints/{issued.endpoint_id}"}
    headers |= replay_mark(issued.is_replayed)
    return Response(issued.body, issued.status, headers, "application/json")


@router.get(
    "",
    operation_id="list_webhook_endpoints",
    summary="List webhook endpoints",
    response_model=WebhookEndpointPage,
    responses=answers(
        {
            200: result(
                "Some endpoints, newest first.",
                examples.ENDPOINTS,
                {"Link": '`<…>; rel="next"`, where there are more.'},
            )
        },
        Problem.INVALID_PARAMETER,
        Problem.INVALID_CURSOR,
    ),
)
async def list_webhook_endpoints(
    wanted: Annotated[WebhookEndpointFilter, Query()], caller: WebhookManager, context: ContextHere
) -> Response:
    """Show where the controller is told what happens, newest first, a page at a time.

    Scope: `webhooks:manage`.
    """
    page = await webhook_endpoints.list_page(context, caller, wanted)
    headers = {}
    if page.next_cursor is not None:
        following = wanted.model_copy(update={"cursor": page.next_cursor})
        query = urlencode(following.model_dump(mode="json", exclude_none=True))
        headers["Link"] = f'</v1/webhook-endpoints?{query}>; rel="next"'
    return reply(page, 200, headers)


@router.get(
    "/{endpoint_id:uuid}",
    operation_id="get_webhook_endpoint",
    summary="See a webhook endpoint and its public keys",
    response_model=WebhookEndpoint,
    responses=answers({200: result("The endpoint.", examples.ENDPOINT)}, Problem.NOT_FOUND),
)
async def get_webhook_endpoint(
    endpoint_id: EndpointId, caller: WebhookManager, context: ContextHere
) -> Response:
    """Show an endpoint: whether it is sent anything, why not, and what verifies its signatures.

    Scope: `webhooks:manage`.
    """
    return reply(await webhook_endpoints.read(context, caller, WebhookEndpointId(endpoint_id)))


@router.patch(
    "/{endpoint_id:uuid}",
    operation_id="change_webhook_endpoint",
    summary="Move, filter, disable or enable a webhook endpoint",
    response_model=WebhookEndpoint,
    responses=answers(
        {200: result("The endpoint as it is now.", examples.ENDPOINT)},
        *WITH_BODY,
        Problem.NOT_FOUND,
        Problem.WEBHOOK_URL_REFUSED,
    ),
)
async def change_webhook_endpoint(
    endpoint_id: EndpointId,
    wanted: Annotated[WebhookEndpointChange, Body(openapi_examples=examples.CHANGES)],
    caller: WebhookManager,
    context: ContextHere,
) -> Response:
    """Change an endpoint; what is left out stays as it is.

    An endpoint is disabled by request, when it answers 410, and when for three days nothing has
    come through. What happens meanwhile is kept as dead letters: after enabling it again, replay
    them with `POST /v1/webhook-endpoints/{id}/replay`.

    Scope: `webhooks:manage`.
    """
    named = WebhookEndpointId(endpoint_id)
    return reply(await webhook_endpoints.change(context, caller, named, wanted))


@router.delete(
    "/{endpoint_id:uuid}",
    operation_id="delete_webhook_endpoint",
    summary="Delete a webhook endpoint and its log",
    status_code=204,
    responses=answers({204: {"description": "It is gone."}}, Problem.NOT_FOUND),
)
async def delete_webhook_endpoint(
    endpoint_id: EndpointId, caller: WebhookManager, context: ContextHere
) -> Response:
    """Delete an endpoint, with its secrets, its log and what has not been delivered.

    Scope: `webhooks:manage`.
    """
    await webhook_endpoints.delete(context, caller, WebhookEndpointId(endpoint_id))
    return Response(status_code=204)


@router.post(
    "/{endpoint_id:uuid}/rotation",
    operation_id="rotate_webhook_secret",
    summary="Give a webhook endpoint a new secret",
    response_model=IssuedWebhookEndpoint,
    responses=answers(
        {200: result("The endpoint, with its new secret.", examples.ISSUED, REPLAYED)},
        *WITH_BODY,
        *KEYED,
        Problem.NOT_FOUND,
    ),
)
async def rotate_webhook_secret(
    request: Request,
    endpoint_id: EndpointId,
    rotation: Annotated[SecretRotation, Body(openapi_examples=examples.ROTATIONS)],
    caller: WebhookManager,
    context: ContextHere,
    _key: KeyHeader,
) -> Response:
    """Give an endpoint a new secret; for `overlap_hours` the former one signs beside it.

    1. Rotate. Keep `secret`: it is shown this once.
    2. Give it to the receiver before the former one ends. Until then both verify.

    There are never more than two: rotated again meanwhile, the oldest ends at once.

    Scope: `webhooks:manage`.
    """
    key = idempotency_key(request.headers.getlist("idempotency-key"))
    named = WebhookEndpointId(endpoint_id)
    issued = await webhook_endpoints.rotate(context, caller, named, rotation, key)
    return Response(issued.body, issued.status, replay_mark(issued.is_replayed), "application/json")
