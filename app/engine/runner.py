"""A worker's own bounded group of running jobs. arq only says where to look."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.claims import MOST_ATTEMPTS
from app.domain.errors import (
    AttentionNeeded,
    ExecutionStopped,
    IntegrityViolation,
    SourceBusy,
    SourceFailure,
    UploadsRemain,
)
from app.domain.ids import ControllerId, JobId
from app.domain.sessions import SessionIdentity
from app.domain.subject_requests import Attention
from app.engine.context import EngineContext
from app.engine.erasure import erase
from app.engine.export import export
from app.engine.lease import held
from app.engine.lift import lift
from app.engine.progress import Progress
from app.engine.re_examination import re_examine
from app.engine.restriction import restrict
from app.store import attention, jobs, ledger, subject_requests
from app.store.forgetting import forget_requests
from app.store.jobs import ClaimedJob
from app.store.transaction import transaction
from schemas.vocabulary import AttentionReason, Right

_log = logging.getLogger(__name__)

Perform = Callable[[EngineContext, ClaimedJob, Progress], Awaitable[None]]
_PERFORM: dict[Right | None, Perform] = {
    Right.ACCESS: export,
    Right.PORTABILITY: export,
    Right.RESTRICTION: restrict,
    Right.RESTRICTION_LIFT: lift,
    Right.ERASURE: erase,
    None: re_examine,
}


class Runner:
    """Claims jobs and runs them, so many at a time.

    Args:
        context: The engine's.
        owner: The session that the leases name.
    """

    def __init__(self, context: EngineContext, owner: SessionIdentity) -> None:
        self._context = context
        self._owner = owner
        self._running: dict[JobId, asyncio.Task[None]] = {}
        self._is_stopping = False
        self.has_room = asyncio.Event()
        """Set when a job has ended, so that somebody looks around at once."""

    async def look_at(self, controller_id: ControllerId, job_id: JobId) -> None:
        """Claim a job and start it, if it is there to be claimed and there is room.

        A job that finds no room stays queued: it is looked for when a place is free.
        """
        if self._is_stopping or job_id in self._running or self._is_full:
            return
        task = asyncio.create_task(self._claim_and_run(controller_id, job_id))
        self._running[job_id] = task
        task.add_done_callback(lambda ended: self._ended(job_id, ended))

    async def look_around(self) -> None:
        """Look at every job that waits, or whose owner is gone: what the doorbell missed."""
        async with transaction(self._context.database, None) as connection:
            waiting = await jobs.wakeable(connection, limit=4 * self._context.settings.worker_jobs)
        for controller_id, job_id in waiting:
            await self.look_at(controller_id, job_id)

    async def stop(self) -> None:
        """Stop every job at its next await, give the leases back and ring for others."""
        self._is_stopping = True
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    @property
    def _is_full(self) -> bool:
        return len(self._running) >= self._context.settings.worker_jobs

    def _ended(self, job_id: JobId, task: asyncio.Task[None]) -> None:
        del self._running[job_id]
        self.has_room.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # The lease stays: the job is tried again when it has run out, three times at most.
            _log.error("job.crashed", extra={"job_id": str(job_id)}, exc_info=error)

    async def _claim_and_run(self, controller_id: ControllerId, job_id: JobId) -> None:
        async with transaction(self._context.database, controller_id) as connection:
            job = await jobs.claim(
                connection, job_id, self._owner, self._context.settings.lease_seconds
            )
        if job is None:
            return
        try:
            await self._run(job)
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(job))
            raise

    async def _run(self, job: ClaimedJob) -> None:
        try:
            async with held(self._context, job) as progress:
                await _PERFORM[job.right](self._context, job, progress)
        except ExecutionStopped:
            _log.info("job.left", extra={"job_id": str(job.id), "fence": job.fence})
        except AttentionNeeded as needed:
            await self._need_attention(job, needed.reason, needed.detail)
        except SourceFailure as failure:
            await self._after_failure(job, failure)
        except IntegrityViolation as violation:
            _log.error("job.impossible", extra={"job_id": str(job.id)}, exc_info=violation)
            await self._need_attention(job, AttentionReason.INTEGRITY, str(violation))

    async def _after_failure(self, job: ClaimedJob, failure: SourceFailure) -> None:
        """Try later where that can help, and ask a person where it cannot."""
        told = {"source": failure.source, "detail": failure.detail}
        _log.warning("job.failed", extra={"job_id": str(job.id), **told})
        if isinstance(failure, SourceBusy) and failure.transient:
            delay = timedelta(seconds=self._context.settings.retry_seconds)
            await self._put_back(job, datetime.now(UTC) + delay)
            return
        if failure.transient and job.attempts < MOST_ATTEMPTS:
            delay = timedelta(seconds=self._context.settings.retry_seconds)
            async with transaction(self._context.database, job.controller_id) as connection:
                if await jobs.retry_later(connection, job.id, job.fence, delay):
                    await _requeue(connection, job)
            return
        await self._need_attention(job, _reason(failure), f"{failure.source}: {failure.detail}")

    async def _need_attention(self, job: ClaimedJob, reason: AttentionReason, detail: str) -> None:
        """Stop for a person, and let the subject's next job go on."""
        async with transaction(self._context.database, job.controller_id) as connection:
            was_told = await jobs.is_told(connection, job.id, reason)
            if not await jobs.need_attention(connection, job.id, job.fence, reason, detail):
                return
            next_job_id = await jobs.next_for_subject(connection, job.id)
            is_gone = reason is AttentionReason.SUBJECT_NOT_FOUND
            if is_gone and await ledger.has(connection, job.subject_digest):
                await forget_requests(connection, job.subject_digest)
            why = Attention(reason, detail)
            if not was_told:
                await attention.record(connection, job.controller_id, job.subject_request_id, why)
        if next_job_id is not None:
            await self._context.ring(job.controller_id, next_job_id)

    async def _give_back(self, job: ClaimedJob) -> None:
        """Let another worker have the job at once."""
        if await self._put_back(job, datetime.now(UTC)):
            await self._context.ring(job.controller_id, job.id)

    async def _put_back(self, job: ClaimedJob, wake_at: datetime) -> bool:
        """Queue the job as if it had not been begun; false where it is another worker's."""
        async with transaction(self._context.database, job.controller_id) as connection:
            is_queued = await jobs.release(connection, job.id, job.fence, wake_at)
            if is_queued:
                await _requeue(connection, job)
        return is_queued


def _reason(failure: SourceFailure) -> AttentionReason:
    if not failure.transient:
        return AttentionReason.SOURCE_DISAGREES
    if isinstance(failure, UploadsRemain):
        return AttentionReason.UPLOADS_REMAIN
    return AttentionReason.SOURCE_UNREACHABLE


async def _requeue(connection: AsyncConnection, job: ClaimedJob) -> None:
    """Show that what the job carries out waits for a worker again."""
    if job.subject_request_id is not None:
        await subject_requests.requeue(connection, job.subject_request_id)
