"""Verifying audit trails where they lie: the chain, the checkpoints and the texts.

Reference:
    ``docs/audit.md``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.domain import checkpoints as notes
from app.domain.checkpoints import CheckpointUnfit
from app.domain.errors import IntegrityViolation
from app.domain.ids import ControllerId
from app.keyring import KeyRing
from app.services.audit_texts import open_of
from app.services.checkpoint_proofs import proved
from app.signing import public_keys
from app.store import audit, audit_entries, audit_texts, checkpoints
from app.store.audit_chain import Entry, Link
from app.store.audit_entries import Filter
from app.store.audit_texts import StoredText
from app.store.transaction import transaction
from schemas.audit import AuditVerification

_BATCH = 500
_EVERY_ENTRY = Filter()


@dataclass(frozen=True, slots=True)
class Trust:
    """What a trail is held against.

    Attributes:
        keyring: Opens texts; its public keys verify checkpoints. None: an auditor's, who has none.
        public_keys: Further ones that verify checkpoints, 32 bytes each.
        notes: Checkpoints that were kept elsewhere; each says of which trail it is.
    """

    keyring: KeyRing | None
    public_keys: Sequence[bytes] = ()
    notes: Sequence[str] = ()

    @property
    def every_key(self) -> list[bytes]:
        """Every public key that is trusted."""
        own = () if self.keyring is None else public_keys(self.keyring)
        return [*(each.raw for each in own), *self.public_keys]

    def kept_of(self, origin: str) -> list[Link]:
        """Say what the checkpoints that were kept elsewhere prove of a trail.

        Raises:
            CheckpointUnfit: One of them is no checkpoint, was altered, or is of no known key.
        """
        found = []
        for note in self.notes:
            if notes.read(note).head.origin != origin:
                continue
            link = proved(note, origin, self.every_key)
            if link is None:
                raise CheckpointUnfit("none of the known keys signed this checkpoint")
            found.append(link)
        return found


@dataclass(frozen=True, slots=True)
class _Known:
    """What the stored checkpoints of a trail prove.

    Attributes:
        links: What the genuine ones say.
        unknown: How many are of no known key.
        altered: The sequence of the first that was altered; None where none was.
    """

    links: Sequence[Link]
    unknown: int
    altered: int | None


async def verify_all(database: AsyncEngine, trust: Trust) -> dict[ControllerId, AuditVerification]:
    """Verify every controller's trail, one after another.

    Raises:
        CheckpointUnfit: A checkpoint that was kept elsewhere cannot be used, or its trail is not here.
    """
    async with transaction(database, None) as connection:
        controller_ids = await audit.list_trails(connection)
    here = {notes.origin_of(each) for each in controller_ids}
    if any(notes.read(note).head.origin not in here for note in trust.notes):
        raise CheckpointUnfit("a checkpoint is of a trail that is not here")
    return {
        controller_id: await verify(database, trust, controller_id)
        for controller_id in controller_ids
    }


async def verify(
    database: AsyncEngine, trust: Trust, controller_id: ControllerId
) -> AuditVerification:
    """Follow one controller's trail from its first entry to its head, at constant memory.

    Raises:
        CheckpointUnfit: A checkpoint that was kept elsewhere cannot be used.
    """
    async with transaction(database, controller_id) as connection:
        return await verify_within(connection, trust, controller_id)


async def verify_within(
    connection: AsyncConnection, trust: Trust, controller_id: ControllerId
) -> AuditVerification:
    """Verify a trail as one transaction sees it; raises as ``verify`` does.

    Args:
        connection: Bound to the controller.
        trust: What it is held against.
        controller_id: Whose trail.
    """
    origin = notes.origin_of(controller_id)
    kept = trust.kept_of(origin)
    known = await _stored(connection, trust, controller_id)
    result = await audit.verify(connection, controller_id, [*known.links, *kept])
    found = AuditVerification(
        is_whole=result.reason is None,
        entry_count=result.entries,
        first_broken_sequence=result.first_broken_sequence,
        reason=result.reason,
        checkpoint_count=len(known.links),
        unknown_checkpoint_count=known.unknown,
        text_count=0,
        unopened_text_count=0,
        erased_text_count=0,
    )
    if not found.is_whole:
        return found
    if known.altered is not None:
        return _broken(found, known.altered, "the checkpoint of this entry was altered")
    return await _with_texts(connection, trust.keyring, controller_id, found)


async def _stored(connection: AsyncConnection, trust: Trust, controller_id: ControllerId) -> _Known:
    links: list[Link] = []
    unknown, altered = 0, list[int]()
    keys, origin = trust.every_key, notes.origin_of(controller_id)
    for each in await checkpoints.list_all(connection, controller_id):
        try:
            link = proved(each.note, origin, keys)
        except CheckpointUnfit:
            altered.append(each.sequence)
            continue
        if link is None:
            unknown += 1
        elif link == Link(each.sequence, each.hash):
            links.append(link)
        else:
            altered.append(each.sequence)
    return _Known(links, unknown, min(altered, default=None))


async def _with_texts(
    connection: AsyncConnection,
    keyring: KeyRing | None,
    controller_id: ControllerId,
    found: AuditVerification,
) -> AuditVerification:
    """Hold what is left of the texts against their entries, as far as there are keys that open them."""
    kept, unopened, promised, between = 0, 0, 0, (0, found.entry_count)
    while True:
        page = await audit_entries.list_range(
            connection, controller_id, _EVERY_ENTRY, between, _BATCH
        )
        if not page:
            break
        entries = {each.entry.sequence: each.entry for each in page}
        for stored in await audit_texts.read(connection, controller_id, list(entries)):
            try:
                is_opened = _is_opened(keyring, entries[stored.sequence], stored)
            except IntegrityViolation as error:
                return _broken(found, stored.sequence, str(error))
            kept += is_opened
            unopened += not is_opened
        promised += sum(len(entry.commitments) for entry in entries.values())
        between = (max(entries), found.entry_count)
    counts = {
        "text_count": kept,
        "unopened_text_count": unopened,
        "erased_text_count": promised - kept - unopened,
    }
    return found.model_copy(update=counts)


def _is_opened(keyring: KeyRing | None, entry: Entry, stored: StoredText) -> bool:
    """Hold a text against its entry; false where no key opens it.

    Raises:
        IntegrityViolation: It is not what the entry says, or the entry says nothing of it.
    """
    if keyring is not None and keyring.has(stored.wrapped_key.key_id):
        open_of(keyring, entry, stored)
        return True
    if stored.name not in entry.commitments:
        raise IntegrityViolation("an audit entry says nothing of the text beside it")
    return False


def _broken(found: AuditVerification, sequence: int, reason: str) -> AuditVerification:
    return found.model_copy(
        update={"is_whole": False, "first_broken_sequence": sequence, "reason": reason}
    )
