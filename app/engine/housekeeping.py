"""What has to go, or to be looked at again, when its time has come."""

from datetime import timedelta

from app.domain.ids import BundleId, ControllerId
from app.engine.context import EngineContext
from app.store import (
    audit,
    bundles,
    controllers,
    deferrals,
    held_records,
    holds,
    idempotency,
    jobs,
    outbox,
    previews,
    webhook_log,
    webhook_secrets,
)
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from schemas.vocabulary import EventType

_AT_ONCE = 100
_ORPHANED_AFTER = timedelta(hours=1)
_ANSWERS_KEPT_SECONDS = 24 * 3600.0


async def expire_bundles(context: EngineContext) -> int:
    """Delete the keys of expired bundles, then their files.

    A bundle cannot be read from the moment of its expiry; this makes that final.

    Args:
        context: The engine's.

    Returns:
        How many bundles went.
    """
    gone: list[BundleId] = []
    for controller_id in await _controller_ids(context):
        gone += await _expire_of(context, controller_id)
    for bundle_id in gone:
        context.bundles.delete(bundle_id)
    return len(gone)


async def sweep_files(context: EngineContext) -> int:
    """Delete files that belong to no bundle: what dead attempts left.

    Args:
        context: The engine's.

    Returns:
        How many files went.
    """
    known: set[BundleId] = set()
    for controller_id in await _controller_ids(context):
        async with transaction(context.database, controller_id) as connection:
            known.update(await bundles.list_kept_ids(connection))
    return context.bundles.sweep(known, _ORPHANED_AFTER)


async def forget_answers(context: EngineContext) -> None:
    """Delete stored idempotent answers that are a day old.

    Args:
        context: The engine's.
    """
    for controller_id in await _controller_ids(context):
        async with transaction(context.database, controller_id) as connection:
            await idempotency.forget_older(connection, _ANSWERS_KEPT_SECONDS)


async def expire_previews(context: EngineContext) -> None:
    """Delete previews on which nothing can be approved any more.

    Args:
        context: The engine's.
    """
    for controller_id in await _controller_ids(context):
        async with transaction(context.database, controller_id) as connection:
            await previews.delete_expired(connection)


async def forget_webhooks(context: EngineContext) -> None:
    """Delete events and deliveries that have ended long ago, and secrets that count no more.

    Args:
        context: The engine's.
    """
    seconds = context.settings.webhook_retention.total_seconds()
    for controller_id in await _controller_ids(context):
        async with transaction(context.database, controller_id) as connection:
            await webhook_log.forget_older(connection, seconds)
            await outbox.forget_older(connection, seconds)
            await webhook_secrets.delete_expired(connection)


async def re_examine_deferrals(context: EngineContext) -> int:
    """Have the deferrals of every controller looked at again.

    Args:
        context: The engine's.

    Returns:
        How many controllers' were not about to be anyway.
    """
    queued = 0
    for controller_id in await _controller_ids(context):
        async with transaction(context.database, controller_id) as connection:
            if not (await deferrals.exists(connection) or await held_records.exists(connection)):
                continue
            job_id = await jobs.enqueue_re_examination(connection, controller_id)
        if job_id is not None:
            queued += 1
            await context.ring(controller_id, job_id)
    return queued


async def go_on_re_examining(context: EngineContext) -> int:
    """Have re-examinations go on that stopped after they had begun.

    Nobody else does: a person resumes a subject request, and these carry out none. What they have
    changed is told, and the uploads of what they have deleted go, by themselves alone.

    Args:
        context: The engine's.

    Returns:
        How many go on.
    """
    count = 0
    for controller_id in await _controller_ids(context):
        async with transaction(context.database, controller_id) as connection:
            resumed = await jobs.resume_begun_re_examinations(connection)
        count += len(resumed)
        for job_id in resumed:
            await context.ring(controller_id, job_id)
    return count


async def expire_holds(context: EngineContext) -> int:
    """Show which holds have expired, and have what they kept looked at again.

    A hold counts no longer from the day after its last one; this makes that known.

    Args:
        context: The engine's.

    Returns:
        How many holds have expired.
    """
    count = 0
    for controller_id in await _controller_ids(context):
        async with transaction(context.database, controller_id) as connection:
            expired = await holds.expire(connection)
            if not expired:
                continue
            job_id = await jobs.enqueue_re_examination(connection, controller_id)
            for hold_id in expired:
                details = {"hold_id": str(hold_id)}
                await audit.append(
                    connection, controller_id, AuditAction.HOLD_EXPIRED, details=details
                )
        count += len(expired)
        if job_id is not None:
            await context.ring(controller_id, job_id)
    return count


async def _expire_of(context: EngineContext, controller_id: ControllerId) -> list[BundleId]:
    gone = []
    async with transaction(context.database, controller_id) as connection:
        for bundle_id, request_id in await bundles.list_expired(connection, _AT_ONCE):
            if not await bundles.forget_key(connection, bundle_id):
                continue
            named = {"bundle_id": str(bundle_id)}
            await outbox.add(connection, controller_id, EventType.BUNDLE_EXPIRED, request_id, named)
            await audit.append(
                connection,
                controller_id,
                AuditAction.BUNDLE_EXPIRED,
                subject_request_id=request_id,
                details=named,
            )
            gone.append(bundle_id)
    return gone


async def _controller_ids(context: EngineContext) -> list[ControllerId]:
    async with transaction(context.database, None) as connection:
        return await controllers.list_ids(connection)
