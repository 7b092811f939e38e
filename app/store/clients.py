"""API clients: issued once, found by the id in their key or by what the issuer of tokens calls them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import api_keys
from app.domain.api_keys import ApiKey
from app.domain.ids import ClientId, ControllerId
from app.store.driver import Record, Statement
from schemas.vocabulary import Scope


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A program of a controller, or of the processor.

    Attributes:
        id: Its id, which its key carries.
        controller_id: Whose program it is.
        name: How people call it.
        scopes: What it may do.
        expires_at: Aware UTC moment from which it is refused.
        issuer_client_id: What the issuer of tokens calls it; None where it has a key.
        allowed_networks: From where it may call, in CIDR notation; none: from everywhere.
        former_until: Until when its former key is good, after a rotation.
        revoked_at: When it was revoked.
    """

    id: ClientId
    controller_id: ControllerId
    name: str
    scopes: frozenset[Scope]
    expires_at: datetime
    issuer_client_id: str | None = None
    allowed_networks: tuple[str, ...] = ()
    former_until: datetime | None = None
    revoked_at: datetime | None = None


_COLUMNS = """id, controller_id, name, scopes, expires_at, issuer_client_id, allowed_networks,
    former_until, revoked_at"""
_INSERT = text("""
    INSERT INTO api_client (controller_id, id, name, secret_digest, scopes, expires_at,
        issuer_client_id, allowed_networks)
    VALUES (:controller_id, :id, :name, :digest, :scopes, :expires_at, :issuer_client_id, :networks)
    ON CONFLICT (controller_id, issuer_client_id) DO NOTHING
""")
_FIND = Statement(f"""
    SELECT {_COLUMNS}, secret_digest,
        CASE WHEN former_until > now() THEN former_secret_digest END AS former_digest
    FROM api_client
    WHERE id = :id AND expires_at > now() AND revoked_at IS NULL AND secret_digest IS NOT NULL
""")  # noqa: S608 - constants
_FIND_BY_ISSUER = text(f"""
    SELECT {_COLUMNS} FROM api_client
    WHERE controller_id = :controller_id AND issuer_client_id = :issuer_client_id
      AND expires_at > now() AND revoked_at IS NULL
""")  # noqa: S608 - constants
# The clients that support grants act through are theirs, and listed with them.
_LIST = text(f"""
    SELECT {_COLUMNS} FROM api_client
    WHERE num_nonnulls(secret_digest, issuer_client_id) = 1 ORDER BY id
""")  # noqa: S608 - constants
_ROTATE = text(f"""
    UPDATE api_client SET secret_digest = :digest,
        expires_at = coalesce(CAST(:expires_at AS timestamptz), expires_at),
        former_secret_digest = secret_digest, former_until = least(:former_until, expires_at)
    WHERE id = :id AND revoked_at IS NULL AND secret_digest IS NOT NULL
    RETURNING {_COLUMNS}
""")  # noqa: S608 - constants
_REVOKE = text("UPDATE api_client SET revoked_at = now() WHERE id = :id AND revoked_at IS NULL")


async def insert(connection: AsyncConnection, client: ApiClient, key: ApiKey | None) -> bool:
    """Store a new API client.

    Args:
        connection: Bound to its controller.
        client: It.
        key: What it proves itself by; None where that is a token, or it is a support grant's.

    Returns:
        False where the issuer of tokens calls another client of the controller so.
    """
    parameters = {
        "controller_id": client.controller_id,
        "id": client.id,
        "name": client.name,
        "digest": None if key is None else key.digest,
        "scopes": sorted(client.scopes),
        "expires_at": client.expires_at,
        "issuer_client_id": client.issuer_client_id,
        "networks": list(client.allowed_networks),
    }
    return (await connection.execute(_INSERT, parameters)).rowcount == 1


async def authenticate(connection: AsyncConnection, key: ApiKey) -> ApiClient | None:
    """Find the client that a key proves to be calling.

    Args:
        connection: Not bound to a controller (``single_reads`` will do).
        key: As it was presented.

    Returns:
        The client; None where the key is unknown, wrong, expired or revoked.
    """
    row = await _FIND.one_or_none(connection, {"id": key.client_id})
    if row is None:
        return None
    is_former = row.former_digest is not None and key.matches(row.former_digest)
    return _read(row) if key.matches(row.secret_digest) or is_former else None


async def find_by_issuer(
    connection: AsyncConnection, controller_id: ControllerId, issuer_client_id: str
) -> ApiClient | None:
    """Find the client that a verified token names.

    Args:
        connection: Not bound to a controller (``single_reads`` will do).
        controller_id: Whose client it is, by the token.
        issuer_client_id: What the token's issuer calls it.

    Returns:
        The client; None where there is none, or it has expired or was revoked.
    """
    named = {"controller_id": controller_id, "issuer_client_id": issuer_client_id}
    row = (await connection.execute(_FIND_BY_ISSUER, named)).one_or_none()
    return None if row is None else _read(row)


async def list_all(connection: AsyncConnection) -> list[ApiClient]:
    """List the controller's clients, oldest first, those that are over among them."""
    return [_read(row) for row in await connection.execute(_LIST)]


async def rotate(
    connection: AsyncConnection,
    client_id: ClientId,
    former_until: datetime,
    expires_at: datetime | None,
) -> tuple[ApiClient, ApiKey] | None:
    """Give a client a new key; the present one becomes the former one, and an older one ends.

    Args:
        connection: Bound to its controller.
        client_id: The client.
        former_until: Aware moment from which the present key is refused; at the latest that from
            which it would have been refused anyhow.
        expires_at: Aware moment from which the new key is refused; None: as before.

    Returns:
        The client and its new key; None where there is none that has a key and is not revoked.
    """
    key = api_keys.make(client_id)
    parameters = {
        "id": client_id,
        "digest": key.digest,
        "former_until": former_until,
        "expires_at": expires_at,
    }
    row = (await connection.execute(_ROTATE, parameters)).one_or_none()
    return None if row is None else (_read(row), key)


async def revoke(connection: AsyncConnection, client_id: ClientId) -> bool:
    """Refuse a client's key from now on.

    Returns:
        False where the controller has no such client, or its key was revoked before.
    """
    return (await connection.execute(_REVOKE, {"id": client_id})).rowcount == 1


def _read(row: Row[Any] | Record) -> ApiClient:
    return ApiClient(
        id=row.id,
        controller_id=row.controller_id,
        name=row.name,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        expires_at=row.expires_at,
        issuer_client_id=row.issuer_client_id,
        allowed_networks=tuple(row.allowed_networks),
        former_until=row.former_until,
        revoked_at=row.revoked_at,
    )
