"""Checkpoints: a trail's head, signed, stored and announced, so that others can hold on to it.

Reference:
    ``docs/audit.md``; C2SP tlog-checkpoint.
"""

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.checkpoints import Head, origin_of, signed
from app.domain.ids import ControllerId
from app.engine.context import EngineContext
from app.keyring import KeyRing
from app.signing import public_keys, sign
from app.store import audit, checkpoints, controllers, outbox
from app.store.audit_chain import Link
from app.store.checkpoints import Checkpoint, NewCheckpoint
from app.store.transaction import transaction
from schemas.vocabulary import EventType


async def make(
    connection: AsyncConnection, keyring: KeyRing, controller_id: ControllerId
) -> Checkpoint | None:
    """Sign where a trail stands, once an entry; whoever asks again gets the same.

    Args:
        connection: Bound to the controller.
        keyring: Signs with its active key.
        controller_id: Whose trail.

    Returns:
        The checkpoint; None where the trail has no entry yet.

    Raises:
        IntegrityViolation: The controller has no trail.
    """
    link = await audit.read_head(connection, controller_id)
    if link.sequence == 0:
        return None
    known = await checkpoints.get(connection, controller_id, link.sequence)
    if known is not None:
        return known
    new = _signed(keyring, controller_id, link)
    made = await checkpoints.insert(connection, controller_id, new)
    if made is not None:
        payload: dict[str, JsonValue] = {
            "sequence": made.sequence,
            "hash": made.hash.hex(),
            "note": made.note,
        }
        await outbox.add(connection, controller_id, EventType.AUDIT_CHECKPOINT, None, payload)
        return made
    return await checkpoints.get(connection, controller_id, link.sequence)


async def make_all(context: EngineContext) -> None:
    """Sign where every trail stands that has grown since.

    Args:
        context: The engine's.
    """
    async with transaction(context.database, None) as connection:
        controller_ids = await controllers.list_ids(connection)
    for controller_id in controller_ids:
        async with transaction(context.database, controller_id) as connection:
            await make(connection, context.keyring, controller_id)


def _signed(keyring: KeyRing, controller_id: ControllerId, link: Link) -> NewCheckpoint:
    head = Head(origin_of(controller_id), link.sequence, link.hash)
    signature = sign(keyring, head.text.encode())
    public_key = next(each.raw for each in public_keys(keyring) if each.is_active)
    note = signed(head, public_key, signature.value)
    return NewCheckpoint(link.sequence, link.hash, signature.key_id, note)
