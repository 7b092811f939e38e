"""Download links: found by the digest of their token, used once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import BundleId, ClientId, ControllerId, DownloadLinkId


@dataclass(frozen=True, slots=True)
class NewDownloadLink:
    """A way to one download of a bundle.

    Attributes:
        id: Its id.
        bundle_id: The bundle.
        client_id: Who made it.
        token_digest: The SHA-256 of its token, which is stored nowhere.
    """

    id: DownloadLinkId
    bundle_id: BundleId
    client_id: ClientId
    token_digest: bytes


@dataclass(frozen=True, slots=True)
class DownloadLink:
    """A link that can still be used.

    Attributes:
        controller_id: Whose bundle it leads to.
        id: Its id.
        bundle_id: The bundle.
        client_id: Who made it.
        expires_at: Aware UTC moment from which it leads nowhere.
    """

    controller_id: ControllerId
    id: DownloadLinkId
    bundle_id: BundleId
    client_id: ClientId
    expires_at: datetime


# What has expired goes with the next one that is made; it leads nowhere from its expiry on.
_INSERT = text("""
    WITH expired AS (
        DELETE FROM download_link WHERE expires_at <= clock_timestamp()
    )
    INSERT INTO download_link (controller_id, id, bundle_id, client_id, token_digest, expires_at)
    SELECT controller_id, :id, id, :client_id, :token_digest,
        least(expires_at, clock_timestamp() + CAST(:lifetime AS interval))
    FROM bundle WHERE id = :bundle_id
    RETURNING expires_at
""")
# A link is worth no more than the client that made it, and ends with it.
_OF_A_CLIENT = """EXISTS (
        SELECT FROM api_client AS client
        WHERE client.controller_id = download_link.controller_id
          AND client.id = download_link.client_id
          AND client.revoked_at IS NULL AND client.expires_at > clock_timestamp())"""
_IS_GOOD = f"redeemed_at IS NULL AND expires_at > clock_timestamp() AND {_OF_A_CLIENT}"
_FIND = text(f"""
    SELECT controller_id, id, bundle_id, client_id, expires_at
    FROM download_link
    WHERE token_digest = :token_digest AND {_IS_GOOD}
""")  # noqa: S608 - constants
_REDEEM = text(f"""
    UPDATE download_link SET redeemed_at = clock_timestamp()
    WHERE id = :id AND {_IS_GOOD} AND NOT EXISTS (
        SELECT FROM support_grant AS g
        WHERE g.controller_id = download_link.controller_id AND g.id = download_link.client_id
          AND (g.ended_at IS NOT NULL OR g.ends_at <= clock_timestamp()))
""")  # noqa: S608 - constants
_DELETE = text("DELETE FROM download_link WHERE id = :id AND bundle_id = :bundle_id")


async def insert(
    connection: AsyncConnection, link: NewDownloadLink, lifetime: timedelta
) -> datetime:
    """Store a link.

    Args:
        connection: Bound to the controller.
        link: To a bundle of that controller.
        lifetime: How long it may be used; never longer than the bundle can be read.

    Returns:
        Aware UTC moment from which it leads nowhere.
    """
    parameters = {
        "id": link.id,
        "bundle_id": link.bundle_id,
        "client_id": link.client_id,
        "token_digest": link.token_digest,
        "lifetime": lifetime,
    }
    expires_at: datetime = (await connection.execute(_INSERT, parameters)).scalar_one()
    return expires_at


async def find(connection: AsyncConnection, token_digest: bytes) -> DownloadLink | None:
    """Find a link that can still be used.

    Args:
        connection: Not bound to a controller (``single_reads`` will do).
        token_digest: The SHA-256 of the token that was presented.
    """
    row = (await connection.execute(_FIND, {"token_digest": token_digest})).one_or_none()
    return None if row is None else DownloadLink(**row._mapping)  # noqa: SLF001 - its public name


async def redeem(connection: AsyncConnection, link_id: DownloadLinkId) -> bool:
    """Use a link up; false where somebody did before, or it expired or was withdrawn."""
    return (await connection.execute(_REDEEM, {"id": link_id})).rowcount == 1


async def delete(connection: AsyncConnection, bundle_id: BundleId, link_id: DownloadLinkId) -> bool:
    """Delete a link; false where the controller's bundle has none of that id."""
    deleted = await connection.execute(_DELETE, {"id": link_id, "bundle_id": bundle_id})
    return deleted.rowcount == 1
