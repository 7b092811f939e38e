"""API clients as support looks after them: issue, list, rotate, revoke."""

from datetime import UTC, datetime, timedelta

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import api_keys
from app.domain.errors import Fault, Refused
from app.domain.ids import ClientId, ControllerId, new_id
from app.services import idempotency, support
from app.services.authentication import Caller
from app.services.context import Context
from app.services.support import Done, Made
from app.store import clients
from app.store.clients import ApiClient as StoredClient
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.clients import (
    ApiClient,
    ApiClientList,
    IssuedApiClient,
    NewApiClient,
    Revocation,
    Rotation,
)
from schemas.problem_vocabulary import Problem

_USUAL = timedelta(days=365)
_LONGEST = timedelta(days=731)
_LONGEST_OVERLAP = timedelta(days=30)


async def list_all(context: Context, caller: Caller, controller_id: ControllerId) -> ApiClientList:
    """List a controller's programs, those that are over among them.

    Raises:
        Refused: There is no such controller, or it is another's.
    """
    async with transaction(context.database, controller_id) as connection:
        await support.require(connection, caller, controller_id)
        found = await clients.list_all(connection)
    return ApiClientList(items=tuple(ApiClient(**_fields(each)) for each in found))


async def issue(
    context: Context, caller: Caller, controller_id: ControllerId, wanted: NewApiClient, key: str
) -> Made:
    """Issue an API client; its key is in this answer, and in no repetition of it.

    Args:
        context: What the use cases work with.
        caller: Support.
        controller_id: Whose program it is.
        wanted: What it is to be.
        key: Support's name for this: the same one issues one client.

    Raises:
        Refused: There is no such controller, the end does not lie ahead, the issuer's name for it
            is taken, or the key is in use or belongs to something else.
    """
    require_end(wanted.expires_at)
    named = idempotency.name(context.keyring, caller, key, wanted, f"client {controller_id} ")
    client = StoredClient(
        id=ClientId(new_id()),
        controller_id=controller_id,
        name=wanted.name,
        scopes=frozenset(wanted.scopes),
        expires_at=wanted.expires_at or datetime.now(UTC) + _USUAL,
        issuer_client_id=wanted.issuer_client_id,
        allowed_networks=wanted.allowed_networks,
    )
    new_key = None if wanted.issuer_client_id is not None else api_keys.make(client.id)

    async def act(connection: AsyncConnection) -> Done:
        await support.require(connection, caller, controller_id)
        await insert(connection, client, new_key)
        details: dict[str, JsonValue] = {
            "issued_client_id": str(client.id),
            "scopes": [str(scope) for scope in sorted(client.scopes)],
            "expires_at": client.expires_at.isoformat(),
        }
        return Done(
            IssuedApiClient(**_fields(client), api_key=None if new_key is None else new_key.text),
            AuditAction.CLIENT_ISSUED,
            details,
            location=f"/v1/controllers/{controller_id}/clients",
            repeated=IssuedApiClient(**_fields(client)),
        )

    return await support.make(context, caller, controller_id, named, act)


async def rotate(
    context: Context,
    caller: Caller,
    controller_id: ControllerId,
    wanted: tuple[ClientId, Rotation],
    key: str,
) -> Made:
    """Give a client a new key; the present one stays good for as long as is wanted.

    The new key is in this answer, and in no repetition of it: a repetition ends no key.

    Args:
        context: What the use cases work with.
        caller: Support.
        controller_id: Whose program it is.
        wanted: Which; why, and until when each key is good.
        key: Support's name for this: the same one rotates once.

    Raises:
        Refused: There is no such client with a key that is not revoked, a moment does not lie
            ahead, or the key is in use or belongs to something else.
    """
    client_id, rotation = wanted
    require_ends(rotation)
    until = rotation.former_key_until or datetime.now(UTC)
    named = idempotency.name(
        context.keyring, caller, key, rotation, f"rotate {controller_id} {client_id} "
    )

    async def act(connection: AsyncConnection) -> Done:
        await support.require(connection, caller, controller_id)
        rotated = await clients.rotate(connection, client_id, until, rotation.expires_at)
        if rotated is None:
            raise _no_such_client()
        client, new_key = rotated
        details: dict[str, JsonValue] = {
            "rotated_client_id": str(client_id),
            "former_key_until": until.isoformat(),
        }
        return Done(
            IssuedApiClient(**_fields(client), api_key=new_key.text),
            AuditAction.CLIENT_ROTATED,
            details,
            {AuditText.REASON: rotation.reason},
            location=f"/v1/controllers/{controller_id}/clients",
            repeated=IssuedApiClient(**_fields(client)),
        )

    return await support.make(context, caller, controller_id, named, act)


async def revoke(
    context: Context,
    caller: Caller,
    controller_id: ControllerId,
    client_id: ClientId,
    wanted: Revocation,
) -> None:
    """Shut a client out at once, whatever keys or tokens it has.

    Args:
        context: What the use cases work with.
        caller: Support.
        controller_id: Whose program it is.
        client_id: Which.
        wanted: Why.

    Raises:
        Refused: There is no such client, or it was revoked before.
    """

    async def act(connection: AsyncConnection) -> Done:
        await support.require(connection, caller, controller_id)
        if not await clients.revoke(connection, client_id):
            raise _no_such_client()
        details: dict[str, JsonValue] = {
            "revoked_client_id": str(client_id),
        }
        texts = {AuditText.REASON: wanted.reason}
        return Done(wanted, AuditAction.CLIENT_REVOKED, details, texts)

    await support.change(context, caller, controller_id, act)


def require_end(expires_at: datetime | None) -> None:
    """Make sure that a client's end lies ahead, by two years at most.

    Raises:
        Refused: It does not.
    """
    support.require_within("/expires_at", expires_at, _LONGEST)


def require_ends(rotation: Rotation) -> None:
    """Make sure that both keys' ends lie ahead: the new one's as ever, the former one's by 30 days at most.

    Raises:
        Refused: One does not.
    """
    support.require_within("/former_key_until", rotation.former_key_until, _LONGEST_OVERLAP)
    require_end(rotation.expires_at)


async def insert(
    connection: AsyncConnection, client: StoredClient, key: api_keys.ApiKey | None
) -> None:
    """Store a new API client.

    Raises:
        Refused: The issuer of tokens calls another client of the controller so.
    """
    if not await clients.insert(connection, client, key):
        fault = Fault("/issuer_client_id", "is that of another client of this controller")
        raise Refused(Problem.INVALID_BODY, "The client is registered already.", (fault,))


def _fields(client: StoredClient) -> dict[str, object]:
    return {
        "id": client.id,
        "name": client.name,
        "scopes": tuple(sorted(client.scopes)),
        "expires_at": client.expires_at,
        "allowed_networks": client.allowed_networks,
        "issuer_client_id": client.issuer_client_id,
        "former_key_until": client.former_until,
        "revoked_at": client.revoked_at,
    }


def _no_such_client() -> Refused:
    return Refused(
        Problem.NOT_FOUND, "The controller has no such client, or it is revoked or has no key."
    )
