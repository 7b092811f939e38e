"""Finding the person."""

from typing import Annotated

from fastapi import APIRouter, Body
from starlette.responses import Response

from app.api import examples, tags
from app.api.answers import WITH_BODY, answers, result
from app.api.context import REQUIRE_KEY, ContextHere, SubjectReader
from app.api.operation import Operation
from app.api.replies import reply
from app.services import searches
from schemas.problem_vocabulary import Problem
from schemas.subjects import SubjectSearch, SubjectSearchResult

router = APIRouter(
    prefix="/v1", route_class=Operation, tags=[tags.FIND], dependencies=[REQUIRE_KEY]
)


@router.post(
    "/subject-searches",
    operation_id="search_subjects",
    summary="Find the person by an identifier",
    response_model=SubjectSearchResult,
    responses=answers(
        {200: result("Who may be meant: nobody, one person or several.", examples.SEARCH_RESULT)},
        *WITH_BODY,
        Problem.REASON_MISSING,
        Problem.IDENTIFIER_UNKNOWN,
        Problem.NO_DATA_MAP,
        Problem.NOT_ENABLED,
        Problem.SOURCE_UNAVAILABLE,
    ),
)
async def search_subjects(
    search: Annotated[
        SubjectSearch,
        Body(openapi_examples={"name": {"summary": "By name", "value": examples.SEARCH}}),
    ],
    caller: SubjectReader,
    context: ContextHere,
) -> Response:
    """Look for the person whom a case is about, within the controller of your API key.

    1. Choose an identifier that the controller's data map names, such as `email` or
       `student_number`, and send its whole value. It stands in the body, never in an address.
    2. **Compare what is shown with the case.** Two people may share a name.
    3. Keep the `confirmation` of the one who is meant: it says that you have looked, and is
       needed to exercise a right. It works for your API key only, as often as needed, until
       `expires_at`.

    The search is recorded in the audit trail. Scope: `subjects:read`.
    """
    return reply(await searches.search(context, caller, search))
