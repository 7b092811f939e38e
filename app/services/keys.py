"""Keys: wrapped anew under the active key of the ring, so that an old one can be dropped."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.domain.ids import ControllerId
from app.keyring import KeyRing
from app.store import audit, bundles, controllers
from app.store.transaction import transaction
from schemas.vocabulary import AuditAction

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Rotation:
    """What was wrapped anew.

    Attributes:
        controllers: How many digest keys.
        bundles: How many data keys of bundles.
    """

    controllers: int
    bundles: int


async def rotate(database: AsyncEngine, keyring: KeyRing) -> Rotation:
    """Wrap every key that another than the active one wraps, controller by controller.

    What it wraps stays as it is: no bundle is written again. It can be broken off and run again.

    Args:
        database: Habeas's own.
        keyring: With the new key first, and the old ones behind it.

    Raises:
        IntegrityViolation: A key is wrapped by one that the ring lacks.
    """
    async with transaction(database, None) as connection:
        controller_ids = await controllers.list_ids(connection)
    digest_keys = data_keys = 0
    for controller_id in controller_ids:
        is_rewrapped, rewrapped = await _rotate_one(database, keyring, controller_id)
        digest_keys += is_rewrapped
        data_keys += rewrapped
    return Rotation(digest_keys, data_keys)


async def _rotate_one(
    database: AsyncEngine, keyring: KeyRing, controller_id: ControllerId
) -> tuple[bool, int]:
    """Rotate one controller's keys, in transactions of at most 500 bundles."""
    is_rewrapped, total = False, 0
    while True:
        async with transaction(database, controller_id) as connection:
            digest_key = await _rewrap_digest_key(connection, keyring, controller_id)
            rewrapped = await _rewrap_bundles(connection, keyring)
            if not digest_key and rewrapped == 0:
                return is_rewrapped, total
            await audit.append(
                connection,
                controller_id,
                AuditAction.KEYS_ROTATED,
                details={"key_id": keyring.active_id, "bundle_count": rewrapped},
            )
        is_rewrapped, total = is_rewrapped or digest_key, total + rewrapped


async def _rewrap_digest_key(
    connection: AsyncConnection, keyring: KeyRing, controller_id: ControllerId
) -> bool:
    controller = await controllers.get(connection, controller_id)
    if controller is None or controller.digest_key.key_id == keyring.active_id:
        return False
    former = controller.digest_key
    new = keyring.wrap(keyring.unwrap(former))
    return await controllers.rewrap(connection, controller_id, former, new)


async def _rewrap_bundles(connection: AsyncConnection, keyring: KeyRing) -> int:
    listed = await bundles.list_under_other_keys(connection, keyring.active_id, _BATCH)
    done = [
        await bundles.rewrap(connection, bundle_id, former, keyring.wrap(keyring.unwrap(former)))
        for bundle_id, former in listed
    ]
    return sum(done)
