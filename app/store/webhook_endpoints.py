"""Webhook endpoints: where a controller wants to be told, and of what.

Whoever makes, claims or records deliveries, and whoever changes the endpoint, locks it first: so
nobody waits for each other, the lines of subject requests are kept, and no delivery is left at an
endpoint that was disabled in the same breath.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId, WebhookEndpointId
from app.store.webhook_delivery_statements import STOP
from schemas.webhook_vocabulary import DisabledBecause, EndpointState


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a controller wants of an endpoint.

    Attributes:
        url: Where to.
        event_types: Of what, which a later version may have named; None: of everything.
    """

    url: str
    event_types: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class StoredEndpoint:
    """An endpoint as it stands.

    Attributes:
        id: Its id.
        wanted: What the controller wants of it.
        state: Whether it is sent anything.
        disabled_because: Why not.
        created_at: Aware UTC moment.
    """

    id: WebhookEndpointId
    wanted: Wanted
    state: EndpointState
    disabled_because: DisabledBecause | None
    created_at: datetime


_COLUMNS = "id, url, event_types, state, disabled_because, created_at"
_INSERT = text("""
    INSERT INTO webhook_endpoint (controller_id, id, url, event_types)
    VALUES (:controller_id, :id, :url, CAST(:event_types AS text[]))
""")
_GET = text(f"SELECT {_COLUMNS} FROM webhook_endpoint WHERE id = :id")  # noqa: S608 - constants
_LOCK = text(f"SELECT {_COLUMNS} FROM webhook_endpoint WHERE id = :id FOR UPDATE")  # noqa: S608
_LIST_TOLD = text(f"""
    SELECT {_COLUMNS} FROM webhook_endpoint ORDER BY created_at, id FOR UPDATE
""")  # noqa: S608 - constants
_ONE_AT_A_TIME = text("""
    SELECT pg_advisory_xact_lock(
        hashtextextended(concat('habeas webhook endpoints ', CAST(:controller_id AS uuid)), 0))
""")
_COUNT = text("SELECT count(*) FROM webhook_endpoint")
_LIST = text(f"""
    SELECT {_COLUMNS} FROM webhook_endpoint
    WHERE CAST(:after AS uuid) IS NULL OR (created_at, id) < (
        SELECT last.created_at, last.id FROM webhook_endpoint AS last WHERE last.id = :after)
    ORDER BY created_at DESC, id DESC
    LIMIT :limit
""")  # noqa: S608 - constants
_CHANGE = text("""
    UPDATE webhook_endpoint SET url = :url, event_types = CAST(:event_types AS text[])
    WHERE id = :id
""")
_ENABLE = text("""
    UPDATE webhook_endpoint SET state = 'active', disabled_because = NULL
    WHERE id = :id AND state = 'disabled'
""")
_DISABLE = text("""
    UPDATE webhook_endpoint SET state = 'disabled', disabled_because = :because
    WHERE id = :id AND state = 'active'
""")
_DELETE = tuple(
    text(statement)
    for statement in (
        "DELETE FROM webhook_delivery WHERE endpoint_id = :id",
        "DELETE FROM webhook_secret WHERE endpoint_id = :id",
        "DELETE FROM webhook_endpoint WHERE id = :id",
    )
)


async def insert(
    connection: AsyncConnection,
    controller_id: ControllerId,
    endpoint_id: WebhookEndpointId,
    wanted: Wanted,
) -> None:
    """Store a new endpoint, active from now on."""
    await connection.execute(
        _INSERT, {"controller_id": controller_id, "id": endpoint_id} | _written(wanted)
    )


async def get(connection: AsyncConnection, endpoint_id: WebhookEndpointId) -> StoredEndpoint | None:
    """Read an endpoint; None where the controller has no such one."""
    return await _one(connection, _GET, endpoint_id)


async def lock(
    connection: AsyncConnection, endpoint_id: WebhookEndpointId
) -> StoredEndpoint | None:
    """Read an endpoint in order to change it, or what is sent to it; others wait meanwhile."""
    return await _one(connection, _LOCK, endpoint_id)


async def list_told(connection: AsyncConnection) -> list[StoredEndpoint]:
    """List all endpoints and lock them, in order to make deliveries."""
    return [_read(row) for row in (await connection.execute(_LIST_TOLD)).mappings()]


async def list_page(
    connection: AsyncConnection, after: WebhookEndpointId | None, limit: int
) -> list[StoredEndpoint]:
    """List endpoints, newest first, from one after another on.

    Args:
        connection: Bound to the controller.
        after: The last one of the page before.
        limit: At most so many.
    """
    rows = await connection.execute(_LIST, {"after": after, "limit": limit})
    return [_read(row) for row in rows.mappings()]


async def count(connection: AsyncConnection, controller_id: ControllerId) -> int:
    """Count the controller's endpoints in order to add one; others wait meanwhile."""
    await connection.execute(_ONE_AT_A_TIME, {"controller_id": controller_id})
    found: int = (await connection.execute(_COUNT)).scalar_one()
    return found


async def change(
    connection: AsyncConnection, endpoint_id: WebhookEndpointId, wanted: Wanted
) -> None:
    """Want something else of an endpoint; what is on its way goes to the new place."""
    await connection.execute(_CHANGE, {"id": endpoint_id} | _written(wanted))


async def enable(connection: AsyncConnection, endpoint_id: WebhookEndpointId) -> bool:
    """Send an endpoint what happens from now on; false where that is so already."""
    return (await connection.execute(_ENABLE, {"id": endpoint_id})).rowcount == 1


async def disable(
    connection: AsyncConnection, endpoint_id: WebhookEndpointId, because: DisabledBecause
) -> bool:
    """Send an endpoint nothing more: what is on its way becomes dead letters.

    Args:
        connection: Bound to the controller.
        endpoint_id: The endpoint.
        because: Why.

    Returns:
        False where there is no such endpoint, or it was disabled before.
    """
    disabled = await connection.execute(_DISABLE, {"id": endpoint_id, "because": because})
    await connection.execute(STOP, {"id": endpoint_id})
    return disabled.rowcount == 1


async def delete(connection: AsyncConnection, endpoint_id: WebhookEndpointId) -> None:
    """Delete an endpoint that is locked, with its secrets and what was sent to it."""
    for statement in _DELETE:
        await connection.execute(statement, {"id": endpoint_id})


async def _one(
    connection: AsyncConnection, statement: TextClause, endpoint_id: WebhookEndpointId
) -> StoredEndpoint | None:
    row = (await connection.execute(statement, {"id": endpoint_id})).mappings().one_or_none()
    return None if row is None else _read(row)


def _written(wanted: Wanted) -> dict[str, Any]:
    types = None if wanted.event_types is None else sorted(wanted.event_types)
    return {"url": wanted.url, "event_types": types}


def _read(row: RowMapping) -> StoredEndpoint:
    types, because = row["event_types"], row["disabled_because"]
    return StoredEndpoint(
        id=WebhookEndpointId(row["id"]),
        wanted=Wanted(
            url=row["url"],
            event_types=None if types is None else frozenset(types),
        ),
        state=EndpointState(row["state"]),
        disabled_because=None if because is None else DisabledBecause(because),
        created_at=row["created_at"],
    )
