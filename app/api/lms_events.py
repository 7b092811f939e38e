"""What the learning platform tells."""

from typing import Annotated

from fastapi import APIRouter, Body
from starlette.requests import Request
from starlette.responses import Response

from app.api import effect_examples, tags
from app.api.answers import WITH_BODY, answers, result
from app.api.context import REQUIRE_KEY, ContextHere, LearningPlatform
from app.api.operation import MachineOperation
from app.api.preferences import KeyHeader, idempotency_key
from app.api.submissions import KEYED, REPLAYED, replay_mark
from app.services import lms_events
from schemas.lms_events import LmsEvent, LmsEventResult
from schemas.problem_vocabulary import Problem

router = APIRouter(
    prefix="/v1",
    route_class=MachineOperation,
    tags=[tags.PLATFORM],
    dependencies=[REQUIRE_KEY],
)


@router.post(
    "/lms-events",
    operation_id="tell_lms_event",
    summary="Tell that something or somebody is gone",
    status_code=202,
    response_model=LmsEventResult,
    responses=answers(
        {202: result("What comes of it.", effect_examples.EVENT_RESULT, REPLAYED)},
        *WITH_BODY,
        *KEYED,
        Problem.IDENTIFIER_UNKNOWN,
        Problem.RIGHT_NOT_AVAILABLE,
        Problem.NO_DATA_MAP,
        Problem.NOT_ENABLED,
        Problem.RIGHT_NOT_ENABLED,
        Problem.SOURCE_UNAVAILABLE,
    ),
)
async def tell_lms_event(
    request: Request,
    event: Annotated[LmsEvent, Body(openapi_examples=effect_examples.EVENTS)],
    caller: LearningPlatform,
    context: ContextHere,
    _key: KeyHeader,
) -> Response:
    """Tell what happened on the learning platform, so that what waits for it follows.

    * `container.deleted`: a course, project or thread is gone for good.
    * `person.deleted`: a person is gone for good. Both have the deferrals looked at again.
    * `person.trashed`: a person was moved to the trashcan: a restriction of the normal flow is
      opened.
    * `person.restored`: a person was taken out again: that restriction is lifted. One that has not
      begun yet is called off, and nothing is opened.

    Every event is recorded in the audit trail. Scope: `lms_events:write`.
    """
    key = idempotency_key(request.headers.getlist("idempotency-key"))
    answer = await lms_events.receive(context, caller, event, key)
    return Response(answer.body, answer.status, replay_mark(answer.is_replayed), "application/json")
