"""Making and withdrawing download links."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from app.api import examples, tags
from app.api.answers import answers, result
from app.api.bundles import Id
from app.api.context import REQUIRE_KEY, BundleReaderClient, ContextHere
from app.api.operation import Operation
from app.api.preferences import KeyHeader, idempotency_key
from app.api.replies import made
from app.api.submissions import KEYED, REPLAYED
from app.domain.ids import BundleId, DownloadLinkId
from app.services import download_links
from schemas.bundles import MadeDownloadLink
from schemas.problem_vocabulary import Problem

router = APIRouter(
    prefix="/v1/bundles/{bundle_id}/links",
    route_class=Operation,
    tags=[tags.HAND_OVER],
    dependencies=[REQUIRE_KEY],
)

_MADE = REPLAYED | {"Location": "Where it can be withdrawn."}


@router.post(
    "",
    operation_id="make_download_link",
    summary="Make a link for one download",
    status_code=201,
    response_model=MadeDownloadLink,
    responses=answers(
        {201: result("The link. It is told this once.", examples.DOWNLOAD_LINK, _MADE)},
        *KEYED,
        Problem.NOT_FOUND,
        Problem.BUNDLE_EXPIRED,
    ),
)
async def make_download_link(
    request: Request,
    bundle_id: Id,
    caller: BundleReaderClient,
    context: ContextHere,
    _key: KeyHeader,
) -> Response:
    """Make a link by which somebody without an API key can download the bundle, once.

    1. Make the link, put your address of Habeas before its `path`, and hand it to the person in a
       way that reaches nobody else.
    2. Opening it shows a page with a button, and uses nothing up: mail scanners may look.
    3. The button downloads the file. After that, and from `expires_at` on, the link leads nowhere.

    Making and using it are recorded in the audit trail.

    Scope: `bundles:read`.
    """
    key = idempotency_key(request.headers.getlist("idempotency-key"))
    return made(await download_links.make(context, caller, BundleId(bundle_id), key))


@router.delete(
    "/{link_id}",
    operation_id="withdraw_download_link",
    summary="Withdraw a download link",
    status_code=204,
    response_class=Response,
    responses=answers({204: {"description": "It leads nowhere."}}, Problem.NOT_FOUND),
)
async def withdraw_download_link(
    bundle_id: Id,
    link_id: Annotated[UUID, Path(description="The id of the download link.")],
    caller: BundleReaderClient,
    context: ContextHere,
) -> Response:
    """Have a download link lead nowhere from now on. What was downloaded before, is.

    Scope: `bundles:read`.
    """
    await download_links.withdraw(context, caller, BundleId(bundle_id), DownloadLinkId(link_id))
    return Response(None, 204)
