"""Looking after controllers: create, list, bind, enable, settings."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from app.api import controller_examples as examples
from app.api import tags
from app.api.answers import WITH_BODY, answers, result
from app.api.context import REQUIRE_KEY, ContextHere, ControllerReader, Support
from app.api.operation import Operation
from app.api.preferences import KeyHeader, idempotency_key
from app.api.replies import made, reply
from app.api.submissions import KEYED, REPLAYED
from app.domain.ids import ControllerId
from app.services import controller_settings, supported_controllers
from schemas.controllers import (
    Controller,
    ControllerChange,
    ControllerFilter,
    ControllerPage,
    ControllerSettings,
    EnablementChange,
    NewController,
)
from schemas.problem_vocabulary import Problem

router = APIRouter(
    prefix="/v1/controllers",
    route_class=Operation,
    tags=[tags.TAKE_ON],
    dependencies=[REQUIRE_KEY],
)

MADE = REPLAYED | {"Location": "Where it can be read."}
Id = Annotated[UUID, Path(description="The id of the controller.")]


@router.post(
    "",
    operation_id="create_controller",
    summary="Create a controller",
    status_code=201,
    response_model=Controller,
    responses=answers(
        {201: result("It is created, and not enabled.", examples.CREATED, MADE)},
        *WITH_BODY,
        *KEYED,
    ),
)
async def create_controller(
    request: Request,
    wanted: Annotated[
        NewController,
        Body(openapi_examples=examples.one("A school", examples.NEW_CONTROLLER)),
    ],
    caller: Support,
    context: ContextHere,
    _key: KeyHeader,
) -> Response:
    """Take an institution on. It gets its own audit trail; rights are carried out once it is enabled.

    1. Create the controller.
    2. Publish a data map for it, and bind it.
    3. Replace its settings.
    4. Issue API keys for its programs.
    5. Enable it, once it is agreed who may use the tool and what for.

    Scope: `support`.
    """
    key = idempotency_key(request.headers.getlist("idempotency-key"))
    return made(await supported_controllers.create(context, caller, wanted, key))


@router.get(
    "",
    operation_id="list_controllers",
    summary="List the controllers",
    response_model=ControllerPage,
    responses=answers(
        {
            200: result(
                "Some controllers, oldest first.",
                examples.CONTROLLERS,
                {"Link": '`<…>; rel="next"`, where there are more.'},
            )
        },
        Problem.INVALID_PARAMETER,
        Problem.INVALID_CURSOR,
    ),
)
async def list_controllers(
    wanted: Annotated[ControllerFilter, Query()], _caller: Support, context: ContextHere
) -> Response:
    """Show for whom Habeas works, oldest first, a page at a time, and who of them is enabled.

    Scope: `support`.
    """
    page = await supported_controllers.list_page(context, wanted)
    headers = {}
    if page.next_cursor is not None:
        following = wanted.model_copy(update={"cursor": page.next_cursor})
        query = urlencode(following.model_dump(mode="json", exclude_none=True))
        headers["Link"] = f'</v1/controllers?{query}>; rel="next"'
    return reply(page, 200, headers)


@router.get(
    "/{controller_id}",
    operation_id="get_controller",
    summary="See a controller, and whether it is enabled",
    response_model=Controller,
    responses=answers({200: result("The controller.", examples.CONTROLLER)}, Problem.NOT_FOUND),
)
async def get_controller(
    controller_id: Id, caller: ControllerReader, context: ContextHere
) -> Response:
    """Show a controller: its data map, and whether the tool is enabled for it, until when.

    A controller's own program sees its own. Scope: `controller:read` or `support`.
    """
    return reply(await supported_controllers.read(context, caller, ControllerId(controller_id)))


@router.put(
    "/{controller_id}",
    operation_id="replace_controller",
    summary="Bind a controller to its data map and its key in the LMS",
    response_model=Controller,
    responses=answers(
        {200: result("The controller as it is now.", examples.CONTROLLER)},
        *WITH_BODY,
        Problem.NOT_FOUND,
        Problem.SOURCE_UNAVAILABLE,
    ),
)
async def replace_controller(
    controller_id: Id,
    wanted: Annotated[
        ControllerChange,
        Body(
            openapi_examples={
                "bound": {"summary": "Bind a data map", "value": examples.CHANGE},
                "unbound": {"summary": "Without a data map", "value": examples.UNBOUND_CHANGE},
            }
        ),
    ],
    caller: Support,
    context: ContextHere,
) -> Response:
    """Replace a controller's name, key in the LMS and data map; what is left out is taken away.

    The data map is one that was published for this controller, and its settings have to fit it. One
    that is new for it is checked against the learning platform's databases as they are now, and
    refused where it does not fit: `errors` names each line, and what to do.
    Subject requests that were accepted go on under the map that they were accepted under.

    Scope: `support`.
    """
    named = ControllerId(controller_id)
    await supported_controllers.change(context, caller, named, wanted)
    return reply(await supported_controllers.read(context, caller, named))


@router.put(
    "/{controller_id}/enablement",
    operation_id="replace_enablement",
    summary="Enable or disable the tool for a controller",
    response_model=Controller,
    responses=answers(
        {200: result("The controller as it is now.", examples.CONTROLLER)},
        *WITH_BODY,
        Problem.REASON_MISSING,
        Problem.NOT_FOUND,
    ),
)
async def replace_enablement(
    controller_id: Id,
    wanted: Annotated[
        EnablementChange,
        Body(
            openapi_examples={
                "enable": {"summary": "Enable until further notice", "value": examples.ENABLE},
                "disable": {"summary": "Disable", "value": examples.DISABLE},
            }
        ),
    ],
    caller: Support,
    context: ContextHere,
) -> Response:
    """Enable the tool for a controller, with a reason, a reference and, if wanted, an end.

    While it is not enabled, searches, previews and every right are refused. What was accepted
    before goes on; what was made can still be read. Both is recorded in the controller's trail.

    Scope: `support`.
    """
    named = ControllerId(controller_id)
    await supported_controllers.enable(context, caller, named, wanted)
    return reply(await supported_controllers.read(context, caller, named))


@router.get(
    "/{controller_id}/settings",
    operation_id="get_controller_settings",
    summary="See what a controller sets on top of the data map",
    response_model=ControllerSettings,
    responses=answers({200: result("Its settings.", examples.SETTINGS)}, Problem.NOT_FOUND),
)
async def get_controller_settings(
    controller_id: Id, caller: ControllerReader, context: ContextHere
) -> Response:
    """Show a controller's settings: its rights, exclusions, retention, exceptions and safeguards.

    A controller's own program sees its own. Scope: `controller:read` or `support`.
    """
    return reply(await controller_settings.read(context, caller, ControllerId(controller_id)))


@router.put(
    "/{controller_id}/settings",
    operation_id="replace_controller_settings",
    summary="Replace what a controller sets on top of the data map",
    response_model=ControllerSettings,
    responses=answers(
        {200: result("Its settings as they are now.", examples.SETTINGS)},
        *WITH_BODY,
        Problem.NOT_FOUND,
    ),
)
async def replace_controller_settings(
    controller_id: Id,
    settings: Annotated[
        ControllerSettings,
        Body(openapi_examples=examples.one("A school's", examples.SETTINGS)),
    ],
    caller: Support,
    context: ContextHere,
) -> Response:
    """Replace all settings of a controller; what is left out goes back to what it is without one.

    Record types, fields and purposes are those of the bound data map. Previews that were approved
    before no longer fit, since something else may happen now.

    Scope: `support`.
    """
    named = ControllerId(controller_id)
    return reply(await controller_settings.replace(context, caller, named, settings))
