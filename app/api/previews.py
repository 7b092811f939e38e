"""Looking at what a right would do before it is approved."""

from typing import Annotated

from fastapi import APIRouter, Body
from starlette.responses import Response

from app.api import effect_examples, tags
from app.api.answers import WITH_BODY, answers, results
from app.api.context import REQUIRE_KEY, ContextHere, RightRequester
from app.api.operation import Operation
from app.api.replies import reply
from app.services import previews
from schemas.previews import AnyPreview, PreviewQuestion
from schemas.problem_vocabulary import Problem

router = APIRouter(
    prefix="/v1", route_class=Operation, tags=[tags.EXERCISE], dependencies=[REQUIRE_KEY]
)


@router.post(
    "/previews",
    operation_id="make_preview",
    summary="See what a right would come to",
    response_model=AnyPreview,
    responses=answers(
        {200: results("What would happen, or be exported.", effect_examples.PREVIEWS)},
        *WITH_BODY,
        Problem.CONFIRMATION_MISSING,
        Problem.CONFIRMATION_INVALID,
        Problem.CONFIRMATION_EXPIRED,
        Problem.REASON_MISSING,
        Problem.RIGHT_NOT_AVAILABLE,
        Problem.NOT_FOUND,
        Problem.NOT_RESTRICTED,
        Problem.NO_DATA_MAP,
        Problem.NOT_ENABLED,
        Problem.RIGHT_NOT_ENABLED,
        Problem.SOURCE_UNAVAILABLE,
    ),
)
async def make_preview(
    asked: Annotated[PreviewQuestion, Body(openapi_examples=effect_examples.PREVIEW_QUESTIONS)],
    caller: RightRequester,
    context: ContextHere,
) -> Response:
    """Count what a right would come to for a person, by kind of record. Nothing is changed.

    For `access` and `portability` each line says how many records would be `exported`, as the
    bundle would count them now. Nothing is to be approved: submit the subject request as it is.

    For `restriction` and `erasure` each line says how many records would be `removed`,
    `anonymised`, `hidden`, `kept` (and `because` of what) or `deferred` (and `until` what). All is
    counted in one moment. The `digest` names what would happen by its kinds, not by how often: an active account stays
    erasable, while a new kind of record goes back to approval. Have the preview approved and send
    the digest as `preview_digest`, until `expires_at`.

    For several persons send `confirmations`, for the trashcan `restriction_ids` or
    `older_than_days`: one preview covers all of them.

    The look is recorded in the audit trail with its reason. Scope: `access:request`,
    `restriction:request` or `erasure:request`, by the right.
    """
    return reply(await previews.make(context, caller, asked))
