"""A second person's yes, and a controller's no."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Path
from starlette.requests import Request
from starlette.responses import Response

from app.api import approval_examples, tags
from app.api.answers import WITH_BODY, answers, result
from app.api.context import REQUIRE_KEY, ContextHere, ErasureApprover, RequestReader
from app.api.operation import Operation
from app.api.refusals import told
from app.api.replies import reply
from app.api.subject_requests import RequestId
from app.api.submissions import LOCATION
from app.domain.ids import SubjectRequestId
from app.services import refusals, second_approvals
from schemas.problem_vocabulary import Problem
from schemas.second_approvals import Refusal, RefusedRequest, SecondApproval
from schemas.subject_requests import SubjectRequest, SubjectRequestBatch

router = APIRouter(
    prefix="/v1",
    route_class=Operation,
    tags=[tags.DECIDE],
    dependencies=[REQUIRE_KEY],
)

BatchId = Annotated[UUID, Path(description="The `batch_id` of what was submitted together.")]
Approval = Annotated[
    SecondApproval,
    Body(openapi_examples={"approved": {"value": approval_examples.APPROVAL}}),
]
_PROBLEMS = (
    *WITH_BODY,
    Problem.REASON_MISSING,
    Problem.ACTING_PERSON_MISSING,
    Problem.INVALID_PARAMETER,
    Problem.NOT_FOUND,
    Problem.APPROVAL_NOT_AWAITED,
    Problem.NO_DATA_MAP,
    Problem.NOT_ENABLED,
    Problem.RIGHT_NOT_ENABLED,
    Problem.SOURCE_UNAVAILABLE,
)


@router.post(
    "/subject-requests/{subject_request_id}/approval",
    operation_id="approve_subject_request",
    summary="Approve an erasure as a second person",
    status_code=202,
    response_model=SubjectRequest,
    responses=answers(
        {202: result("The erasure begins.", approval_examples.APPROVED, LOCATION)},
        *_PROBLEMS,
        Problem.SECOND_PERSON_NEEDED,
        Problem.IDENTITY_IN_DOUBT,
        Problem.CONFIRMATION_INVALID,
        Problem.PREVIEW_OUTDATED,
    ),
)
async def approve_subject_request(
    subject_request_id: RequestId,
    approval: Approval,
    caller: ErasureApprover,
    context: ContextHere,
) -> Response:
    """Let an erasure begin that waits for a second person.

    An erasure waits in `awaiting_approval` where the controller wants two persons for each, and in
    `held` where more were submitted in a day than usual.

    1. Read the subject request, and make a preview of your own if you want to.
    2. Approve it, with the header `X-Acting-Person`. It must not be the person who submitted it;
       another API client of the same person does not count.

    What would happen is looked at again: if it is not what was previewed, this is refused with 412.
    Then cancel the request and submit it anew on a new preview.

    Scope: `erasure:approve`.
    """
    requested = SubjectRequestId(subject_request_id)
    shown = await second_approvals.approve(context, caller, requested, approval)
    return reply(shown, 202, {"Location": f"/v1/subject-requests/{requested}"})


@router.post(
    "/subject-request-batches/{batch_id}/approval",
    operation_id="approve_batch",
    summary="Approve all erasures that were submitted together",
    status_code=202,
    response_model=SubjectRequestBatch,
    responses=answers(
        {202: result("What became of each.", approval_examples.APPROVED_BATCH)}, *_PROBLEMS
    ),
)
async def approve_batch(
    request: Request,
    batch_id: BatchId,
    approval: Approval,
    caller: ErasureApprover,
    context: ContextHere,
) -> Response:
    """Let begin all that waits of a batch: of several persons, of the trashcan, of a ledger replay.

    Each is looked at again and answered on its own, as if it were approved alone. At most 1,000 are
    approved at a time; call this again for the rest.

    Scope: `erasure:approve`.
    """
    answer = await second_approvals.approve_batch(
        context, caller, batch_id, approval, told(request)
    )
    return reply(answer, 202)


@router.post(
    "/subject-requests/{subject_request_id}/refusal",
    operation_id="refuse_subject_request",
    summary="Refuse to act on a subject request",
    response_model=RefusedRequest,
    responses=answers(
        {200: result("It is refused; the person has to be told.", approval_examples.REFUSED)},
        *WITH_BODY,
        Problem.REASON_MISSING,
        Problem.NOT_FOUND,
        Problem.CANNOT_REFUSE,
    ),
)
async def refuse_subject_request(
    subject_request_id: RequestId,
    refusal: Annotated[
        Refusal, Body(openapi_examples={"by law": {"value": approval_examples.REFUSAL}})
    ],
    caller: RequestReader,
    context: ContextHere,
) -> Response:
    """Refuse a request of which nothing has run, and learn what the person has to be told.

    Say on which article the refusal rests, and why. The answer lists what is owed to the person
    (Art. 12(4)): the reasons, where to complain, and that a court can be asked. Habeas tells
    nobody; you do.

    Scope: `access:request`, `restriction:request` or `erasure:request`, by its right;
    `erasure:approve` for an erasure that waits for a second person.
    """
    requested = SubjectRequestId(subject_request_id)
    return reply(await refusals.refuse(context, caller, requested, refusal))
