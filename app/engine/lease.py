"""Holding a job: the lease is renewed while the work runs, and the work ends when it is lost."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError

from app.domain.errors import ExecutionStopped
from app.engine.context import EngineContext
from app.engine.progress import Progress
from app.store import jobs
from app.store.jobs import ClaimedJob
from app.store.transaction import transaction

_log = logging.getLogger(__name__)


@asynccontextmanager
async def held(context: EngineContext, job: ClaimedJob) -> AsyncIterator[Progress]:
    """Keep the lease of a job for as long as the block runs.

    The block is cancelled as soon as a heartbeat finds the job in other hands, and at the latest
    when the lease would have run out without an answer from the database.

    Args:
        context: The engine's.
        job: As claimed.

    Yields:
        Where the block reports how far it has come.

    Raises:
        ExecutionStopped: The lease was lost.
    """
    progress = Progress()
    deadline = asyncio.timeout(context.settings.lease_seconds)
    try:
        async with deadline:
            beating = asyncio.create_task(_beat(context, job, progress, deadline))
            try:
                yield progress
            finally:
                beating.cancel()
    except TimeoutError as error:
        if deadline.expired():
            raise ExecutionStopped("the lease was lost") from error
        raise


async def _beat(
    context: EngineContext, job: ClaimedJob, progress: Progress, deadline: asyncio.Timeout
) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(context.settings.heartbeat_seconds)
        asked_at = loop.time()
        try:
            is_ours = await _renew(context, job, progress)
        except (SQLAlchemyError, OSError) as error:
            _log.warning(
                "lease.not_renewed", extra={"job_id": str(job.id), "error": type(error).__name__}
            )
            continue  # the deadline stands
        if not is_ours:
            deadline.reschedule(loop.time())
            return
        deadline.reschedule(asked_at + context.settings.lease_seconds)


async def _renew(context: EngineContext, job: ClaimedJob, progress: Progress) -> bool:
    async with transaction(context.database, job.controller_id) as connection:
        lease_seconds = context.settings.lease_seconds
        is_ours = await jobs.heartbeat(connection, job.id, job.fence, lease_seconds)
        if is_ours and progress.has_changed:
            progress.has_changed = False
            await jobs.save_progress(connection, job.id, job.fence, progress.steps)
    return is_ours
