"""Tells whether records that a lift read back look as if it had not: then its transaction never was."""

from collections.abc import Sequence
from uuid import UUID

from app.domain.errors import IntegrityViolation
from app.domain.ids import RestrictionId
from app.engine.intent_content import Unvaulted
from app.engine.overlaps import without
from app.engine.vaults import open_vault
from app.engine.work import Work
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
    name = unvaulted.record_type
    restriction_id = RestrictionId(UUID(unvaulted.restriction_id))
    digests = [work.keys.digest(name, key) for key in unvaulted.keys]
    async with transaction(work.context.database, work.job.controller_id) as connection:
        restriction = await restrictions.get(connection, restriction_id)
        if restriction is None:
            raise IntegrityViolation("an intent names a restriction that is not there")
        opened = open_vault(work, restriction)
        entries = await vault.entries(connection, restriction_id, name, digests)
        held = await opened.held_by_others(connection, name, digests)
    found = (
        without(opened.read(name, sealed), held.get(digest, []))
        for digest, sealed in entries.items()
    )
    return [each for each in found if each is not None]
