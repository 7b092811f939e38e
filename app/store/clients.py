"""API clients: issued once, found by the id in their key."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import api_keys
from app.domain.api_keys import ApiKey
from app.domain.ids import ClientId, ControllerId, new_id
from schemas.vocabulary import Scope


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A program of a controller.

    Attributes:
        id: Its id, which its key carries.
        controller_id: Whose program it is.
        name: How people call it.
        scopes: What it may do.
        expires_at: Aware UTC moment from which its key is refused.
    """

    id: ClientId
    controller_id: ControllerId
    name: str
    scopes: frozenset[Scope]
    expires_at: datetime


_INSERT = text("""
    INSERT INTO api_client (controller_id, id, name, secret_digest, scopes, expires_at)
    VALUES (:controller_id, :id, :name, :digest, :scopes, :expires_at)
""")
_FIND = text("""
    SELECT id, controller_id, name, scopes, expires_at, secret_digest
    FROM api_client
    WHERE id = :id AND expires_at > now() AND revoked_at IS NULL
""")
_REVOKE = text("UPDATE api_client SET revoked_at = now() WHERE id = :id AND revoked_at IS NULL")


async def issue(
    connection: AsyncConnection,
    controller_id: ControllerId,
    name: str,
    scopes: frozenset[Scope],
    expires_at: datetime,
) -> tuple[ApiClient, ApiKey]:
    """Make an API client and its key.

    Args:
        connection: Bound to the controller.
        controller_id: Whose program it is.
        name: How people call it.
        scopes: What it may do.
        expires_at: Aware moment from which its key is refused.

    Returns:
        The client, and the key, whose text can be shown now and never again.
    """
    client = ApiClient(ClientId(new_id()), controller_id, name, scopes, expires_at)
    key = api_keys.make(client.id)
    parameters = {
        "controller_id": controller_id,
        "id": client.id,
        "name": name,
        "digest": key.digest,
        "scopes": sorted(scopes),
        "expires_at": expires_at,
    }
    await connection.execute(_INSERT, parameters)
    return client, key


async def authenticate(connection: AsyncConnection, key: ApiKey) -> ApiClient | None:
    """Find the client that a key proves to be calling.

    Args:
        connection: Not bound to a controller (``single_reads`` will do).
        key: As it was presented.

    Returns:
        The client; None where the key is unknown, wrong, expired or revoked.
    """
    row = (await connection.execute(_FIND, {"id": key.client_id})).one_or_none()
    if row is None or not key.matches(row.secret_digest):
        return None
    scopes = frozenset(Scope(scope) for scope in row.scopes)
    return ApiClient(row.id, row.controller_id, row.name, scopes, row.expires_at)


async def revoke(connection: AsyncConnection, client_id: ClientId) -> bool:
    """Refuse a client's key from now on.

    Returns:
        False where the controller has no such client, or its key was revoked before.
    """
    return (await connection.execute(_REVOKE, {"id": client_id})).rowcount == 1
