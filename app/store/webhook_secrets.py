"""The secrets that webhooks are signed with, wrapped."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId, WebhookEndpointId, new_id
from app.keyring import WrappedKey


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """A secret of an endpoint.

    Attributes:
        wrapped_key: 64 bytes, wrapped: of HMAC, then of Ed25519.
        created_at: Aware UTC moment.
        expires_at: Aware UTC moment; None for the current one.
    """

    wrapped_key: WrappedKey
    created_at: datetime
    expires_at: datetime | None


_INSERT = text("""
    INSERT INTO webhook_secret (controller_id, id, endpoint_id, key_id, wrapped_key)
    VALUES (:controller_id, :id, :endpoint_id, :key_id, :wrapped)
""")
_LIVE = text("""
    SELECT key_id, wrapped_key, created_at, expires_at FROM webhook_secret
    WHERE endpoint_id = :endpoint_id AND (expires_at IS NULL OR expires_at > clock_timestamp())
    ORDER BY expires_at DESC NULLS FIRST
""")
_DELETE_FORMER = text("""
    DELETE FROM webhook_secret WHERE endpoint_id = :endpoint_id AND expires_at IS NOT NULL
""")
_EXPIRE_CURRENT = text("""
    UPDATE webhook_secret SET expires_at = clock_timestamp() + make_interval(secs => :seconds)
    WHERE endpoint_id = :endpoint_id AND expires_at IS NULL
""")
_DELETE_EXPIRED = text("DELETE FROM webhook_secret WHERE expires_at < clock_timestamp()")
_LIST_UNDER_OTHER_KEYS = text("""
    SELECT id, key_id, wrapped_key FROM webhook_secret
    WHERE key_id <> :key_id ORDER BY id LIMIT :limit
""")
_REWRAP = text("""
    UPDATE webhook_secret SET key_id = :key_id, wrapped_key = :wrapped
    WHERE id = :id AND wrapped_key = :former
""")


async def insert(
    connection: AsyncConnection,
    controller_id: ControllerId,
    endpoint_id: WebhookEndpointId,
    wrapped_key: WrappedKey,
) -> None:
    """Store the current secret of an endpoint that has none."""
    parameters = {
        "controller_id": controller_id,
        "id": new_id(),
        "endpoint_id": endpoint_id,
        "key_id": wrapped_key.key_id,
        "wrapped": wrapped_key.wrapped,
    }
    await connection.execute(_INSERT, parameters)


async def replace(
    connection: AsyncConnection,
    controller_id: ControllerId,
    endpoint_id: WebhookEndpointId,
    wrapped_key: WrappedKey,
    overlap_seconds: float,
) -> None:
    """Put a new secret in the current one's place; both count for a while, and no third.

    Args:
        connection: Bound to the controller, with the endpoint's row locked.
        controller_id: Whose endpoint it is.
        endpoint_id: The endpoint.
        wrapped_key: The new secret.
        overlap_seconds: How long the former one counts.
    """
    parameters = {"endpoint_id": endpoint_id, "seconds": overlap_seconds}
    await connection.execute(_DELETE_FORMER, parameters)
    await connection.execute(_EXPIRE_CURRENT, parameters)
    await insert(connection, controller_id, endpoint_id, wrapped_key)


async def live(connection: AsyncConnection, endpoint_id: WebhookEndpointId) -> list[StoredSecret]:
    """Give the secrets that count now, the current one first; none where there is no endpoint."""
    rows = await connection.execute(_LIVE, {"endpoint_id": endpoint_id})
    return [
        StoredSecret(WrappedKey(row.key_id, row.wrapped_key), row.created_at, row.expires_at)
        for row in rows
    ]


async def delete_expired(connection: AsyncConnection) -> None:
    """Delete the secrets that count no more."""
    await connection.execute(_DELETE_EXPIRED)


async def list_under_other_keys(
    connection: AsyncConnection, active_id: str, limit: int
) -> list[tuple[UUID, WrappedKey]]:
    """List secrets that are wrapped by another key than the active one.

    Args:
        connection: Bound to the controller.
        active_id: The id of the active key.
        limit: At most so many.
    """
    rows = await connection.execute(_LIST_UNDER_OTHER_KEYS, {"key_id": active_id, "limit": limit})
    return [(row.id, WrappedKey(row.key_id, row.wrapped_key)) for row in rows]


async def rewrap(
    connection: AsyncConnection, secret_id: UUID, former: WrappedKey, new: WrappedKey
) -> bool:
    """Put a newly wrapped secret in the former's place; false where that is gone."""
    parameters = {
        "id": secret_id,
        "former": former.wrapped,
        "key_id": new.key_id,
        "wrapped": new.wrapped,
    }
    return (await connection.execute(_REWRAP, parameters)).rowcount == 1
