"""Recipients of a person's data: who has to be told of a subject request, and what they answered."""

from typing import Annotated

from fastapi import APIRouter, Body
from starlette.responses import Response

from app.api import recipient_examples, tags
from app.api.answers import WITH_BODY, answers, result
from app.api.context import REQUIRE_KEY, ContextHere, Requester, RestrictionReader
from app.api.operation import Operation
from app.api.replies import reply
from app.api.subject_requests import RequestId
from app.domain.ids import SubjectRequestId
from app.services import recipients
from schemas.problem_vocabulary import Problem
from schemas.recipients import NewRecipientAnswer, RecipientList

router = APIRouter(
    prefix="/v1/subject-requests",
    route_class=Operation,
    tags=[tags.EVIDENCE],
    dependencies=[REQUIRE_KEY],
)


@router.get(
    "/{subject_request_id}/recipients",
    operation_id="list_recipients",
    summary="See who else has to be told, and who has answered",
    response_model=RecipientList,
    responses=answers(
        {200: result("Whom the data map names.", recipient_examples.RECIPIENTS)},
        Problem.NOT_FOUND,
    ),
)
async def list_recipients(
    subject_request_id: RequestId, caller: Requester, context: ContextHere
) -> Response:
    """List the recipients of a person's data, sub-processors among them, with what each answered.

    Each of them has to be told of an erasure and of a restriction (Art. 19), unless that is
    impossible or takes disproportionate effort. The list is that of the data map under which the
    subject request runs; of access and portability nobody has to be told, and it is empty.

    Scope: `access:request`, `restriction:request` or `erasure:request`.
    """
    requested = SubjectRequestId(subject_request_id)
    return reply(await recipients.list_all(context, caller, requested))


@router.post(
    "/{subject_request_id}/recipient-answer",
    operation_id="record_recipient_answer",
    summary="Record what a recipient answered",
    response_model=RecipientList,
    responses=answers(
        {200: result("All of them, with this answer.", recipient_examples.RECIPIENTS)},
        *WITH_BODY,
        Problem.REASON_MISSING,
        Problem.NOT_FOUND,
    ),
)
async def record_recipient_answer(
    subject_request_id: RequestId,
    answer: Annotated[
        NewRecipientAnswer, Body(openapi_examples={"done": {"value": recipient_examples.ANSWER}})
    ],
    caller: RestrictionReader,
    context: ContextHere,
) -> Response:
    """Record that a recipient or sub-processor has done the same, holds nothing, or refuses.

    1. Tell it, by whatever way you have agreed on. Habeas sends nobody anything of a person.
    2. Record its answer here. It stands in the audit trail, and `recipient.answered` tells of it.
       Another answer takes the place of an earlier one; the trail keeps both. The same answer once
       more changes and announces nothing.

    Scope: `restriction:request` or `erasure:request`, by its right.
    """
    requested = SubjectRequestId(subject_request_id)
    return reply(await recipients.answer(context, caller, requested, answer))
