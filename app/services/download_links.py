"""Download links: for whoever gets the bundle without being a client of the API.

A link is good for one download, for a short time. Opening it uses nothing up, since mail scanners
and browsers open links that nobody has clicked; redeeming it does.
"""

import secrets
from dataclasses import dataclass
from hashlib import sha256

from app.domain.errors import Refused
from app.domain.ids import BundleId, DownloadLinkId, new_id
from app.services import bundles, trail
from app.services.authentication import Caller
from app.services.bundles import Part
from app.services.context import Context
from app.services.published_maps import require_controller
from app.store import bundles as stored_bundles
from app.store import download_links
from app.store.bundles import Bundle
from app.store.download_links import DownloadLink, NewDownloadLink
from app.store.transaction import single_reads, transaction
from schemas.audit_vocabulary import AuditAction
from schemas.bundles import MadeDownloadLink
from schemas.problem_vocabulary import Problem

_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Offer:
    """What a link leads to.

    Attributes:
        link: The link.
        bundle: The bundle, which can be read.
        controller_name: Who had it made, as its data subjects know it.
    """

    link: DownloadLink
    bundle: Bundle
    controller_name: str


async def make(context: Context, caller: Caller, bundle_id: BundleId) -> MadeDownloadLink:
    """Make a link to a bundle. Its token is told this once.

    Raises:
        Refused: The caller's controller has no such bundle, or it has expired.
    """
    await bundles.find(context, caller, bundle_id)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    link = NewDownloadLink(DownloadLinkId(new_id()), bundle_id, caller.client_id, _digest(token))
    async with transaction(context.database, caller.controller_id) as connection:
        expires_at = await download_links.insert(connection, link, context.time_limits.link)
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.LINK_MADE,
            details={"bundle": str(bundle_id), "link": str(link.id)},
        )
    return MadeDownloadLink(id=link.id, path=f"/d/{token}", expires_at=expires_at)


async def withdraw(
    context: Context, caller: Caller, bundle_id: BundleId, link_id: DownloadLinkId
) -> None:
    """Have a link lead nowhere from now on.

    Raises:
        Refused: The caller's controller has no such link.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        if not await download_links.delete(connection, bundle_id, link_id):
            raise Refused(Problem.NOT_FOUND, "There is no such download link.")
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.LINK_WITHDRAWN,
            details={"bundle": str(bundle_id), "link": str(link_id)},
        )


async def find(context: Context, token: str) -> Offer | None:
    """Say what a token leads to, and use nothing up; None where it leads nowhere (any more)."""
    async with single_reads(context.database) as connection:
        link = await download_links.find(connection, _digest(token))
    if link is None:
        return None
    async with transaction(context.database, link.controller_id) as connection:
        bundle = await stored_bundles.get(connection, link.bundle_id)
        controller = await require_controller(connection, link.controller_id)
    name = controller.settings.legal_name or controller.name
    return None if bundle is None else Offer(link, bundle, name)


async def redeem(context: Context, offer: Offer) -> bool:
    """Use a link up for one download, and record it; false where somebody did meanwhile.

    Call it when the first bytes are at hand: what cannot be read uses nothing up.
    """
    link = offer.link
    async with transaction(context.database, link.controller_id) as connection:
        if not await download_links.redeem(connection, link.id):
            return False
        reader = Caller(link.controller_id, link.client_id, frozenset())
        await bundles.tell_of_download(
            context, connection, reader, offer.bundle, {"part": Part.CONTENT, "link": str(link.id)}
        )
    return True


def _digest(token: str) -> bytes:
    """Give what is stored in a token's place; it has 256 random bits, so that a slow hash protects nothing."""
    return sha256(token.encode()).digest()
