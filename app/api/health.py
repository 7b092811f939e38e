"""Says whether this process lives, and whether it can do its work."""

from fastapi import APIRouter
from starlette.responses import Response

from app.api import tags
from app.api.context import ContextHere
from app.api.replies import reply
from app.services import readiness
from schemas.health import Liveness, Readiness

router = APIRouter(tags=[tags.SERVICE])


@router.get(
    "/livez",
    operation_id="check_liveness",
    summary="Does the process live?",
    response_model=Liveness,
)
async def check_liveness() -> Response:
    """Answer 200 as long as the process can answer at all. Nothing else is looked at."""
    return reply(Liveness())


@router.get(
    "/readyz",
    operation_id="check_readiness",
    summary="Can the process do its work?",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "It cannot; `database` says why."}},
)
async def check_readiness(context: ContextHere) -> Response:
    """Answer 200 if requests can be accepted.

    The doorbell (Redis) being away does not make the process unready: what is accepted is found
    by the workers' sweep, a little later. `doorbell` says so.
    """
    found = await readiness.look(context)
    return reply(found, 200 if found.is_ready else 503)
