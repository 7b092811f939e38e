"""Controllers as support looks after them: list, read, create, bind, enable."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.datamap.check_addresses import check_addresses_over_http
from app.datamap.document import MapDocument
from app.datamap.findings import Finding
from app.datamap.published import published
from app.domain.errors import Fault, Refused
from app.domain.ids import PROCESSOR, ControllerId, DataMapVersionId
from app.services import bindings, controllers, cursors, enablement, idempotency, support
from app.services.authentication import Caller
from app.services.context import Context
from app.services.controller_settings import require_fit
from app.services.data_map_versions import faults_of
from app.services.data_maps import check_sources
from app.services.support import Done, Made
from app.store import controllers as stored
from app.store import data_maps
from app.store.controllers import Binding, Persons
from app.store.controllers import Controller as StoredController
from app.store.data_maps import DataMapVersion
from app.store.transaction import go_on_for, transaction
from schemas.audit_vocabulary import AuditAction
from schemas.controllers import (
    Controller,
    ControllerChange,
    ControllerFilter,
    ControllerPage,
    Enablement,
    EnablementChange,
    NewController,
)
from schemas.problem_vocabulary import Problem

_LISTING = "controllers"


async def list_page(context: Context, wanted: ControllerFilter) -> ControllerPage:
    """List the controllers, oldest first, a page at a time.

    Args:
        context: What the use cases work with.
        wanted: How many, and after which.

    Raises:
        Refused: The cursor is not one of this list.
    """
    cipher = context.keyring.cipher(cursors.PURPOSE)
    after = UUID(int=0)
    if wanted.cursor is not None:
        after = cursors.unseal(cipher, PROCESSOR, _LISTING, wanted.cursor)
    async with transaction(context.database, None) as connection:
        ids = await stored.list_ids_after(connection, ControllerId(after), wanted.limit + 1)
        items = []
        for controller_id in ids[: wanted.limit]:
            await go_on_for(connection, controller_id)
            found = await stored.get(connection, controller_id)
            if found is not None:
                items.append(_shown(found))
    next_cursor = None
    if len(ids) > wanted.limit:
        last = ids[wanted.limit - 1]
        next_cursor = cursors.seal(cipher, PROCESSOR, _LISTING, last)
    return ControllerPage(items=tuple(items), next_cursor=next_cursor)


async def read(context: Context, caller: Caller, controller_id: ControllerId) -> Controller:
    """Give a controller.

    Raises:
        Refused: There is none, or it is another's.
    """
    async with transaction(context.database, controller_id) as connection:
        return _shown(await support.require(connection, caller, controller_id))


async def create(context: Context, caller: Caller, wanted: NewController, key: str) -> Made:
    """Create a controller; it is not enabled yet.

    Args:
        context: What the use cases work with.
        caller: Support.
        wanted: What it begins with.
        key: Support's name for this: the same one creates one controller.

    Raises:
        Refused: The key is in use or belongs to something else.
    """
    begun = controllers.NewController(wanted.name, wanted.key_in_lms)
    controller = controllers.begin(context.keyring, begun)
    named = idempotency.name(context.keyring, caller, key, wanted, "controller ")

    async def act(connection: AsyncConnection) -> Done:
        await stored.insert(connection, controller)
        made = await support.require(connection, caller, controller.id)
        location = f"/v1/controllers/{controller.id}"
        return Done(_shown(made), AuditAction.CONTROLLER_CREATED, location=location)

    return await support.make(context, caller, controller.id, named, act)


async def change(
    context: Context, caller: Caller, controller_id: ControllerId, wanted: ControllerChange
) -> None:
    """Replace a controller's name, key in the LMS and data map.

    Args:
        context: What the use cases work with.
        caller: Support.
        controller_id: Which.
        wanted: All three.

    Raises:
        Refused: There is no such controller, it has no such data map, the map holds addresses of
            its own, its settings do not fit, the learning platform's databases do not, the map
            cannot use the key, or another controller has it.
        SourceFailure: The data map or the key is a new one for it, and a database did not answer.
    """
    persons = await _read_live(context, caller, controller_id, wanted)

    async def act(connection: AsyncConnection) -> Done:
        controller = await support.require(connection, caller, controller_id)
        version = wanted.data_map_version_id
        version_id = None if version is None else DataMapVersionId(version)
        if version_id is not None:
            await _require_fit(context, connection, controller, version_id)
        await stored.rename(connection, controller_id, wanted.name)
        binding = Binding(wanted.key_in_lms, version_id, persons)
        await bindings.bind(connection, controller_id, binding)
        return Done(
            _shown(await support.require(connection, caller, controller_id)),
            AuditAction.CONTROLLER_CHANGED,
            {
                "key_in_lms": wanted.key_in_lms,
                "data_map_version_id": None if version is None else str(version),
            },
        )

    await support.change(context, caller, controller_id, act)


async def enable(
    context: Context, caller: Caller, controller_id: ControllerId, wanted: EnablementChange
) -> None:
    """Enable or disable a controller.

    Args:
        context: What the use cases work with.
        caller: Support.
        controller_id: Which.
        wanted: Whether, until when and why.

    Raises:
        Refused: There is no such controller, or the end has passed.
    """

    async def act(connection: AsyncConnection) -> Done:
        await support.require(connection, caller, controller_id)
        await enablement.carry_out(connection, controller_id, wanted)
        return Done(wanted, *enablement.entry(wanted))

    await support.change(context, caller, controller_id, act)


async def _read_live(
    context: Context, caller: Caller, controller_id: ControllerId, wanted: ControllerChange
) -> Persons | None:
    """Say whose persons map and key come to; what is new of them is held against the databases."""
    async with transaction(context.database, controller_id) as connection:
        controller = await support.require(connection, caller, controller_id)
        version_id = wanted.data_map_version_id
        if version_id is None:
            return None
        version = await _require_version(connection, DataMapVersionId(version_id))
    document = await asyncio.to_thread(published, version.document)
    if version_id != controller.data_map_version_id:
        await _require_live(context, document)
    elif controller.persons is not None and wanted.key_in_lms == controller.key_in_lms:
        return controller.persons
    return await bindings.read_persons(context.sources, document.data_map, wanted.key_in_lms)


async def _require_live(context: Context, document: MapDocument) -> None:
    """See that a data map fits the databases as they are now, before anything runs under it."""
    # It may have been published by command, or before addresses were looked at.
    _refuse_if_any(
        check_addresses_over_http(document), "The data map cannot be bound over HTTP; see errors."
    )
    _refuse_if_any(
        await check_sources(document, context.sources),
        "The data map does not fit the learning platform; see errors.",
    )


def _refuse_if_any(findings: Iterable[Finding], detail: str) -> None:
    blocking = [found for found in findings if found.is_blocking]
    if blocking:
        raise Refused(Problem.INVALID_BODY, detail, faults_of("/data_map_version_id", blocking))


async def _require_version(
    connection: AsyncConnection, version_id: DataMapVersionId
) -> DataMapVersion:
    version = await data_maps.get(connection, version_id)
    if version is None:
        fault = Fault("/data_map_version_id", "is no data map published for this controller")
        raise Refused(Problem.INVALID_BODY, "There is no such data map; see errors.", (fault,))
    return version


async def _require_fit(
    context: Context,
    connection: AsyncConnection,
    controller: StoredController,
    version_id: DataMapVersionId,
) -> None:
    await _require_version(connection, version_id)
    data_map = (await context.maps.get(connection, version_id)).data_map
    try:
        require_fit(controller.settings, data_map)
    except Refused as error:
        places = tuple(
            Fault("/data_map_version_id", f"the settings at {fault.pointer}: {fault.detail}")
            for fault in error.faults
        )
        raise Refused(error.problem, error.detail, places) from error


def _shown(controller: StoredController) -> Controller:
    last = controller.enablement
    return Controller(
        id=controller.id,
        name=controller.name,
        key_in_lms=controller.key_in_lms,
        data_map_version_id=controller.data_map_version_id,
        is_enabled=enablement.is_enabled(controller),
        enablement=None
        if last is None
        else Enablement(enabled_at=last.enabled_at, ends_at=last.ends_at, reference=last.reference),
        created_at=controller.created_at,
    )
