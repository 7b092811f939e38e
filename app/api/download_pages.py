"""Where a download link leads: a page with one button, and behind it the file, once.

Mail scanners and browsers that look ahead use `GET`; only the button's `POST` uses the link up.
"""

from html import escape
from itertools import chain

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from app.api.bundle_files import BundleFile, file_headers
from app.api.context import ContextHere
from app.api.pages import PRIVATE, page, paragraph
from app.api.rate_limits import count_failure
from app.bundles.values import moment_text
from app.services import bundles, download_links
from app.services.bundles import Part
from app.services.context import Context
from app.services.download_links import Offer

router = APIRouter(prefix="/d", include_in_schema=False)

_OFFER = "{whose} has made a file with the personal data ready that its learning platform holds about you."
_ONCE = (
    "It can be downloaded once with this link, until {until}. Do it on a device that others do "
    "not use."
)
_HOW = (
    "It is a zip archive. Unpack it, then open `index.html` in any browser: that page explains all the "
    "rest, and needs no network."
)
_UNEXPECTED = "If you did not expect a file, download nothing, and ask {whose}."
_NOWHERE = (
    "The file was downloaded already, or the link has expired or was withdrawn. Ask whoever sent you "
    "the link for a new one."
)


@router.get("/{token}")
async def show_offer(request: Request, token: str, context: ContextHere) -> Response:
    """Show what there is to download; uses nothing up."""
    offer = await download_links.find(context, token)
    if offer is None:
        return await _nowhere(request)
    until = moment_text(offer.link.expires_at)
    size = f"{offer.bundle.size_bytes / 2**20:,.1f} MiB"
    told = (
        _OFFER.format(whose=offer.controller_name),
        _ONCE.format(until=until),
        _HOW,
        _UNEXPECTED.format(whose=offer.controller_name),
    )
    return page(
        "Your personal data",
        f"{''.join(map(paragraph, told))}"
        f'<form method="post"><button>Download ({escape(size)})</button></form>',
        headers=PRIVATE,
    )


@router.post("/{token}")
async def redeem_offer(request: Request, token: str, context: ContextHere) -> Response:
    """Send the file, and use the link up."""
    offer = await download_links.find(context, token)
    if offer is None or (file := await _redeemed(context, offer)) is None:
        return await _nowhere(request)
    return file


async def _redeemed(context: Context, offer: Offer) -> Response | None:
    """Open the file, read its first bytes, and only then use the link up."""
    face = bundles.face(offer.bundle, Part.CONTENT)
    reader = await run_in_threadpool(bundles.open_sealed, context, offer.bundle)
    try:
        pieces = reader.read()
        first = await run_in_threadpool(next, pieces, b"")
        if not await download_links.redeem(context, offer):
            reader.close()
            return None
    except BaseException:
        reader.close()
        raise
    headers = file_headers(face, Part.CONTENT) | {"Content-Length": str(face.size_bytes)}
    return BundleFile(reader, chain((first,), pieces), 200, headers | {"Accept-Ranges": "none"})


async def _nowhere(request: Request) -> Response:
    await count_failure(request)
    return page("This link leads nowhere", paragraph(_NOWHERE), status=404, headers=PRIVATE)


router.add_api_route("/{token}", show_offer, methods=["HEAD"])
