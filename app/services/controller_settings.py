"""A controller's settings: read, replaced, and held against its data map."""

from collections.abc import Iterator

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Fault, Refused
from app.domain.ids import ControllerId, JobId
from app.services import calendars, support
from app.services.authentication import Caller
from app.services.changed_settings import changes
from app.services.context import Context
from app.services.support import Done
from app.store import controllers, jobs
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from schemas.controllers import ControllerSettings
from schemas.data_map import DataMap
from schemas.problem_vocabulary import Problem

_TYPE = "names a record type that the data map does not have"


async def read(context: Context, caller: Caller, controller_id: ControllerId) -> ControllerSettings:
    """Give a controller's settings.

    Raises:
        Refused: There is no such controller, or it is another's.
    """
    async with transaction(context.database, controller_id) as connection:
        return (await support.require(connection, caller, controller_id)).settings


async def replace(
    context: Context, caller: Caller, controller_id: ControllerId, settings: ControllerSettings
) -> ControllerSettings:
    """Replace a controller's settings; approved previews no longer fit then.

    Args:
        context: What the use cases work with.
        caller: Support.
        controller_id: Whose.
        settings: All of them.

    Raises:
        Refused: There is no such controller, or they name what its data map does not have, or a
            place or time zone that is not known.
    """
    calendars.require_known(settings)
    job_id: JobId | None = None

    async def act(connection: AsyncConnection) -> Done:
        nonlocal job_id
        controller = await support.require(connection, caller, controller_id)
        if controller.data_map_version_id is not None:
            published = await context.maps.get(connection, controller.data_map_version_id)
            require_fit(settings, published.data_map)
        await controllers.change_settings(connection, controller_id, settings)
        former = controller.settings
        if former.erasure_exceptions != settings.erasure_exceptions:  # what they kept may go now
            job_id = await jobs.enqueue_re_examination(connection, controller_id)
        return Done(settings, AuditAction.SETTINGS_CHANGED, changes(former, settings))

    await support.change(context, caller, controller_id, act)
    if job_id is not None:
        context.waker.ring_soon(controller_id, job_id)
    return settings


def require_fit(settings: ControllerSettings, data_map: DataMap) -> None:
    """Make sure that settings name nothing that a data map does not have.

    Args:
        settings: A controller's.
        data_map: The one that it is bound to, or would be.

    Raises:
        Refused: They do; the pointers are into the settings.
    """
    faults = tuple(_faults(settings, data_map))
    if faults:
        raise Refused(
            Problem.INVALID_BODY,
            "The settings name what the data map does not have; see errors.",
            faults,
        )


def _faults(settings: ControllerSettings, data_map: DataMap) -> Iterator[Fault]:
    types = data_map.record_types
    yield from _faults_of_fields(settings, data_map)
    for position, purpose in enumerate(settings.excluded_purposes):
        if purpose not in data_map.purposes:
            detail = "names a purpose that the data map does not have"
            yield Fault(f"/excluded_purposes/{position}", detail)
    for name in settings.retention_overrides:
        if name not in types:
            yield Fault("/retention_overrides", _TYPE)
    for position, exception in enumerate(settings.erasure_exceptions):
        if exception.record_type not in (None, *types):
            yield Fault(f"/erasure_exceptions/{position}/record_type", _TYPE)


def _faults_of_fields(settings: ControllerSettings, data_map: DataMap) -> Iterator[Fault]:
    for name, fields in settings.excluded_fields.items():
        spec = data_map.record_types.get(name)
        if spec is None:
            yield Fault("/excluded_fields", _TYPE)
            continue
        for position, field in enumerate(fields):
            if field not in spec.fields:
                detail = "names a field that the record type does not have"
                yield Fault(f"/excluded_fields/{name}/{position}", detail)
