"""Controllers: created, given a data map, a key in the LMS and settings; the processor itself."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.datamap.read import read
from app.domain.api_keys import ApiKey
from app.domain.errors import Refused
from app.domain.ids import PROCESSOR, ClientId, ControllerId, new_id
from app.domain.scopes import OF_SUPPORT, require_issuable
from app.keyring import KEY_BYTES, KeyRing
from app.services import reasons
from app.store import audit, clients, controllers, data_maps
from app.store.clients import ApiClient
from app.store.controllers import Controller
from app.store.data_maps import DataMapVersion
from app.store.transaction import transaction
from schemas.controllers import ControllerSettings
from schemas.vocabulary import AuditAction, Problem, Scope


@dataclass(frozen=True, slots=True)
class NewController:
    """What a controller begins with.

    Attributes:
        name: How support staff call it.
        key_in_lms: The value of the data map's controller column; None where there is none.
        settings: What it sets on top of the data map.
    """

    name: str
    key_in_lms: str | None = None
    settings: ControllerSettings = field(default_factory=ControllerSettings)


def begin(keyring: KeyRing, wanted: NewController) -> Controller:
    """Make a controller that is not stored yet, with a fresh key for its subject digests.

    Args:
        keyring: Wraps the digest key.
        wanted: What it begins with.
    """
    return Controller(
        id=ControllerId(new_id()),
        name=wanted.name,
        key_in_lms=wanted.key_in_lms,
        data_map_version_id=None,
        digest_key=keyring.wrap(secrets.token_bytes(KEY_BYTES)),
        settings=wanted.settings,
        created_at=datetime.now(UTC),
    )


async def create(database: AsyncEngine, keyring: KeyRing, wanted: NewController) -> Controller:
    """Create a controller, with a fresh key for its subject digests and its own audit trail.

    Args:
        database: Habeas's own.
        keyring: Wraps the digest key.
        wanted: What it begins with.
    """
    controller = begin(keyring, wanted)
    async with transaction(database, controller.id) as connection:
        await controllers.insert(connection, controller)
        await audit.append(connection, controller.id, AuditAction.CONTROLLER_CREATED)
    return controller


async def bind_data_map(
    database: AsyncEngine, controller_id: ControllerId, document: str
) -> DataMapVersion:
    """Publish a data map for a controller, and let new subject requests run under it.

    Args:
        database: Habeas's own.
        controller_id: Whose LMS it describes.
        document: The YAML.

    Raises:
        DataMapError: The document is no data map.
        Refused: There is no such controller.
    """
    read_map = read(document)
    async with transaction(database, controller_id) as connection:
        await _require(connection, controller_id)
        version = await data_maps.publish(
            connection, controller_id, read_map.data_map.name, read_map.digest, document
        )
        await controllers.bind_data_map(connection, controller_id, version.id)
        await audit.append(
            connection,
            controller_id,
            AuditAction.DATA_MAP_PUBLISHED,
            details={"data_map_version_id": str(version.id), "digest": version.digest},
        )
    return version


async def issue_client(
    database: AsyncEngine,
    controller_id: ControllerId,
    name: str,
    scopes: frozenset[Scope],
    lifetime: timedelta,
) -> tuple[ApiClient, ApiKey]:
    """Issue an API client for a controller.

    Args:
        database: Habeas's own.
        controller_id: Whose program it is.
        name: How people call it.
        scopes: What it may do.
        lifetime: For how long its key is good.

    Returns:
        The client, and its key, whose text can be shown now and never again.

    Raises:
        Refused: There is no such controller, or it would have the scope of support.
    """
    require_issuable(controller_id, scopes)
    expires_at = datetime.now(UTC) + lifetime
    async with transaction(database, controller_id) as connection:
        await _require(connection, controller_id)
        client, key = await clients.issue(connection, controller_id, name, scopes, expires_at)
        await audit.append(
            connection,
            controller_id,
            AuditAction.CLIENT_ISSUED,
            client_id=client.id,
            details={
                "scopes": [str(scope) for scope in sorted(scopes)],
                "expires_at": expires_at.isoformat(),
            },
        )
    return client, key


async def issue_support_client(
    database: AsyncEngine, keyring: KeyRing, name: str, lifetime: timedelta
) -> tuple[ApiClient, ApiKey]:
    """Issue an API client for the processor's own staff.

    Args:
        database: Habeas's own.
        keyring: Wraps the processor's digest key, where it is the first.
        name: How people call it.
        lifetime: For how long its key is good.

    Returns:
        The client, and its key, whose text can be shown now and never again.
    """
    processor = replace(begin(keyring, NewController("The processor")), id=PROCESSOR)
    async with transaction(database, PROCESSOR) as connection:
        if await controllers.get(connection, PROCESSOR) is None:
            await controllers.insert(connection, processor)
            await audit.append(connection, PROCESSOR, AuditAction.CONTROLLER_CREATED)
    return await issue_client(database, PROCESSOR, name, OF_SUPPORT, lifetime)


async def revoke_client(
    database: AsyncEngine,
    keyring: KeyRing,
    controller_id: ControllerId,
    client_id: ClientId,
    reason: str,
) -> None:
    """Shut an API client out at once, from the command line: the only way for one of support's.

    Args:
        database: Habeas's own.
        keyring: Seals the reason.
        controller_id: Whose program it is.
        client_id: Which.
        reason: Why.

    Raises:
        Refused: There is no such client, or it was revoked before.
    """
    async with transaction(database, controller_id) as connection:
        if not await clients.revoke(connection, client_id):
            raise Refused(Problem.NOT_FOUND, "There is no such client, or it is revoked.")
        details: dict[str, JsonValue] = {
            "revoked_client_id": str(client_id),
            "reason": reasons.sealed(keyring, reason),
        }
        await audit.append(connection, controller_id, AuditAction.CLIENT_REVOKED, details=details)


async def list_all(database: AsyncEngine) -> list[Controller]:
    """List every controller, oldest first: for the processor's own staff."""
    async with transaction(database, None) as connection:
        ids = await controllers.list_ids(connection)
    found = []
    for controller_id in ids:
        async with transaction(database, controller_id) as connection:
            controller = await controllers.get(connection, controller_id)
        if controller is not None and controller_id != PROCESSOR:
            found.append(controller)
    return found


async def _require(connection: AsyncConnection, controller_id: ControllerId) -> None:
    if await controllers.get(connection, controller_id) is None:
        raise Refused(Problem.NOT_FOUND, f"There is no controller {controller_id}. List them.")
