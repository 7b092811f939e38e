"""Notes in a vault: entries without a value, of what a restriction kept and only something changed leads to.

Where such a record has to be changed after all, its former values take the place of the note; where
nothing comes of that, the note comes back.

Reference:
    ``docs/effects.md``, "The vault".
"""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import IntentId, RestrictionId
from app.engine.intent_content import TakenNote
from app.engine.vaults import OpenVault
from app.engine.work import Work
from app.sources.hands import FormerRecord
from app.store import vault
from app.store.vault import VaultEntry


async def take_notes(
    connection: AsyncConnection,
    opened: OpenVault,
    formers: Sequence[tuple[str, FormerRecord]],
    noted: frozenset[str],
) -> list[TakenNote]:
    """Take out the notes of records that are about to be changed after all.

    Args:
        connection: Bound to the controller, in the transaction of the intent.
        opened: Whose notes.
        formers: What is about to be changed, by record type.
        noted: The record types of which there may be notes.

    Returns:
        What has to be put back where nothing comes of it.
    """
    taken: list[TakenNote] = []
    for record_type in sorted({name for name, _ in formers} & noted):
        digests = [
            opened.keys.digest(record_type, former.key)
            for name, former in formers
            if name == record_type and not former.is_noted
        ]
        place = (opened.restriction_id, record_type)
        found = await vault.noted(connection, *place, digests)
        await vault.delete_entries(connection, *place, [each.record_digest for each in found])
        restriction_id = str(opened.restriction_id)
        taken += [
            TakenNote(restriction_id, record_type, each.record_digest.hex(), each.sealed.hex())
            for each in found
        ]
    return taken


async def put_notes_back(
    connection: AsyncConnection, work: Work, taken: Sequence[TakenNote]
) -> None:
    """Note again what was about to be changed, and was not.

    Args:
        connection: Bound to the controller.
        work: A restriction's.
        taken: As ``take_notes`` gave them.
    """
    nothing_else = IntentId(work.job.id)
    for restriction_id, group in groupby(taken, key=lambda each: each.restriction_id):
        entries = [
            VaultEntry(
                each.record_type,
                bytes.fromhex(each.record_digest),
                is_removed=False,
                sealed=bytes.fromhex(each.sealed),
                is_noted=True,
                upload_digests=b"",
            )
            for each in group
        ]
        place = (work.job.controller_id, RestrictionId(UUID(restriction_id)))
        await vault.insert_many(connection, *place, nothing_else, entries)
