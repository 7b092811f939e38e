"""End users' own requests, sealed until the controller has taken them or their time is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ClientId, ControllerId, MisdirectedRequestId
from app.keyring import WrappedKey
from schemas.vocabulary import MisdirectedState


@dataclass(frozen=True, slots=True)
class NewMisdirectedRequest:
    """A request that an end user sent to the wrong one.

    Attributes:
        id: Its id.
        client_id: The API client that took it.
        wrapped_key: Of what is sealed.
        sealed: Message and contact.
        received_at: Aware moment at which the end user sent it.
        expires_at: Aware moment from which it is not kept.
    """

    id: MisdirectedRequestId
    client_id: ClientId
    wrapped_key: WrappedKey
    sealed: bytes
    received_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class MisdirectedRequest:
    """A request as it stands.

    Attributes:
        id: Its id.
        state: Where it stands.
        wrapped_key: Of what is sealed; None once nothing is.
        sealed: Message and contact; None once they are gone.
        received_at: Aware UTC moment at which the end user sent it.
        taken_at: Aware UTC moment at which it was taken.
        expires_at: Aware UTC moment from which it is not kept.
        ended_at: Aware UTC moment at which its content went, once it has.
    """

    id: MisdirectedRequestId
    state: MisdirectedState
    wrapped_key: WrappedKey | None
    sealed: bytes | None
    received_at: datetime
    taken_at: datetime
    expires_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which requests to list.

    Attributes:
        state: Only those that stand there.
        after: The last one of the page before.
        limit: At most so many, 1 ≤ x ≤ 1,000.
    """

    state: MisdirectedState | None = None
    after: MisdirectedRequestId | None = None
    limit: int = 50


_COLUMNS = "id, state, key_id, wrapped_key, sealed, received_at, taken_at, expires_at, ended_at"
_INSERT = text("""
    INSERT INTO misdirected_request (controller_id, id, client_id, state, key_id, wrapped_key,
        sealed, received_at, expires_at)
    VALUES (:controller_id, :id, :client_id, 'received', :key_id, :wrapped, :sealed, :received_at,
        :expires_at)
""")
_GET = text(f"SELECT {_COLUMNS} FROM misdirected_request WHERE id = :id")  # noqa: S608 - constants
_LIST = text(f"""
    SELECT {_COLUMNS} FROM misdirected_request
    WHERE (CAST(:state AS text) IS NULL OR state = :state)
      AND (CAST(:after AS uuid) IS NULL OR (taken_at, id) < (
          SELECT last.taken_at, last.id FROM misdirected_request AS last WHERE last.id = :after))
    ORDER BY taken_at DESC, id DESC
    LIMIT :limit
""")  # noqa: S608 - constants
_HAND_OVER = text("""
    UPDATE misdirected_request
    SET state = 'handed_over', ended_at = clock_timestamp(), wrapped_key = NULL, sealed = NULL
    WHERE id = :id AND state = 'received' RETURNING id
""")
_EXPIRE = text("""
    UPDATE misdirected_request
    SET state = 'expired', ended_at = clock_timestamp(), wrapped_key = NULL, sealed = NULL
    WHERE state = 'received' AND expires_at <= clock_timestamp() RETURNING id
""")
_UNDER_OTHER_KEYS = text("""
    SELECT id, key_id, wrapped_key FROM misdirected_request
    WHERE wrapped_key IS NOT NULL AND key_id <> :active ORDER BY id LIMIT :limit
""")
_REWRAP = text("""
    UPDATE misdirected_request SET key_id = :key_id, wrapped_key = :wrapped
    WHERE id = :id AND wrapped_key = :former
""")


async def insert(
    connection: AsyncConnection, controller_id: ControllerId, request: NewMisdirectedRequest
) -> None:
    """Keep a request; arguments as the other repositories have them."""
    parameters = {
        "controller_id": controller_id,
        "id": request.id,
        "client_id": request.client_id,
        "key_id": request.wrapped_key.key_id,
        "wrapped": request.wrapped_key.wrapped,
        "sealed": request.sealed,
        "received_at": request.received_at,
        "expires_at": request.expires_at,
    }
    await connection.execute(_INSERT, parameters)


async def get(
    connection: AsyncConnection, request_id: MisdirectedRequestId
) -> MisdirectedRequest | None:
    """Read a request; None where the controller has no such one."""
    row = (await connection.execute(_GET, {"id": request_id})).one_or_none()
    return None if row is None else _read(row)


async def list_page(connection: AsyncConnection, wanted: Filter) -> list[MisdirectedRequest]:
    """List requests, the latest taken first, from one after another on."""
    parameters = {"state": wanted.state, "after": wanted.after, "limit": wanted.limit}
    return [_read(row) for row in await connection.execute(_LIST, parameters)]


async def hand_over(connection: AsyncConnection, request_id: MisdirectedRequestId) -> bool:
    """Show that the controller has taken it, and forget its content; false where it was over."""
    return (await connection.execute(_HAND_OVER, {"id": request_id})).one_or_none() is not None


async def expire(connection: AsyncConnection) -> Sequence[MisdirectedRequestId]:
    """Forget the content of the controller's requests whose time is over; give their ids."""
    return [MisdirectedRequestId(id_) for id_ in (await connection.execute(_EXPIRE)).scalars()]


async def list_under_other_keys(
    connection: AsyncConnection, active_id: str, limit: int
) -> list[tuple[MisdirectedRequestId, WrappedKey]]:
    """List requests whose key another than the active one wraps, at most so many."""
    rows = await connection.execute(_UNDER_OTHER_KEYS, {"active": active_id, "limit": limit})
    return [(MisdirectedRequestId(row.id), WrappedKey(row.key_id, row.wrapped_key)) for row in rows]


async def rewrap(
    connection: AsyncConnection,
    request_id: MisdirectedRequestId,
    former: WrappedKey,
    new: WrappedKey,
) -> bool:
    """Put a newly wrapped key in the former's place; false where that is not there any more."""
    parameters = {
        "id": request_id,
        "former": former.wrapped,
        "key_id": new.key_id,
        "wrapped": new.wrapped,
    }
    return (await connection.execute(_REWRAP, parameters)).rowcount == 1


def _read(row: Row[tuple[object, ...]]) -> MisdirectedRequest:
    return MisdirectedRequest(
        id=MisdirectedRequestId(row.id),
        state=MisdirectedState(row.state),
        wrapped_key=row.wrapped_key and WrappedKey(row.key_id, row.wrapped_key),
        sealed=row.sealed,
        received_at=row.received_at,
        taken_at=row.taken_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
    )
