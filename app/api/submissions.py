"""Exercising a right: for one person, or for several under one approval."""

from typing import Annotated

from fastapi import APIRouter, Body
from starlette.requests import Request
from starlette.responses import Response

from app.api import effect_examples, examples, tags
from app.api.answers import WITH_BODY, answers, result
from app.api.context import REQUIRE_KEY, ContextHere, RightRequester, credentials_of
from app.api.operation import Operation
from app.api.preferences import KeyHeader, PreferHeader, idempotency_key, wait_seconds
from app.api.refusals import told
from app.api.replies import reply
from app.services import batches, progress, submissions
from app.services.context import Context
from app.services.submissions import Acceptance
from schemas.problem_vocabulary import Problem
from schemas.subject_requests import SubjectRequest, SubjectRequestBatch
from schemas.submissions import (
    AnySubmission,
    ErasureSubmission,
    ExportSubmission,
    RestrictionSubmission,
)

router = APIRouter(prefix="/v1/subject-requests", route_class=Operation, dependencies=[REQUIRE_KEY])

LOCATION = {"Location": "Where the subject request can be read."}
REPLAYED = {
    "Idempotency-Replayed": "`true` where this is the answer to an earlier try with the same key.",
}
_ACCEPTED_HEADERS = (
    LOCATION
    | REPLAYED
    | {
        "Retry-After": "After how many seconds it is worth reading it again.",
        "Preference-Applied": "Which preferences were honoured.",
    }
)
KEYED = (
    Problem.IDEMPOTENCY_KEY_MISSING,
    Problem.INVALID_PARAMETER,
    Problem.IDEMPOTENCY_CONFLICT,
    Problem.IDEMPOTENCY_KEY_REUSED,
)
"""How what needs an idempotency key may be refused."""


@router.post(
    "",
    operation_id="submit_subject_request",
    summary="Export, restrict or erase a person's data",
    tags=[tags.EXERCISE],
    status_code=202,
    response_model=SubjectRequest | SubjectRequestBatch,
    responses=answers(
        {
            202: result(
                "Accepted: it will be carried out, whatever happens.",
                examples.ACCEPTED,
                _ACCEPTED_HEADERS,
            ),
            200: result(
                "Ended within the time that `Prefer: wait` gave.",
                examples.COMPLETED,
                LOCATION | {"Preference-Applied": "`wait=N`"},
            )
            | {"model": SubjectRequest},
        },
        *WITH_BODY,
        *KEYED,
        Problem.CONFIRMATION_MISSING,
        Problem.CONFIRMATION_INVALID,
        Problem.CONFIRMATION_EXPIRED,
        Problem.APPROVAL_MISSING,
        Problem.REASON_MISSING,
        Problem.GROUND_MISSING,
        Problem.PREVIEW_MISSING,
        Problem.PREVIEW_OUTDATED,
        Problem.ALREADY_RESTRICTED,
        Problem.ACTING_PERSON_MISSING,
        Problem.RIGHT_NOT_AVAILABLE,
        Problem.NO_DATA_MAP,
        Problem.NOT_ENABLED,
        Problem.RIGHT_NOT_ENABLED,
        Problem.SOURCE_UNAVAILABLE,
    ),
)
async def submit_subject_request(
    request: Request,
    submission: Annotated[AnySubmission, Body(openapi_examples=effect_examples.SUBMISSIONS)],
    caller: RightRequester,
    context: ContextHere,
    _key: KeyHeader,
    _preference: PreferHeader = None,
) -> Response:
    """Have a right carried out for a person: export, restrict or erase what the platform holds.

    You need three things, and are told which one is missing:

    1. the **confirmation** of the person, from the search;
    2. the controller's **approval**: who decided, when, under which reference;
    3. in it the **reason**, in words. It is kept as evidence.

    A **restriction** (Art. 18) also needs its `ground`. An **erasure** (Art. 17) also needs the
    `preview_digest` of the preview that was approved; if something else would happen by now, it
    is refused with 412 and says what differs. An erasure cannot be undone. Where the controller
    wants two persons for it, or more are submitted in a day than usual, it waits in
    `awaiting_approval` or `held` until a second person approves it.

    The answer is 202: from then on the request is not lost, whatever fails. Read it under
    `Location` until its state is `completed`; then `bundle_id` names the bundle, or `receipt_id`
    the receipt. With `Prefer: respond-async, wait=20` the answer is the completed request itself
    if it ends in time.

    **Several persons at once**: send `subjects`, up to 1,000 confirmations, in place of
    `confirmation`. The answer is 202 with one item for each, accepted or refused on its own.

    **Sent again** under the same `Idempotency-Key`, within 24 hours, it makes nothing new, and is
    answered as the first time. So it is once a person is erased, with `subject` and the reason
    empty.

    Scope: `access:request`, `restriction:request` or `erasure:request`, by the right.
    """
    key = idempotency_key(request.headers.getlist("idempotency-key"))
    wait = wait_seconds(request.headers.getlist("prefer"))
    if isinstance(submission, ExportSubmission | RestrictionSubmission | ErasureSubmission):
        accepted = await submissions.submit(context, caller, submission, key)
        return await _answered(context, request, accepted, wait)
    answer = await batches.submit(context, caller, submission, key, told(request))
    return Response(answer.body, answer.status, replay_mark(answer.is_replayed), "application/json")


def replay_mark(is_replayed: bool) -> dict[str, str]:  # noqa: FBT001 - the one thing it is about
    """Mark an answer that was given before."""
    return {"Idempotency-Replayed": "true"} if is_replayed else {}


async def _answered(
    context: Context, request: Request, answer: Acceptance, wait: int | None
) -> Response:
    headers = {"Location": f"/v1/subject-requests/{answer.subject_request_id}"}
    headers |= replay_mark(answer.is_replayed)
    if wait is not None:
        headers["Preference-Applied"] = f"respond-async, wait={wait}"
        presented = credentials_of(request)
        ended = await progress.wait(context, presented, answer.subject_request_id, wait)
        if ended is not None:
            return reply(ended, 200, headers)
    headers["Retry-After"] = "1"
    return Response(answer.body, answer.status, headers, "application/json")
