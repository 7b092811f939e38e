"""Controllers: created, given a data map, a key in the LMS and settings; the processor itself."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.datamap.read import read
from app.domain.errors import Refused
from app.domain.ids import PROCESSOR, ControllerId, new_id
from app.keyring import KEY_BYTES, KeyRing
from app.services import bindings, calendars
from app.sources.registry import Sources
from app.store import audit, controllers, data_maps
from app.store.controllers import Binding, Controller
from app.store.data_maps import DataMapVersion
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from schemas.controllers import ControllerSettings
from schemas.problem_vocabulary import Problem


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

    Raises:
        Refused: A setting names a place or time zone that is not known.
    """
    calendars.require_known(wanted.settings)
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
    database: AsyncEngine, sources: Sources, controller_id: ControllerId, document: str
) -> DataMapVersion:
    """Publish a data map for a controller, and let new subject requests run under it.

    Args:
        database: Habeas's own.
        sources: Opens the databases that the map names.
        controller_id: Whose LMS it describes.
        document: The YAML of a map that fits them.

    Raises:
        DataMapError: The document is no data map.
        Refused: There is no such controller, its key in the LMS is none that the map can use, or
            another controller has it.
        SourceFailure: A database did not answer.
    """
    read_map = read(document)
    async with transaction(database, controller_id) as connection:
        key = (await require(connection, controller_id)).key_in_lms
    persons = await bindings.read_persons(sources, read_map.data_map, key)
    async with transaction(database, controller_id) as connection:
        version = await data_maps.publish(
            connection, controller_id, read_map.data_map.name, read_map.digest, document
        )
        await bindings.bind(connection, controller_id, Binding(key, version.id, persons))
        await audit.append(
            connection,
            controller_id,
            AuditAction.DATA_MAP_PUBLISHED,
            details={"data_map_version_id": str(version.id), "digest": version.digest},
        )
    return version


async def unbind_data_map(database: AsyncEngine, controller_id: ControllerId) -> None:
    """Let no new subject requests run for a controller: another may be bound to its persons then.

    Args:
        database: Habeas's own.
        controller_id: Which.

    Raises:
        Refused: There is no such controller.
    """
    async with transaction(database, controller_id) as connection:
        key = (await require(connection, controller_id)).key_in_lms
        await bindings.bind(connection, controller_id, Binding(key))
        await audit.append(
            connection,
            controller_id,
            AuditAction.CONTROLLER_CHANGED,
            details={"key_in_lms": key, "data_map_version_id": None},
        )


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


async def require(connection: AsyncConnection, controller_id: ControllerId) -> Controller:
    """Read a controller.

    Raises:
        Refused: There is none.
    """
    found = await controllers.get(connection, controller_id)
    if found is None:
        raise Refused(Problem.NOT_FOUND, f"There is no controller {controller_id}. List them.")
    return found
