"""Why records of erased persons are still there."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.api import effect_examples, tags
from app.api.answers import answers, result
from app.api.context import REQUIRE_KEY, ContextHere, DeferralReader
from app.api.operation import Operation
from app.api.replies import reply
from app.services import deferrals
from schemas.deferrals import DeferralFilter, DeferralPage
from schemas.problem_vocabulary import Problem

router = APIRouter(
    prefix="/v1",
    route_class=Operation,
    tags=[tags.EVIDENCE],
    dependencies=[REQUIRE_KEY],
)


@router.get(
    "/deferrals",
    operation_id="list_deferrals",
    summary="See what is kept after erasures, and until when",
    response_model=DeferralPage,
    responses=answers(
        {
            200: result(
                "Some deferrals, newest first.",
                effect_examples.DEFERRALS,
                {"Link": '`<…>; rel="next"`, where there are more.'},
            )
        },
        Problem.INVALID_PARAMETER,
        Problem.INVALID_CURSOR,
    ),
)
async def list_deferrals(
    wanted: Annotated[DeferralFilter, Query()], caller: DeferralReader, context: ContextHere
) -> Response:
    """Answer "why is this still here?": what an erasure kept, until what, and what follows then.

    `container` tells which course, thread or the like it is about; where that would name a person
    it is empty. They are looked at again after every erasure, every quarter of an hour, and when
    the learning platform tells one of the events in `released_by`.

    Scope: `deferrals:read`.
    """
    page = await deferrals.list_page(context, caller, wanted)
    headers = {}
    if page.next_cursor is not None:
        following = wanted.model_copy(update={"cursor": page.next_cursor})
        query = urlencode(following.model_dump(mode="json", exclude_none=True))
        headers["Link"] = f'</v1/deferrals?{query}>; rel="next"'
    return reply(page, 200, headers)
