"""Reading a bundle: what it holds, the page, the zip file, the XML."""

from hashlib import sha256
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Path
from starlette.requests import Request
from starlette.responses import Response

from app.api import examples, tags
from app.api.answers import UNCHANGED, HeldTag, answers, file_result, result
from app.api.bundle_files import FILE_HEADERS, send
from app.api.context import REQUIRE_KEY, BundleReaderClient, ContextHere
from app.api.operation import Operation
from app.api.ranges import has_it
from app.api.replies import fingerprint
from app.domain.ids import BundleId
from app.services import bundles
from app.services.bundles import Part
from schemas.bundles import Bundle
from schemas.problem_vocabulary import Problem

router = APIRouter(
    prefix="/v1/bundles",
    route_class=Operation,
    tags=[tags.HAND_OVER],
    dependencies=[REQUIRE_KEY],
)

Id = Annotated[UUID, Path(description="The id of the bundle.")]


@router.get(
    "/{bundle_id}",
    operation_id="get_bundle",
    summary="See what a bundle holds",
    response_model=Bundle,
    responses=answers(
        {
            200: result(
                "What the bundle holds and where it is.",
                examples.BUNDLE,
                {"ETag": "Names this state.", "Repr-Digest": "SHA-256 of the answer."},
            ),
            304: UNCHANGED,
        },
        Problem.NOT_FOUND,
        Problem.BUNDLE_EXPIRED,
    ),
)
async def get_bundle(
    request: Request,
    bundle_id: Id,
    caller: BundleReaderClient,
    context: ContextHere,
    _tag: HeldTag = None,
) -> Response:
    """Show how many records and files a bundle holds, its fingerprints, and until when it exists.

    Scope: `bundles:read`.
    """
    stored = await bundles.find(context, caller, BundleId(bundle_id))
    body = bundles.describe(stored).model_dump_json().encode()
    headers = fingerprint(sha256(body).digest())
    if has_it(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(None, 304, headers)
    return Response(body, 200, headers, "application/json")


@router.get(
    "/{bundle_id}/preview",
    operation_id="preview_bundle",
    summary="Look at a bundle",
    response_class=Response,
    responses=answers(
        {
            200: file_result("The page for the person.", "text/html", FILE_HEADERS),
            304: UNCHANGED,
        },
        Problem.NOT_FOUND,
        Problem.BUNDLE_EXPIRED,
    ),
)
async def preview_bundle(
    request: Request,
    bundle_id: Id,
    caller: BundleReaderClient,
    context: ContextHere,
    _tag: HeldTag = None,
) -> Response:
    """Show the page that the person will read: what is held and why, and the records.

    It holds no scripts and loads nothing. The look is recorded in the audit trail.
    Scope: `bundles:read`.
    """
    stored = await bundles.find(context, caller, BundleId(bundle_id))
    return await send(request, context, caller, stored, Part.PREVIEW)


@router.get(
    "/{bundle_id}/content",
    operation_id="download_bundle",
    summary="Download a bundle",
    response_class=Response,
    responses=answers(
        {
            200: file_result("The whole bundle.", "application/zip", FILE_HEADERS),
            206: file_result(
                "The range that was asked for.",
                "application/zip",
                FILE_HEADERS | {"Content-Range": "Which bytes, of how many."},
            ),
            304: UNCHANGED,
        },
        Problem.NOT_FOUND,
        Problem.BUNDLE_EXPIRED,
        Problem.RANGE_NOT_SATISFIABLE,
    ),
)
async def download_bundle(
    request: Request,
    bundle_id: Id,
    caller: BundleReaderClient,
    context: ContextHere,
    _tag: HeldTag = None,
    _range: Annotated[
        str | None,
        Header(alias="Range", description="One range, such as `bytes=1048576-` or `bytes=-500`."),
    ] = None,
    _if_range: Annotated[
        str | None,
        Header(alias="If-Range", description="The `ETag` of what an earlier try began with."),
    ] = None,
) -> Response:
    """Download the zip file: `data.xml`, `index.html`, the person's files, `manifest.json`.

    A download that broke off is continued with `Range` and `If-Range`. `Repr-Digest` names the
    SHA-256 of the whole file. Every download is recorded in the audit trail before its first byte.

    Scope: `bundles:read`.
    """
    stored = await bundles.find(context, caller, BundleId(bundle_id))
    return await send(request, context, caller, stored, Part.CONTENT)


@router.get(
    "/{bundle_id}/data.xml",
    operation_id="download_bundle_xml",
    summary="Download the records as XML",
    response_class=Response,
    responses=answers(
        {
            200: file_result("The records.", "application/xml", FILE_HEADERS),
            304: UNCHANGED,
        },
        Problem.NOT_FOUND,
        Problem.BUNDLE_EXPIRED,
    ),
)
async def download_bundle_xml(
    request: Request,
    bundle_id: Id,
    caller: BundleReaderClient,
    context: ContextHere,
    _tag: HeldTag = None,
) -> Response:
    """Download `data.xml` alone: every record, in the format of the published `bundle.xsd`.

    Scope: `bundles:read`.
    """
    stored = await bundles.find(context, caller, BundleId(bundle_id))
    return await send(request, context, caller, stored, Part.DATA)


for _path, _endpoint in (
    ("/{bundle_id}", get_bundle),
    ("/{bundle_id}/preview", preview_bundle),
    ("/{bundle_id}/content", download_bundle),
    ("/{bundle_id}/data.xml", download_bundle_xml),
):
    router.add_api_route(_path, _endpoint, methods=["HEAD"], include_in_schema=False)
