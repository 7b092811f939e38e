"""Deferrals as the engine keeps them: containers sealed, found by digest, named to nobody."""

import json
from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId, DataMapVersionId
from app.record_keys import RecordKeys
from app.sources.hands import Deferred
from app.store import deferrals, held_records
from app.store.deferrals import DeferringRule, NewDeferral, Reading

Cells = tuple[str | None, ...]

HELD_SUBJECT = "held records"
"""What the sealed key of a subject of whom something is held is bound to."""

_AT_ONCE = 2_000


async def remember(
    connection: AsyncConnection,
    controller_id: ControllerId,
    version_id: DataMapVersionId,
    keys: RecordKeys,
    deferred: Iterable[Deferred],
) -> None:
    """Store deferrals, each container once.

    Args:
        connection: Bound to the controller, in the transaction that settles their intent.
        controller_id: Whose they are.
        version_id: The data map that they were made under.
        keys: The controller's.
        deferred: Any number of branches.
    """
    await deferrals.add_many(
        connection,
        controller_id,
        [
            NewDeferral(
                DeferringRule(version_id, each.record_type, each.role, each.position),
                container_digest=keys.digest(_kind(each), cells),
                sealed=keys.seal.close(json.dumps(cells), each.record_type),
            )
            for each in deferred
            for cells in each.containers
        ],
    )


async def forget(
    connection: AsyncConnection,
    keys: RecordKeys,
    persons: Sequence[str],
    released: Sequence[Reading],
) -> list[str]:
    """Delete deferrals that are carried out.

    Args:
        connection: Bound to the controller, in the transaction that settles their intent.
        keys: The controller's.
        persons: The record types of the subject's own row.
        released: Which ones, as they were read when nothing of theirs was left.

    Returns:
        The keys of the erased persons whose own row waited, and is gone.
    """
    gone = await deferrals.delete(connection, released)
    rows = [each for each in gone if each.rule.record_type in persons]
    cells = [opened(keys, each.rule.record_type, [each.sealed])[0] for each in rows]
    return [each[0] for each in cells if each[0] is not None]


def opened(keys: RecordKeys, record_type: str, sealed: Sequence[bytes]) -> tuple[Cells, ...]:
    """Open containers of one record type."""
    return tuple(tuple(json.loads(keys.seal.open(each, record_type))) for each in sealed)


async def remnants(
    connection: AsyncConnection, keys: RecordKeys, persons: Sequence[str]
) -> tuple[str, ...]:
    """Give the keys of erased persons whose stripped row waits until nothing names them.

    Not of those of whom something is held: their erasure is not over.

    Args:
        connection: Bound to the controller.
        keys: The controller's.
        persons: The record types of the subject's own row.
    """
    found: list[str] = []
    for rule in await deferrals.list_rules(connection):
        if rule.record_type not in persons:
            continue
        after = None
        while chunk := await deferrals.read_chunk(connection, rule, after, _AT_ONCE):
            after = chunk[-1].id
            cells = opened(keys, rule.record_type, [each.sealed for each in chunk])
            found += [each[0] for each in cells if each[0] is not None]
    if not found:
        return ()
    sealed = await held_records.sealed_keys(connection)
    held = {keys.seal.open(each, HELD_SUBJECT) for each in sealed}
    return tuple(each for each in found if each not in held)


def _kind(deferred: Deferred) -> str:
    return f"{deferred.record_type}/{deferred.role}/{deferred.position}"
