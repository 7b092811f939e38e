"""Data maps as support publishes them for a controller; binding one is another step."""

import asyncio
from collections.abc import Sequence

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from app.datamap.check import check
from app.datamap.check_addresses import check_addresses_over_http
from app.datamap.document import MapDocument
from app.datamap.findings import DataMapError, Finding, in_order
from app.datamap.read import read
from app.domain.errors import Fault, Refused
from app.domain.ids import ControllerId, DataMapVersionId
from app.services import idempotency, support
from app.services.authentication import Caller
from app.services.context import Context
from app.services.support import Done, Made
from app.store import data_maps
from app.store.data_maps import DataMapVersion as StoredVersion
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.data_map_versions import DataMapVersion, DataMapVersionList, NewDataMapVersion
from schemas.problem_vocabulary import Problem

_SHOWN = 200
_FAULTS_SHOWN = 50


async def publish(context: Context, caller: Caller, wanted: NewDataMapVersion, key: str) -> Made:
    """Publish a data map for a controller, once it has no errors; nothing runs under it yet.

    Args:
        context: What the use cases work with.
        caller: Support.
        wanted: The document, and for whom.
        key: Support's name for this.

    Raises:
        Refused: There is no such controller, the document is no data map or has errors, or the key
            is in use or belongs to something else.
    """
    controller_id = ControllerId(wanted.controller_id)
    document = await asyncio.to_thread(_checked, wanted.document)  # a large one takes seconds
    named = idempotency.name(context.keyring, caller, key, wanted, "data map ")

    async def act(connection: AsyncConnection) -> Done:
        controller = await support.require(connection, caller, controller_id)
        version = await data_maps.publish(
            connection, controller_id, document.data_map.name, document.digest, wanted.document
        )
        details: dict[str, JsonValue] = {
            "data_map_version_id": str(version.id),
            "digest": version.digest,
        }
        shown = _shown(version, controller.data_map_version_id)
        location = f"/v1/data-maps?controller_id={controller_id}"
        texts = {AuditText.REASON: wanted.reason}
        return Done(shown, AuditAction.DATA_MAP_PUBLISHED, details, texts, location)

    return await support.make(context, caller, controller_id, named, act)


async def list_newest(
    context: Context, caller: Caller, controller_id: ControllerId
) -> DataMapVersionList:
    """List a controller's published data maps, the newest 200.

    Raises:
        Refused: There is no such controller, or it is another's.
    """
    async with transaction(context.database, controller_id) as connection:
        controller = await support.require(connection, caller, controller_id)
        found = await data_maps.list_newest(connection, _SHOWN)
    bound = controller.data_map_version_id
    return DataMapVersionList(items=tuple(_shown(each, bound) for each in found))


def _checked(text: str) -> MapDocument:
    """Read and check a data map that came over HTTP.

    Raises:
        Refused: Something keeps it from being used.
    """
    try:
        document = read(text)
        found = in_order([*check(document), *check_addresses_over_http(document)])
    except DataMapError as error:
        raise _unusable(list(error.findings)) from error
    if blocking := [each for each in found if each.is_blocking]:
        raise _unusable(blocking)
    return document


def _unusable(findings: list[Finding]) -> Refused:
    return Refused(
        Problem.INVALID_BODY,
        "The data map cannot be used; see errors. `python -m app datamap check` says more.",
        faults_of("/document", findings),
    )


def faults_of(pointer: str, findings: Sequence[Finding]) -> tuple[Fault, ...]:
    """Tell what was found in a data map, the first fifty.

    Args:
        pointer: What of the body named the map.
        findings: Each with its line in the document.
    """
    return tuple(
        Fault(pointer, f"line {found.line}: {found.detail}. {found.remedy}")
        for found in findings[:_FAULTS_SHOWN]
    )


def _shown(version: StoredVersion, bound: DataMapVersionId | None) -> DataMapVersion:
    return DataMapVersion(
        id=version.id,
        controller_id=version.controller_id,
        name=version.name,
        sha256=version.digest,
        published_at=version.published_at,
        is_bound=version.id == bound,
    )
