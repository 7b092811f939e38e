"""The audit trail: read, searched, verified, exported, and signed where it stands."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Body, Query
from starlette.responses import Response, StreamingResponse

from app.api import audit_examples, tags
from app.api.answers import WITH_BODY, answers, header_documents, result
from app.api.context import REQUIRE_KEY, AuditReader, ContextHere
from app.api.operation import Operation
from app.api.replies import reply
from app.services import audit, audit_exports, audit_verification, checkpoints
from app.services.audit_exports import Archive
from app.services.audit_verification import Trust
from schemas.audit import (
    AuditCheckpoint,
    AuditCheckpointFilter,
    AuditCheckpointPage,
    AuditExport,
    AuditFilter,
    AuditPage,
    AuditSearch,
    AuditVerification,
)
from schemas.problem_vocabulary import Problem
from schemas.wire import Wire

router = APIRouter(
    prefix="/v1",
    route_class=Operation,
    tags=[tags.AUDIT],
    dependencies=[REQUIRE_KEY],
)

_LINK = {"Link": '`<…>; rel="next"`, where there are more.'}


@router.get(
    "/audit-entries",
    operation_id="list_audit_entries",
    summary="Read the audit trail",
    response_model=AuditPage,
    responses=answers(
        {200: result("Some entries, newest first.", audit_examples.ENTRIES, _LINK)},
        Problem.INVALID_PARAMETER,
        Problem.INVALID_CURSOR,
    ),
)
async def list_audit_entries(
    wanted: Annotated[AuditFilter, Query()], caller: AuditReader, context: ContextHere
) -> Response:
    """See what was done, refused, downloaded and changed for your controller, and by which client.

    1. Narrow it down by subject request, subject, client, kind or time.
    2. To look for a **person**, search with `POST /v1/audit-searches`: no address names anybody.
       Of an erased person, take the `subject_digest` of the receipt.

    `texts` holds what may name persons: reasons, references, who acted. What was erased with the
    subject is null there; the entry itself stays.

    Scope: `audit:read`.
    """
    page = await audit.list_page(context, caller, wanted)
    return reply(page, 200, _next("/v1/audit-entries", wanted, page.next_cursor))


@router.post(
    "/audit-searches",
    operation_id="search_audit_entries",
    summary="Look for a person in the audit trail",
    response_model=AuditPage,
    responses=answers(
        {200: result("The newest entries.", audit_examples.ENTRIES, _LINK)},
        *WITH_BODY,
        Problem.CONFIRMATION_INVALID,
        Problem.CONFIRMATION_EXPIRED,
        Problem.REASON_MISSING,
        Problem.NO_DATA_MAP,
    ),
)
async def search_audit_entries(
    asked: Annotated[AuditSearch, Body(openapi_examples=audit_examples.SEARCHES)],
    caller: AuditReader,
    context: ContextHere,
) -> Response:
    """Find what was done about a subject, or by an acting person. Send one of them, or both.

    1. A **subject** is meant by the `confirmation` of `POST /v1/subject-searches`.
    2. An **acting person** by `acting_person`, exactly as the clients name them.
    3. Follow `Link`, or narrow it down with the digests of the answer in `GET /v1/audit-entries`.

    The search is recorded in the audit trail with its reason. Scope: `audit:read`.
    """
    found = await audit.search(context, caller, asked)
    headers = _next("/v1/audit-entries", found.wanted, found.page.next_cursor)
    return reply(found.page, 200, headers)


@router.get(
    "/audit/verification",
    operation_id="verify_audit_trail",
    summary="Verify the audit trail",
    response_model=AuditVerification,
    responses=answers({200: result("What was found.", audit_examples.VERIFICATION)}),
)
async def verify_audit_trail(caller: AuditReader, context: ContextHere) -> Response:
    """Follow the trail from its first entry to its last: every hash, checkpoint and text.

    Whoever owns the database could cut the trail at its end, and every checkpoint with it. Only a
    checkpoint that was kept elsewhere tells: keep those that are sent to you, and hold an exported
    trail against them with `python -m app audit verify`.

    Scope: `audit:read`.
    """
    trust = Trust(context.keyring)
    return reply(await audit_verification.verify(context.database, trust, caller.controller_id))


@router.get(
    "/audit/export",
    operation_id="export_audit_trail",
    summary="Download the audit trail",
    response_class=Response,
    responses=answers(
        {
            200: {
                "description": "The trail, oldest entry first.",
                "headers": header_documents({"Content-Disposition": "The name to save it under."}),
                "content": {
                    media_type: {
                        "schema": {"type": "string", "contentMediaType": media_type},
                        "example": example,
                    }
                    for media_type, example in audit_examples.EXPORTS.items()
                },
            }
        },
        Problem.INVALID_PARAMETER,
    ),
)
async def export_audit_trail(
    wanted: Annotated[AuditExport, Query()], caller: AuditReader, context: ContextHere
) -> Response:
    """Download the trail as JSON Lines, or as CSV (`format=csv`) for a spreadsheet.

    1. Without filters, `jsonl` holds all that it takes to verify it without Habeas: entries,
       commitments, checkpoints. With filters it is a selection, which cannot be verified as a whole.
    2. `texts=true` adds reasons and names. Nobody erases them from your file but you.
    3. The trail is signed first: its last checkpoint covers every line.

    The download is recorded in the audit trail, and is the last entry of a whole one.
    Scope: `audit:read`.
    """
    archive = Archive(context.database, context.keyring, caller.controller_id)
    export = await audit_exports.begin(archive, caller, wanted)
    headers = {"Content-Disposition": f'attachment; filename="{export.filename}"'}
    return StreamingResponse(export.chunks, 200, headers, export.media_type)


@router.post(
    "/audit/checkpoints",
    operation_id="make_audit_checkpoint",
    summary="Sign where the audit trail stands",
    response_model=AuditCheckpoint,
    responses=answers(
        {200: result("The checkpoint.", audit_examples.CHECKPOINT)},
        Problem.NOT_FOUND,
    ),
)
async def make_audit_checkpoint(caller: AuditReader, context: ContextHere) -> Response:
    """Have the newest entry signed now; each hour that is done without being asked for.

    Where the trail has not grown since, the answer is the same checkpoint again, so that this needs
    no idempotency key. A new one is also announced as the event `audit.checkpoint`, and the last
    entry that it covers tells who asked for it.

    Scope: `audit:read`.
    """
    return reply(await checkpoints.sign(context, caller))


@router.get(
    "/audit/checkpoints",
    operation_id="list_audit_checkpoints",
    summary="List the signed checkpoints of the audit trail",
    response_model=AuditCheckpointPage,
    responses=answers(
        {200: result("Some checkpoints, newest first.", audit_examples.CHECKPOINTS, _LINK)},
        Problem.INVALID_PARAMETER,
        Problem.INVALID_CURSOR,
    ),
)
async def list_audit_checkpoints(
    wanted: Annotated[AuditCheckpointFilter, Query()], caller: AuditReader, context: ContextHere
) -> Response:
    """Read the checkpoints: signed notes that say how far the trail reached, and by which hash.

    Keep one outside of Habeas, and nobody can cut or rewrite what it covers without being found.

    Scope: `audit:read`.
    """
    page = await checkpoints.list_page(context, caller, wanted)
    return reply(page, 200, _next("/v1/audit/checkpoints", wanted, page.next_cursor))


def _next(path: str, wanted: Wire, cursor: str | None) -> dict[str, str]:
    """Link to the next page, where there is one."""
    if cursor is None:
        return {}
    following = wanted.model_copy(update={"cursor": cursor})
    query = urlencode(following.model_dump(mode="json", exclude_none=True))
    return {"Link": f'<{path}?{query}>; rel="next"'}
