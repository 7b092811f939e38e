"""API clients as whoever runs Habeas looks after them, by command: of a controller, or support's own.

Support's own come about here alone: no key can be made into one over HTTP.

Reference:
    ``docs/decisions/0013-support.md``.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain import api_keys
from app.domain.api_keys import ApiKey
from app.domain.errors import Refused
from app.domain.ids import PROCESSOR, ClientId, ControllerId, new_id
from app.domain.scopes import OF_SUPPORT, require_issuable
from app.keyring import KeyRing
from app.services.clients import insert, require_end, require_ends
from app.services.controllers import NewController, begin, require
from app.store import audit, clients, controllers
from app.store.audit import People
from app.store.audit_texts import seal
from app.store.clients import ApiClient
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.clients import Revocation, Rotation
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import Scope


@dataclass(frozen=True, slots=True)
class NewClient:
    """What a client is to be.

    Attributes:
        name: How people call it.
        scopes: What it may do.
        lifetime: For how long it is known.
        allowed_networks: From where it may call; from everywhere where this is empty.
    """

    name: str
    scopes: frozenset[Scope]
    lifetime: timedelta
    allowed_networks: tuple[str, ...] = ()


async def issue(
    database: AsyncEngine, controller_id: ControllerId, wanted: NewClient
) -> tuple[ApiClient, ApiKey]:
    """Issue an API client.

    Args:
        database: Habeas's own.
        controller_id: Whose program it is.
        wanted: What it is to be.

    Returns:
        The client, and its key, whose text can be shown now and never again.

    Raises:
        Refused: There is no such controller, its clients may not have such a scope, or its end does
            not lie ahead, by two years at most.
    """
    client = _begun(controller_id, wanted)
    require_end(client.expires_at)
    key = api_keys.make(client.id)
    await _insert(database, client, key)
    return client, key


async def register(
    database: AsyncEngine, controller_id: ControllerId, wanted: NewClient, issuer_client_id: str
) -> ApiClient:
    """Register an API client that proves itself by the tokens of an issuer; it gets no key.

    Args:
        database: Habeas's own.
        controller_id: Whose program it is.
        wanted: What it is to be.
        issuer_client_id: What the issuer of tokens calls it.

    Raises:
        Refused: There is no such controller, its clients may not have such a scope, its end does
            not lie ahead, by two years at most, or another one of them is called so.
    """
    client = replace(_begun(controller_id, wanted), issuer_client_id=issuer_client_id)
    require_end(client.expires_at)
    await _insert(database, client, None)
    return client


async def stand_for_operator(
    database: AsyncEngine, controller_id: ControllerId, name: str
) -> ApiClient:
    """Register what the operator's commands submit as: it has no key, may nothing, and is over at once.

    Args:
        database: Habeas's own.
        controller_id: For whom it submits.
        name: Of the command.

    Raises:
        Refused: There is no such controller.
    """
    client = _begun(controller_id, NewClient(name, frozenset(), timedelta(0)))
    await _insert(database, client, None)
    return client


async def make_processor(database: AsyncEngine, keyring: KeyRing) -> None:
    """See that the processor, whose clients are support's own, is there.

    Args:
        database: Habeas's own.
        keyring: Wraps its digest key, where this is the first time.
    """
    processor = replace(begin(keyring, NewController("The processor")), id=PROCESSOR)
    async with transaction(database, PROCESSOR) as connection:
        if await controllers.get(connection, PROCESSOR) is None:
            await controllers.insert(connection, processor)
            await audit.append(connection, PROCESSOR, AuditAction.CONTROLLER_CREATED)


async def issue_of_support(
    database: AsyncEngine, keyring: KeyRing, name: str, lifetime: timedelta
) -> tuple[ApiClient, ApiKey]:
    """Issue an API client for the processor's own staff, which may call from everywhere.

    Args:
        database: Habeas's own.
        keyring: Wraps the processor's digest key, where it is the first.
        name: How people call it.
        lifetime: For how long its key is good.

    Returns:
        The client, and its key, whose text can be shown now and never again.
    """
    await make_processor(database, keyring)
    return await issue(database, PROCESSOR, NewClient(name, OF_SUPPORT, lifetime))


async def list_all(database: AsyncEngine, controller_id: ControllerId) -> list[ApiClient]:
    """List the clients, oldest first, those that are over among them.

    Raises:
        Refused: There is no such controller.
    """
    async with transaction(database, controller_id) as connection:
        await require(connection, controller_id)
        return await clients.list_all(connection)


async def rotate(
    database: AsyncEngine, keyring: KeyRing, named: tuple[ControllerId, ClientId], wanted: Rotation
) -> tuple[ApiClient, ApiKey]:
    """Give a client a new key.

    Args:
        database: Habeas's own.
        keyring: Seals the reason.
        named: Whose program it is, and which.
        wanted: Why, and until when each key is good.

    Returns:
        The client, and its new key, whose text can be shown now and never again.

    Raises:
        Refused: There is no such client with a key that is not revoked, or a moment does not lie
            ahead, or too far.
    """
    require_ends(wanted)
    until = wanted.former_key_until or datetime.now(UTC)
    controller_id, client_id = named
    async with transaction(database, controller_id) as connection:
        rotated = await clients.rotate(connection, client_id, until, wanted.expires_at)
        if rotated is None:
            raise Refused(
                Problem.NOT_FOUND, "There is no such client, or it is revoked or has no key."
            )
        details: dict[str, JsonValue] = {
            "rotated_client_id": str(client_id),
            "former_key_until": until.isoformat(),
        }
        await audit.append(
            connection,
            controller_id,
            AuditAction.CLIENT_ROTATED,
            details=details,
            people=_told(keyring, controller_id, wanted.reason),
        )
    return rotated


async def revoke(
    database: AsyncEngine,
    keyring: KeyRing,
    named: tuple[ControllerId, ClientId],
    wanted: Revocation,
) -> None:
    """Shut an API client out at once: the only way for one of support's.

    Args:
        database: Habeas's own.
        keyring: Seals the reason.
        named: Whose program it is, and which.
        wanted: Why.

    Raises:
        Refused: There is no such client, or it was revoked before.
    """
    controller_id, client_id = named
    async with transaction(database, controller_id) as connection:
        if not await clients.revoke(connection, client_id):
            raise Refused(Problem.NOT_FOUND, "There is no such client, or it is revoked.")
        await audit.append(
            connection,
            controller_id,
            AuditAction.CLIENT_REVOKED,
            details={"revoked_client_id": str(client_id)},
            people=_told(keyring, controller_id, wanted.reason),
        )


def _begun(controller_id: ControllerId, wanted: NewClient) -> ApiClient:
    require_issuable(controller_id, wanted.scopes)
    return ApiClient(
        id=ClientId(new_id()),
        controller_id=controller_id,
        name=wanted.name,
        scopes=wanted.scopes,
        expires_at=datetime.now(UTC) + wanted.lifetime,
        allowed_networks=wanted.allowed_networks,
    )


async def _insert(database: AsyncEngine, client: ApiClient, key: ApiKey | None) -> None:
    async with transaction(database, client.controller_id) as connection:
        await require(connection, client.controller_id)
        await insert(connection, client, key)
        details: dict[str, JsonValue] = {
            "issued_client_id": str(client.id),
            "scopes": [str(scope) for scope in sorted(client.scopes)],
            "expires_at": client.expires_at.isoformat(),
        }
        await audit.append(
            connection, client.controller_id, AuditAction.CLIENT_ISSUED, details=details
        )


def _told(keyring: KeyRing, controller_id: ControllerId, reason: str) -> People:
    return People(texts=[seal(keyring, controller_id, AuditText.REASON, reason)])
