"""Support grants: leave for a client of the processor to act for one controller, for some hours."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ClientId, ControllerId
from app.store import clients
from app.store.clients import ApiClient
from schemas.vocabulary import Scope


@dataclass(frozen=True, slots=True)
class SupportGrant:
    """A support grant.

    Attributes:
        id: Also that of the API client of the controller which support acts through.
        controller_id: For whom support acts.
        granted_to: The processor's client that may act.
        scopes: What it may do.
        reference: Under what number support keeps the case.
        created_at: Aware UTC moment.
        ends_at: Aware UTC moment from which it counts no more, at most 8 hours later.
        ended_at: When it was ended before.
    """

    id: ClientId
    controller_id: ControllerId
    granted_to: ClientId
    scopes: frozenset[Scope]
    reference: str
    created_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None


# Whoever revokes the client that support acts through, which stands in the trail, ends the grant.
_COLUMNS = """g.id, g.controller_id, granted_to, scopes, reference, g.created_at, ends_at,
    LEAST(ended_at, revoked_at) AS ended_at"""
_JOINED = "support_grant AS g JOIN api_client USING (controller_id, id)"
_INSERT = text("""
    INSERT INTO support_grant (controller_id, id, granted_to, reference, created_at, ends_at)
    VALUES (:controller_id, :id, :granted_to, :reference, :created_at, :ends_at)
""")
_IN_FORCE = text(f"""
    SELECT {_COLUMNS} FROM {_JOINED}
    WHERE granted_to = :granted_to AND ends_at > clock_timestamp() AND ended_at IS NULL
      AND revoked_at IS NULL
    ORDER BY g.created_at DESC, g.id DESC LIMIT 1
""")  # noqa: S608 - constants
_LIST = text(f"""
    SELECT {_COLUMNS} FROM {_JOINED} ORDER BY g.created_at DESC, g.id DESC LIMIT :limit
""")  # noqa: S608 - constants
_GET = text(f"SELECT {_COLUMNS} FROM {_JOINED} WHERE g.id = :id")  # noqa: S608 - constants
_END = text("""
    UPDATE support_grant SET ended_at = clock_timestamp()
    WHERE id = :id AND ended_at IS NULL AND ends_at > clock_timestamp()
      AND EXISTS (
          SELECT FROM api_client AS client
          WHERE client.controller_id = support_grant.controller_id
            AND client.id = support_grant.id AND client.revoked_at IS NULL)
""")


async def insert(connection: AsyncConnection, grant: SupportGrant, name: str) -> None:
    """Store a grant, with the API client that support acts through: one without a key.

    Args:
        connection: Bound to the controller.
        grant: It.
        name: How people call the client.
    """
    client = ApiClient(grant.id, grant.controller_id, name, grant.scopes, grant.ends_at)
    await clients.insert(connection, client, None)
    parameters = {
        "controller_id": grant.controller_id,
        "id": grant.id,
        "granted_to": grant.granted_to,
        "reference": grant.reference,
        "created_at": grant.created_at,
        "ends_at": grant.ends_at,
    }
    await connection.execute(_INSERT, parameters)


async def in_force(connection: AsyncConnection, granted_to: ClientId) -> SupportGrant | None:
    """Give the newest grant of a client of the processor that counts now.

    Args:
        connection: Bound to the controller.
        granted_to: The processor's client.
    """
    row = (await connection.execute(_IN_FORCE, {"granted_to": granted_to})).one_or_none()
    return None if row is None else _read(row)


async def get(connection: AsyncConnection, grant_id: ClientId) -> SupportGrant | None:
    """Read a grant; None where the controller has no such grant."""
    row = (await connection.execute(_GET, {"id": grant_id})).one_or_none()
    return None if row is None else _read(row)


async def list_newest(connection: AsyncConnection, limit: int) -> list[SupportGrant]:
    """List the controller's grants, newest first, those that are over among them."""
    return [_read(row) for row in await connection.execute(_LIST, {"limit": limit})]


async def end(connection: AsyncConnection, grant_id: ClientId) -> bool:
    """End a grant now.

    Returns:
        False where the controller has no such grant, or it is over.
    """
    return (await connection.execute(_END, {"id": grant_id})).rowcount == 1


def _read(row: Row[Any]) -> SupportGrant:
    return SupportGrant(
        id=row.id,
        controller_id=row.controller_id,
        granted_to=row.granted_to,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        reference=row.reference,
        created_at=row.created_at,
        ends_at=row.ends_at,
        ended_at=row.ended_at,
    )
