"""Keys: wrapped anew under the active key of the ring, so that an old one can be dropped."""

from dataclasses import dataclass
from typing import Self

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.domain.ids import ControllerId
from app.keyring import KeyRing
from app.store import (
    audit,
    audit_texts,
    bundles,
    controllers,
    misdirected_requests,
    restrictions,
    webhook_secrets,
)
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Rotation:
    """What was wrapped anew.

    Attributes:
        controllers: How many digest keys.
        bundles: How many data keys of bundles.
        restrictions: How many keys of vaults.
        misdirected_requests: How many keys of end users' messages.
        texts: How many keys of texts beside audit trails.
        webhook_secrets: How many secrets of webhook endpoints.
    """

    controllers: int
    bundles: int
    restrictions: int
    misdirected_requests: int = 0
    texts: int = 0
    webhook_secrets: int = 0

    def __add__(self, other: Self) -> Self:
        """Give the sum of both."""
        return type(self)(
            self.controllers + other.controllers,
            self.bundles + other.bundles,
            self.restrictions + other.restrictions,
            self.misdirected_requests + other.misdirected_requests,
            self.texts + other.texts,
            self.webhook_secrets + other.webhook_secrets,
        )


_NOTHING = Rotation(0, 0, 0, 0)


async def rotate(database: AsyncEngine, keyring: KeyRing) -> Rotation:
    """Wrap every key that another than the active one wraps, controller by controller.

    What it wraps stays as it is: no bundle and no vault is written again. It can be broken off and run again.

    Args:
        database: Habeas's own.
        keyring: With the new key first, and the old ones behind it.

    Raises:
        IntegrityViolation: A key is wrapped by one that the ring lacks.
    """
    async with transaction(database, None) as connection:
        controller_ids = await controllers.list_ids(connection)
    total = _NOTHING
    for controller_id in controller_ids:
        total += await _rotate_one(database, keyring, controller_id)
    return total


async def _rotate_one(
    database: AsyncEngine, keyring: KeyRing, controller_id: ControllerId
) -> Rotation:
    """Rotate one controller's keys, in transactions of at most 500 of a kind."""
    total = _NOTHING
    while True:
        async with transaction(database, controller_id) as connection:
            rewrapped = Rotation(
                int(await _rewrap_digest_key(connection, keyring, controller_id)),
                await _rewrap_bundles(connection, keyring),
                await _rewrap_restrictions(connection, keyring),
                await _rewrap_misdirected_requests(connection, keyring),
                await _rewrap_texts(connection, keyring),
                await _rewrap_webhook_secrets(connection, keyring),
            )
            if rewrapped == _NOTHING:
                return total
            await audit.append(
                connection,
                controller_id,
                AuditAction.KEYS_ROTATED,
                details={
                    "key_id": keyring.active_id,
                    "bundle_count": rewrapped.bundles,
                    "restriction_count": rewrapped.restrictions,
                    "misdirected_request_count": rewrapped.misdirected_requests,
                    "text_count": rewrapped.texts,
                    "webhook_secret_count": rewrapped.webhook_secrets,
                },
            )
        total += rewrapped


async def _rewrap_digest_key(
    connection: AsyncConnection, keyring: KeyRing, controller_id: ControllerId
) -> bool:
    controller = await controllers.get(connection, controller_id)
    if controller is None or controller.digest_key.key_id == keyring.active_id:
        return False
    former = controller.digest_key
    new = keyring.wrap(keyring.unwrap(former))
    return await controllers.rewrap(connection, controller_id, former, new)


async def _rewrap_restrictions(connection: AsyncConnection, keyring: KeyRing) -> int:
    listed = await restrictions.list_under_other_keys(connection, keyring.active_id, _BATCH)
    done = [
        await restrictions.rewrap(connection, id_, former, keyring.wrap(keyring.unwrap(former)))
        for id_, former in listed
    ]
    return sum(done)


async def _rewrap_misdirected_requests(connection: AsyncConnection, keyring: KeyRing) -> int:
    listed = await misdirected_requests.list_under_other_keys(connection, keyring.active_id, _BATCH)
    done = [
        await misdirected_requests.rewrap(
            connection, id_, former, keyring.wrap(keyring.unwrap(former))
        )
        for id_, former in listed
    ]
    return sum(done)


async def _rewrap_bundles(connection: AsyncConnection, keyring: KeyRing) -> int:
    listed = await bundles.list_under_other_keys(connection, keyring.active_id, _BATCH)
    done = [
        await bundles.rewrap(connection, bundle_id, former, keyring.wrap(keyring.unwrap(former)))
        for bundle_id, former in listed
    ]
    return sum(done)


async def _rewrap_texts(connection: AsyncConnection, keyring: KeyRing) -> int:
    listed = await audit_texts.list_under_other_keys(connection, keyring.active_id, _BATCH)
    done = [
        await audit_texts.rewrap(connection, each, keyring.wrap(keyring.unwrap(each.wrapped_key)))
        for each in listed
    ]
    return sum(done)


async def _rewrap_webhook_secrets(connection: AsyncConnection, keyring: KeyRing) -> int:
    listed = await webhook_secrets.list_under_other_keys(connection, keyring.active_id, _BATCH)
    done = [
        await webhook_secrets.rewrap(connection, id_, former, keyring.wrap(keyring.unwrap(former)))
        for id_, former in listed
    ]
    return sum(done)
