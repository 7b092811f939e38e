"""Cuts a job's work into transactions on the LMS, each committed exactly once.

An intent says, before the LMS's COMMIT, all that it brings about; it is settled with the next one. Where
records hang on nothing but themselves, the next transaction works while one is committed; there is
never more than one open intent.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Self

from app.domain.errors import ExecutionStopped
from app.domain.ids import IntentId, new_id
from app.domain.sessions import SessionIdentity
from app.engine import settling, vaults
from app.engine.cancellation import stop_if_called_off
from app.engine.intent_content import IntentContent
from app.engine.vault_notes import take_notes
from app.engine.verification import is_seen
from app.engine.work import Work
from app.rules import Branch
from app.sources.hands import LOGIN, Batch, Deferred, FormerRecord, Restored
from app.sources.keys import Keys
from app.store import intents, jobs
from app.store.intents import NewIntent
from app.store.transaction import transaction

_BATCH_SECONDS, _BATCH_RECORDS = 0.15, 16_000
"""What a transaction aims at: the LMS's own work waits no longer for a row, and an intent holds no more keys."""

_FEWEST, _FIRST, _MOST = 100, 2_000, 4_000
_FAST_SECONDS, _SLOW_SECONDS = 0.06, 0.2
_FEW, _PAUSES, _MOST_PAUSE_SECONDS = 100, 9, 1.0
"""So many are changed at a stretch while the LMS works for others; then it is left alone for so many times as long."""


class Batches:
    """The transactions of one job, one after the other. As a context manager it rolls back what is open.

    Args:
        work: The job's.
        vault: For a restriction: what it changes goes there.
    """

    def __init__(self, work: Work, vault: vaults.OpenVault | None = None) -> None:
        self._work = work
        self._vault = vault
        self._exits = AsyncExitStack()
        self._batch: Batch | None = None
        self._is_independent = False
        self._landing: asyncio.Task[None] | None = None
        self._content = IntentContent()
        self._begun = 0.0
        self._worked = 0.0
        self._changed = self._intended = 0
        self._size = _FIRST
        self._unsettled: tuple[IntentId, IntentContent] | None = None
        self.seen: set[IntentId] = set()
        """Of whose records locating the subject's again shows as much as their keys would."""

    async def __aenter__(self) -> Self:
        """Give the batches."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Roll back what is open; what is being committed stands or does not, as after a crash."""
        if self._landing is not None:
            self._landing.cancel()
            await asyncio.gather(self._landing, return_exceptions=True)
        await self._exits.aclose()

    @property
    def content(self) -> IntentContent:
        """What the open transaction is to bring about, to add to."""
        return self._content

    async def block_login(self) -> None:
        """Block the subject's log-in."""
        former = await (await self._open()).block_login()
        if former is not None and self._vault is not None:
            self._content.formers.append((LOGIN, former))

    async def act(self, record_type: str, keys: Keys, masks: Sequence[int] | None = None) -> int:
        """Act on records, in as many transactions as it takes.

        Args:
            record_type: One type.
            keys: Any number.
            masks: The roles that they have whatever there is now; of the others it is asked.

        Returns:
            How many were changed.
        """
        is_independent = masks is None and self._work.hands.is_independent(record_type)
        count, start = 0, 0
        while start < len(keys):
            end = self._end(start, len(keys))
            began = time.monotonic()
            batch = await self._open(is_independent=is_independent)
            part = keys.part(start, end)
            acted = await batch.act(record_type, part, masks and masks[start:end])
            self._adapt(self._note_work(began, len(part)), len(part))
            self._content.add(acted)
            await self.flush_in_time()
            count, start = count + acted.count, end
        return count

    async def act_at_once(self, record_type: str, keys: Keys, masks: Sequence[int]) -> int:
        """Act on records in the transaction that is open: they were read back in it.

        Returns:
            How many were changed.
        """
        if not keys:
            return 0
        batch, began = await self._open(), time.monotonic()
        acted = await batch.act(record_type, keys, masks)
        self._note_work(began, len(keys))
        self._content.add(acted)
        await self.flush_in_time()
        return acted.count

    async def lock(self, record_type: str, formers: Sequence[FormerRecord]) -> None:
        """Lock the rows of records that are about to be read back."""
        if not formers:
            return
        batch, began = await self._open(), time.monotonic()
        await batch.lock(record_type, Keys.of([each.key for each in formers]))
        self._note_work(began, 0)

    async def restore(self, record_type: str, formers: Sequence[FormerRecord]) -> Restored:
        """Read former values back; the caller says what is counted."""
        batch, began = await self._open(), time.monotonic()
        restored = await batch.restore(record_type, formers)
        self._note_work(began, len(formers))
        return restored

    async def release(self, deferred: Deferred, keys: Keys) -> int:
        """Carry out what deferrals waited for.

        Returns:
            How many records were changed.
        """
        batch, began = await self._open(), time.monotonic()
        acted = await batch.release(deferred, keys)
        self._note_work(began, len(keys))
        self._content.add(acted, is_later=True)
        await self.flush_in_time()
        return acted.count

    def defer(
        self, record_type: str, branch: Branch, containers: Sequence[tuple[str | None, ...]]
    ) -> None:
        """Remember the containers of what is kept until later."""
        self._content.deferred.append(
            Deferred(record_type, branch.role, branch.position, tuple(containers))
        )

    async def flush_in_time(self) -> None:
        """Commit what is open, if it has been open for long enough; leave the LMS to others, if it has any."""
        pause = min(_PAUSES * self._worked, _MOST_PAUSE_SECONDS) if self._gives_way else 0.0
        self._worked = 0.0
        is_long = time.monotonic() + pause - self._begun >= _BATCH_SECONDS
        if is_long or self._intended >= _BATCH_RECORDS:
            await self.flush()
        if pause:
            await asyncio.sleep(pause)

    async def flush(self) -> None:
        """Commit what is open, or let it be committed while the next transaction begins.

        Raises:
            ExecutionStopped: The job is another worker's; nothing of what is open stands.
        """
        if self._batch is None and self._content.is_empty:
            return
        batch = self._batch or await self._open()
        await self._landed()
        content, self._content, self._intended = self._content, IntentContent(), 0
        exits, self._exits, self._batch = self._exits, AsyncExitStack(), None
        self._landing = asyncio.create_task(self._land(batch, exits, content))
        if not self._is_independent:
            await self._landed()

    async def _land(self, batch: Batch, exits: AsyncExitStack, content: IntentContent) -> None:
        """Say what is about to be committed, and commit it."""
        async with exits:
            intent_id = await self._intend(batch, content)
            await batch.commit()
            self._unsettled = (intent_id, content)
        if all(is_seen(self._work, each) for each in content.done):
            self.seen.add(intent_id)

    async def _landed(self) -> None:
        """Wait until what is being committed is."""
        if self._landing is not None:
            await self._landing
            self._landing = None

    async def finish(self) -> None:
        """Commit what is open, and settle it."""
        await self.flush()
        await self._landed()
        if self._unsettled is not None:
            async with transaction(self._work.context.database, self._work.job.controller_id) as c:
                await self._settle(c)

    async def _open(self, *, is_independent: bool = False) -> Batch:
        """Give the open transaction, or open one, which waits for the one before unless it need not."""
        if not is_independent:
            await self._landed()
        if self._batch is None:
            self._batch = await self._exits.enter_async_context(self._work.hands.batch())
            self._begun = time.monotonic()
            self._is_independent = is_independent
        self._is_independent = self._is_independent and is_independent
        return self._batch

    @property
    def _gives_way(self) -> bool:
        """Whether the LMS works for others; it may, as long as nobody knows, but few records are soon done."""
        serves_others = self._work.hands.serves_others
        return self._changed >= _FIRST if serves_others is None else serves_others

    def _note_work(self, began: float, records: int) -> float:
        """Note that the LMS was kept at work since a moment; give for how long."""
        seconds = time.monotonic() - began
        self._worked += seconds
        self._changed += records
        self._intended += records
        return seconds

    def _end(self, start: int, count: int) -> int:
        """Cut after so many records, but leave no small rest."""
        size = min(self._size, _FEW) if self._gives_way else self._size
        end = start + size
        return end if count - end >= size // 2 else count

    def _adapt(self, seconds: float, records: int) -> None:
        if seconds > _SLOW_SECONDS:
            self._size = max(_FEWEST, self._size // 2)
        elif seconds < _FAST_SECONDS and records >= self._size:
            self._size = min(_MOST, self._size * 2)

    async def _intend(self, batch: Batch, content: IntentContent) -> IntentId:
        """Store what is about to be committed; settle what was before."""
        work, intent_id = self._work, IntentId(new_id())
        source = await batch.transaction()
        async with transaction(work.context.database, work.job.controller_id) as connection:
            await self._settle(connection)
            content.data_map_version_id = str(work.ground.version.id)
            if self._vault is not None:
                noted = work.hands.order.noted
                content.taken = await take_notes(connection, self._vault, content.formers, noted)
            intent = NewIntent(
                id=intent_id,
                number=await intents.next_number(connection, work.job.id),
                source=work.data_map.subject.source,
                transaction_id=source.id,
                backend=SessionIdentity(source.backend_pid, source.backend_started_at),
                tallies=tuple(content.tallies),
                sealed=work.keys.seal.close(content.to_text(), str(intent_id)),
            )
            if not await intents.add(connection, work.job, intent):
                raise ExecutionStopped("the job is another worker's")
            if self._vault is not None:
                await stop_if_called_off(connection, work)
                await self._vault.store(connection, intent_id, content.formers)
            await jobs.save_progress(connection, work.job.id, work.job.fence, work.progress.steps)
        return intent_id

    async def _settle(self, connection: settling.Connection) -> None:
        if self._unsettled is not None:
            await settling.settle(connection, self._work, *self._unsettled)
            self._unsettled = None
