"""Publishing data maps for controllers."""

from typing import Annotated

from fastapi import APIRouter, Body, Query
from starlette.requests import Request
from starlette.responses import Response

from app.api import controller_examples as examples
from app.api import tags
from app.api.answers import WITH_BODY, answers, result
from app.api.context import REQUIRE_KEY, ContextHere, ControllerReader, Support
from app.api.controllers import MADE
from app.api.operation import Operation
from app.api.preferences import KeyHeader, idempotency_key
from app.api.replies import made, reply
from app.api.submissions import KEYED
from app.domain.ids import ControllerId
from app.services import data_map_versions
from schemas.data_map_versions import (
    DataMapVersion,
    DataMapVersionFilter,
    DataMapVersionList,
    NewDataMapVersion,
)
from schemas.problem_vocabulary import Problem

router = APIRouter(
    prefix="/v1/data-maps",
    route_class=Operation,
    tags=[tags.TAKE_ON],
    dependencies=[REQUIRE_KEY],
)


@router.post(
    "",
    operation_id="publish_data_map",
    summary="Publish a data map for a controller",
    status_code=201,
    response_model=DataMapVersion,
    responses=answers(
        {201: result("It is published, and not bound.", examples.DATA_MAP, MADE)},
        *WITH_BODY,
        *KEYED,
        Problem.REASON_MISSING,
        Problem.NOT_FOUND,
    ),
)
async def publish_data_map(
    request: Request,
    wanted: Annotated[
        NewDataMapVersion,
        Body(openapi_examples=examples.one("A first map", examples.NEW_DATA_MAP)),
    ],
    caller: Support,
    context: ContextHere,
    _key: KeyHeader,
) -> Response:
    """Publish a data map for a controller. It is checked, and refused where it has errors.

    A published map never changes and is named by its SHA-256; the same document is published once.
    Nothing runs under it until the controller is bound to it, for which it has to fit the learning
    platform's databases. Each source's `url` is one `${NAME}`, an environment variable that whoever runs Habeas
    sets to the whole address; only they can publish a map with addresses of its own, by command. The example tells of grades alone; the demo's whole map is `datamaps/campus.yaml`.

    Scope: `support`.
    """
    key = idempotency_key(request.headers.getlist("idempotency-key"))
    return made(await data_map_versions.publish(context, caller, wanted, key))


@router.get(
    "",
    operation_id="list_data_maps",
    summary="List a controller's published data maps",
    response_model=DataMapVersionList,
    responses=answers(
        {200: result("Its data maps, newest first.", examples.DATA_MAPS)},
        Problem.INVALID_PARAMETER,
        Problem.NOT_FOUND,
    ),
)
async def list_data_maps(
    wanted: Annotated[DataMapVersionFilter, Query()],
    caller: ControllerReader,
    context: ContextHere,
) -> Response:
    """Show which data maps were published for a controller, and which one it is bound to.

    A controller's own program sees its own. Scope: `controller:read` or `support`.
    """
    named = ControllerId(wanted.controller_id)
    return reply(await data_map_versions.list_newest(context, caller, named))
