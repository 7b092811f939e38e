"""Settles intents: what was committed counts from then on; what was not never happened.

Reference:
    ``docs/effects.md``, "A batch, exactly once".
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection as Connection

from app.domain.errors import AttentionNeeded
from app.domain.ids import DataMapVersionId, IntentId
from app.domain.subject_digests import digest
from app.domain.upload_paths import upload_path
from app.engine import deferred_records, vaults
from app.engine.intent_content import DoneKeys, IntentContent, LostUploads
from app.engine.unrestored import unrestored
from app.engine.vault_notes import put_notes_back
from app.engine.work import Work
from app.record_keys import RecordKeys
from app.sources.hands import Fate, SetCells, SourceTransaction
from app.store import intents, ledger, upload_removals, vault
from app.store.deferrals import Reading
from app.store.intents import Intent
from app.store.transaction import transaction
from app.store.upload_removals import NewUploadRemoval
from schemas.vocabulary import AttentionReason

__all__ = ["Connection", "done_cells", "settle", "settle_open"]


async def settle_open(work: Work) -> None:
    """Settle what a former owner of the job left open, as far as it was done under the same data map.

    Raises:
        AttentionNeeded: The LMS's database does not remember a transaction any more.
        SourceFailure: It did not answer.
    """
    database, controller_id = work.context.database, work.job.controller_id
    async with transaction(database, controller_id) as connection:
        opened = await intents.list_open(connection, work.job.id)
    for intent in opened:
        content = IntentContent.from_text(work.keys.seal.open(intent.sealed, str(intent.id)))
        if content.data_map_version_id not in {None, str(work.ground.version.id)}:
            continue  # a re-examination works under several
        is_committed = await _is_committed(work, intent, content)
        async with transaction(database, controller_id) as connection:
            if is_committed:
                await settle(connection, work, intent.id, content)
            else:
                await vault.delete_of_intent(connection, intent.id)
                await put_notes_back(connection, work, content.taken)
                await intents.forget(connection, intent.id)


def versions_of(digest_key: bytes, opened: Sequence[Intent]) -> list[DataMapVersionId]:
    """Name the data maps under which open intents were made.

    Args:
        digest_key: The controller's.
        opened: Of one job.
    """
    seal = RecordKeys.of(digest_key).seal
    contents = [IntentContent.from_text(seal.open(each.sealed, str(each.id))) for each in opened]
    named = (each.data_map_version_id for each in contents)
    return [DataMapVersionId(UUID(each)) for each in named if each is not None]


async def settle(
    connection: Connection, work: Work, intent_id: IntentId, content: IntentContent
) -> None:
    """Let a committed transaction count.

    Args:
        connection: Bound to the controller.
        work: The job's.
        intent_id: What said beforehand what it would bring about.
        content: The same.
    """
    if not await intents.settle(connection, intent_id):
        return
    controller_id = work.job.controller_id
    version_id = work.ground.version.id
    await deferred_records.remember(
        connection, controller_id, version_id, work.keys, content.deferred
    )
    await upload_removals.add_many(
        connection,
        work.job.id,
        [removal for lost in content.uploads for removal in _removals(work, lost)],
    )
    await _forget_released(connection, work, content.released)
    await vaults.forget_restored(connection, work.keys, content.unvaulted)
    await vaults.forget_acted(connection, work, content.done)


async def _forget_released(connection: Connection, work: Work, released: Sequence[str]) -> None:
    """Forget deferrals that are carried out; whose own row went with one is erased as of now.

    A backup of the LMS from before brings that row back: the ledger's moment says so.
    """
    persons = work.hands.order.persons
    readings = [Reading.from_text(each) for each in released]
    gone = await deferred_records.forget(connection, work.keys, persons, readings)
    key = work.context.keyring.unwrap(work.ground.controller.digest_key)
    await ledger.renew(connection, [digest(key, each) for each in gone])


def done_cells(work: Work, done: DoneKeys) -> SetCells:
    """Say how records that were acted on look since.

    Args:
        work: The job's that acted on them.
        done: Their keys, and the branch.
    """
    change = vaults.change_carried_out(
        work.data_map.record_types[done.record_type], work.right, done
    )
    return SetCells(done.record_type, done.keys, change)


async def _is_committed(work: Work, intent: Intent, content: IntentContent) -> bool:
    named = SourceTransaction(intent.transaction_id, intent.backend.pid, intent.backend.started_at)
    match await work.hands.became_of(named):
        case Fate.COMMITTED:
            return not await _looks_undone(work, content)
        case Fate.ABORTED:
            return False
        case _:
            raise AttentionNeeded(
                AttentionReason.INTENT_UNKNOWN,
                "A worker died while it committed a change, and the LMS's database does not say any "
                "more what became of it. Compare the records with the trail, then resume.",
            )


async def _looks_undone(work: Work, content: IntentContent) -> bool:
    """Whether nothing of it stands: a crashed server may have given its id to somebody else."""
    expected = sum(len(done.keys) for done in content.done)
    if not expected:
        return await unrestored(work, content.unvaulted) > 0
    amiss = await work.hands.unaffected([done_cells(work, each) for each in content.done])
    return amiss == expected


def _removals(work: Work, lost: LostUploads) -> list[NewUploadRemoval]:
    file = work.data_map.record_types[lost.record_type].fields[lost.field].file
    if file is None:
        return []
    found = []
    for value in lost.values:
        path = upload_path(file.path, value)
        text = f"{lost.record_type}\n{lost.field}\n{value}"
        found.append(
            NewUploadRemoval(
                source=file.source,
                path_digest=work.keys.digest(f"upload/{file.source}", [path]),
                sealed=work.keys.seal.close(text, "upload"),
                data_map_version_id=work.ground.version.id,
            )
        )
    return found
