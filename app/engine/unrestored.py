"""Tells whether records that a lift read back look as if it had not: then its transaction never was."""

from collections.abc import Sequence
from uuid import UUID

from app.domain.errors import IntegrityViolation
from app.domain.ids import RestrictionId
from app.engine.intent_content import Unvaulted
from app.engine.upload_digests import UploadDigests
from app.engine.vaults import OpenVault, read, require_key, without
from app.engine.work import Work
from app.record_keys import Seal
from app.sources.hands import FormerRecord
from app.store import restrictions, vault
from app.store.transaction import transaction


async def unrestored(work: Work, unvaulted: Sequence[Unvaulted]) -> int:
    """Count records that reading back would still change.

    Args:
        work: A lift's.
        unvaulted: What one transaction read back; their entries are still in the vault.
    """
    return sum(
        [
            await work.hands.unrestored(each.record_type, await _formers(work, each))
            for each in unvaulted
        ]
    )


async def _formers(work: Work, unvaulted: Unvaulted) -> list[FormerRecord]:
    """Read what was read back, without what other restrictions hold."""
    keyring, name = work.context.keyring, unvaulted.record_type
    restriction_id = RestrictionId(UUID(unvaulted.restriction_id))
    digests = [work.keys.digest(name, key) for key in unvaulted.keys]
    async with transaction(work.context.database, work.job.controller_id) as connection:
        restriction = await restrictions.get(connection, restriction_id)
        if restriction is None:
            raise IntegrityViolation("an intent names a restriction that is not there")
        seal = Seal(keyring.unwrap(require_key(restriction)))
        entries = await vault.entries(connection, restriction_id, name, digests)
        uploads = UploadDigests.of(work.keys, work.data_map)
        opened = OpenVault(
            work.job.controller_id, restriction_id, work.keys, seal, keyring, uploads
        )
        held = await opened.held_by_others(connection, name, digests)
    found = (
        without(read(seal, name, sealed), held.get(digest, []))
        for digest, sealed in entries.items()
    )
    return [each for each in found if each is not None]
