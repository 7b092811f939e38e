"""Download links: for whoever gets the bundle without being a client of the API.

A link is good for one download, for a short time. Opening it uses nothing up, since mail scanners
and browsers open links that nobody has clicked; redeeming it does.
"""

import secrets
from dataclasses import dataclass
from hashlib import sha256

from app.domain.errors import Refused
from app.domain.ids import BundleId, DownloadLinkId, new_id
from app.services import bundles, idempotency, trail
from app.services.authentication import Caller
from app.services.bundles import Part
from app.services.context import Context
from app.services.published_maps import require_controller
from app.services.support import Made
from app.store import bundles as stored_bundles
from app.store import download_links
from app.store.bundles import Bundle
from app.store.download_links import DownloadLink, NewDownloadLink
from app.store.idempotency import StoredAnswer, remember
from app.store.transaction import single_reads, transaction
from schemas.audit_vocabulary import AuditAction
from schemas.bundles import MadeDownloadLink
from schemas.problem_vocabulary import Problem
from schemas.wire import Wire

_TOKEN_BYTES = 32
_CREATED = 201


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


async def make(context: Context, caller: Caller, bundle_id: BundleId, key: str) -> Made:
    """Make a link to a bundle. Its token is in this answer, and in no repetition of it.

    Args:
        context: What the use cases work with.
        caller: Who makes it.
        bundle_id: One of the caller's controller.
        key: The caller's name for it: the same one makes one link.

    Raises:
        Refused: The caller's controller has no such bundle, it has expired, or the key is in use or
            belongs to something else.
    """
    await bundles.find(context, caller, bundle_id)
    named = idempotency.name(context.keyring, caller, key, Wire(), f"link {bundle_id} ")
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    link = NewDownloadLink(DownloadLinkId(new_id()), bundle_id, caller.client_id, _digest(token))
    location = f"/v1/bundles/{bundle_id}/links/{link.id}"
    async with transaction(context.database, caller.controller_id) as connection:
        known = await idempotency.claim(connection, named)
        if known is not None:
            return Made(known.body, known.headers["location"], is_replayed=True)
        expires_at = await download_links.insert(connection, link, context.time_limits.link)
        untold = MadeDownloadLink(id=link.id, expires_at=expires_at)
        body = untold.model_dump_json()
        await remember(connection, named, StoredAnswer(_CREATED, {"location": location}, body))
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.LINK_MADE,
            details={"bundle": str(bundle_id), "link": str(link.id)},
        )
    told = untold.model_copy(update={"path": f"/d/{token}"})
    return Made(told.model_dump_json(), location, is_replayed=False)


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
