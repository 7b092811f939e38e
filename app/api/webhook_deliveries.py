"""What was sent to webhook endpoints: the log, tests, sending again."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query
from starlette.responses import Response

from app.api import tags
from app.api import webhook_examples as examples
from app.api.answers import WITH_BODY, answers, result
from app.api.context import REQUIRE_KEY, ContextHere, WebhookManager
from app.api.operation import Operation
from app.api.replies import reply
from app.api.webhook_endpoints import EndpointId
from app.domain.ids import WebhookDeliveryId, WebhookEndpointId
from app.services import webhook_deliveries
from schemas.problem_vocabulary import Problem
from schemas.webhooks import (
    Replay,
    Replayed,
    WebhookDelivery,
    WebhookDeliveryFilter,
    WebhookDeliveryPage,
)

router = APIRouter(
    prefix="/v1",
    route_class=Operation,
    tags=[tags.WEBHOOKS],
    dependencies=[REQUIRE_KEY],
)

DeliveryId = Annotated[UUID, Path(description="The id of the delivery: its `webhook-id`.")]


@router.post(
    "/webhook-endpoints/{endpoint_id:uuid}/test",
    operation_id="test_webhook_endpoint",
    summary="Send a test to a webhook endpoint",
    status_code=202,
    response_model=WebhookDelivery,
    responses=answers(
        {202: result("The delivery. Read it to see how it went.", examples.TEST)},
        Problem.NOT_FOUND,
        Problem.WEBHOOK_ENDPOINT_DISABLED,
    ),
)
async def test_webhook_endpoint(
    endpoint_id: EndpointId, caller: WebhookManager, context: ContextHere
) -> Response:
    """Send the event `webhook_endpoint.test`, signed like any other, to this endpoint only.

    1. Send the test.
    2. Read the delivery with `GET /v1/webhook-deliveries/{id}`: `delivered`, or why not.

    Scope: `webhooks:manage`.
    """
    sent = await webhook_deliveries.test(context, caller, WebhookEndpointId(endpoint_id))
    return reply(sent, 202)


@router.post(
    "/webhook-endpoints/{endpoint_id:uuid}/replay",
    operation_id="replay_webhook_dead_letters",
    summary="Send the dead letters of a webhook endpoint again",
    status_code=202,
    response_model=Replayed,
    responses=answers(
        {202: result("How many are sent again.", examples.REPLAYED)},
        *WITH_BODY,
        Problem.NOT_FOUND,
        Problem.WEBHOOK_ENDPOINT_DISABLED,
    ),
)
async def replay_webhook_dead_letters(
    endpoint_id: EndpointId,
    wanted: Annotated[Replay, Body(openapi_examples=examples.REPLAYS)],
    caller: WebhookManager,
    context: ContextHere,
) -> Response:
    """Send again what an endpoint missed, from a moment on, each event under its own `webhook-id`.

    Dead letters are events whose last attempt failed, and those that happened while the endpoint
    was disabled. They are kept for 30 days, unless the operator says otherwise.

    Scope: `webhooks:manage`.
    """
    named = WebhookEndpointId(endpoint_id)
    return reply(await webhook_deliveries.replay(context, caller, named, wanted), 202)


@router.get(
    "/webhook-deliveries",
    operation_id="list_webhook_deliveries",
    summary="See what was sent, and what was not",
    response_model=WebhookDeliveryPage,
    responses=answers(
        {
            200: result(
                "Some deliveries, newest first.",
                examples.DELIVERIES,
                {"Link": '`<…>; rel="next"`, where there are more.'},
            )
        },
        Problem.INVALID_PARAMETER,
        Problem.INVALID_CURSOR,
    ),
)
async def list_webhook_deliveries(
    wanted: Annotated[WebhookDeliveryFilter, Query()], caller: WebhookManager, context: ContextHere
) -> Response:
    """Show what was sent to webhook endpoints, newest first, with the last attempt of each.

    Filter by `state=dead_letter` to see what was given up, by `subject_request_id` to see who was
    told of a subject request.

    Scope: `webhooks:manage`.
    """
    page = await webhook_deliveries.list_page(context, caller, wanted)
    headers = {}
    if page.next_cursor is not None:
        following = wanted.model_copy(update={"cursor": page.next_cursor})
        query = urlencode(following.model_dump(mode="json", exclude_none=True))
        headers["Link"] = f'</v1/webhook-deliveries?{query}>; rel="next"'
    return reply(page, 200, headers)


@router.get(
    "/webhook-deliveries/{delivery_id:uuid}",
    operation_id="get_webhook_delivery",
    summary="See how a delivery went",
    response_model=WebhookDelivery,
    responses=answers({200: result("The delivery.", examples.DELIVERY)}, Problem.NOT_FOUND),
)
async def get_webhook_delivery(
    delivery_id: DeliveryId, caller: WebhookManager, context: ContextHere
) -> Response:
    """Show a delivery: how often it was tried, what the last attempt met, when the next one is.

    * `status`: the receiver answered `last_status`, which is not 2xx. Redirections are not followed.
    * `timeout`, `unreachable`, `not_understood`: it did not answer, or nothing that can be read.
    * `address_refused`: the name leads to an address that is not public.
    * `endpoint_disabled`: no attempt was made.

    Scope: `webhooks:manage`.
    """
    return reply(await webhook_deliveries.read(context, caller, WebhookDeliveryId(delivery_id)))


@router.post(
    "/webhook-deliveries/{delivery_id:uuid}/redelivery",
    operation_id="redeliver_webhook",
    summary="Send one event again",
    status_code=202,
    response_model=WebhookDelivery,
    responses=answers(
        {202: result("It is on its way again.", examples.DELIVERY)},
        Problem.NOT_FOUND,
        Problem.DELIVERY_PENDING,
        Problem.WEBHOOK_ENDPOINT_DISABLED,
    ),
)
async def redeliver_webhook(
    delivery_id: DeliveryId, caller: WebhookManager, context: ContextHere
) -> Response:
    """Send an event again that was delivered or is a dead letter, under the same `webhook-id`.

    Later events of the same subject request wait until it has ended.

    Scope: `webhooks:manage`.
    """
    named = WebhookDeliveryId(delivery_id)
    return reply(await webhook_deliveries.send_again(context, caller, named), 202)
