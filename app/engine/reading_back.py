"""Reads the vault of one restriction back, chunk by chunk: for a lift, and for an erasure of what it holds.

A row whose base (the row that it refers to) is in a vault yet, its own or another's, waits until that came back.

Reference:
    ``docs/effects.md``, "The vault".
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from app.domain.ids import RestrictionId
from app.engine.batches import Batches
from app.engine.intent_content import Unvaulted
from app.engine.lost_uploads import lost_uploads
from app.engine.overlaps import without
from app.engine.vaults import OpenVault
from app.engine.work import Work
from app.rules import branches_of
from app.sources.hands import LOGIN, FormerRecord, Restored
from app.sources.keys import Key
from app.store import vault
from app.store.transaction import transaction
from app.store.vault import NumberedEntry
from schemas.vocabulary import Effect, Right

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Came:
    """What became of some entries of a vault, in the transaction that is open.

    Attributes:
        formers: The entries that are dealt with, by digest.
        held: What other restrictions hold of the same records, by digest.
        wanted: What was to be read back of them: what no other restriction holds.
        restored: What that came to.
    """

    formers: dict[bytes, FormerRecord]
    held: dict[bytes, list[FormerRecord]]
    wanted: list[FormerRecord]
    restored: Restored


@dataclass(frozen=True, slots=True)
class ReadingBack:
    """Reads entries of one record type back.

    Attributes:
        work: A lift's or an erasure's.
        batches: Takes the transactions.
        opened: The vault.
        record_type: Which type, or ``LOGIN``.
        over: Restrictions that have been read back in the transaction that is open.
    """

    work: Work
    batches: Batches
    opened: OpenVault
    record_type: str
    over: frozenset[RestrictionId] = frozenset()

    async def chunks(self) -> AsyncIterator[Came]:
        """Read back, at most 1,000 records at a time, until nothing more comes back.

        What each chunk brings about is added to the open transaction before it is given.
        """
        has_come = waits = True
        while has_come and waits:
            has_come = waits = False
            after = 0
            while chunk := await self._chunk(after):
                after = chunk[-1].number
                came = await self._come_back(chunk)
                waits = waits or len(came.formers) < len(chunk)
                if came.formers:
                    has_come = True
                    yield came
                if len(chunk) < _AT_ONCE:
                    break
            if waits:
                await self.batches.finish()  # what came back is in no vault any more

    async def _chunk(self, after: int) -> list[NumberedEntry]:
        database, controller_id = self.work.context.database, self.work.job.controller_id
        async with transaction(database, controller_id) as connection:
            return await vault.read_chunk(
                connection, self.opened.restriction_id, self.record_type, after, _AT_ONCE
            )

    async def _come_back(self, chunk: Sequence[NumberedEntry]) -> Came:
        name = self.record_type
        digests = [each.record_digest for each in chunk]
        formers = dict(zip(digests, self.opened.open(name, chunk), strict=True))
        # Whoever is just changing one says so before the lock is ours: first locked, then asked.
        await self.batches.lock(name, [each for each in formers.values() if not each.is_removed])
        database, controller_id = self.work.context.database, self.work.job.controller_id
        async with transaction(database, controller_id) as connection:
            held = await self.opened.held_by_others(connection, name, digests, self.over)
        free = (without(former, held.get(digest, [])) for digest, former in formers.items())
        wanted = [each for each in free if each is not None]
        restored = await self.batches.restore(name, wanted) if wanted else Restored()
        waiting = await self._waiting(wanted, restored)
        restored = replace(
            restored,
            gone=tuple(each for each in restored.gone if each not in waiting),
            partial=tuple(each for each in restored.partial if each not in waiting),
        )
        done = {digest: each for digest, each in formers.items() if each.key not in waiting}
        content = self.batches.content
        content.uploads += lost_uploads(self.work, name, wanted, restored)
        if keys := tuple(each.key for each in done.values()):
            content.unvaulted.append(Unvaulted(str(self.opened.restriction_id), name, keys))
        return Came(done, held, wanted, restored)

    async def _waiting(self, wanted: Sequence[FormerRecord], restored: Restored) -> set[Key]:
        """Name what did not come back, or not whole, and may yet: what it refers to lies in a vault."""
        gone, partial = set(restored.gone), set(restored.partial)
        amiss = [each for each in wanted if each.key in (gone if each.is_removed else partial)]
        if not amiss or self.record_type == LOGIN or self._is_no_loss():
            return set()
        found: set[Key] = set()
        database, controller_id = self.work.context.database, self.work.job.controller_id
        async with transaction(database, controller_id) as connection:
            for former in amiss:
                for base_type, key in self.work.hands.bases(self.record_type, former):
                    digest = self.work.keys.digest(base_type, key)
                    entries = await vault.held_by_others(connection, None, base_type, [digest])
                    if any(each.is_removed for each in entries):
                        found.add(former.key)
        return found

    def _is_no_loss(self) -> bool:
        """Tell whether an erasure would delete it in any case."""
        if self.work.right is not Right.ERASURE:
            return False
        branches = branches_of(self.work.data_map.record_types[self.record_type], Right.ERASURE)
        return all(each.rule.effect is Effect.DELETE for each in branches)
