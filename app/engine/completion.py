"""The transaction that ends a restriction, a lift or an erasure: receipt, trail, event; or nothing of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import ExecutionStopped
from app.domain.ids import BundleId, JobId, ReceiptId, RestrictionId
from app.domain.tallies import Tally
from app.engine import evidence, held_subjects, verification
from app.engine.cancellation import stop_if_called_off
from app.engine.releases import looks_at
from app.engine.vault_remains import require_erased, require_read_back
from app.engine.work import Work
from app.sources.hands import Counted
from app.store import (
    audit,
    deferrals,
    forgetting,
    jobs,
    ledger,
    outbox,
    restrictions,
    subject_requests,
    tallies,
    upload_removals,
)
from app.store.restrictions import Restriction
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from schemas.receipts import ReceiptUploads
from schemas.vocabulary import EventType, RestrictionState, TallyPhase

_NO_UPLOADS = ReceiptUploads(removed=0, missing=0)


@dataclass(frozen=True, slots=True)
class Ending:
    """What a completing transaction says.

    Attributes:
        action: In the audit trail.
        event: To the controller.
        left: What is left of the subject, by rule.
        uploads: What became of stored uploads.
        named: Ids that the trail and the event carry.
    """

    action: AuditAction
    event: EventType
    left: Sequence[Tally] = ()
    uploads: ReceiptUploads = _NO_UPLOADS
    named: dict[str, JsonValue] = field(default_factory=dict)


async def complete_erasure(work: Work, found: list[Counted], uploads: ReceiptUploads) -> None:
    """End an erasure; with it goes what Habeas itself holds of the subject.

    Args:
        work: The job's.
        found: What is left, by rule.
        uploads: What became of stored uploads.

    Raises:
        AttentionNeeded: A restriction holds something still that cannot come back yet.
        ExecutionStopped: The job is another worker's.
    """
    job = work.job
    left = verification.tallied(found)
    ending = Ending(AuditAction.ERASURE_COMPLETED, EventType.ERASURE_COMPLETED, left, uploads)
    async with transaction(work.context.database, job.controller_id) as connection:
        receipt_id = await _complete(connection, work, ending)
        version_id = work.ground.version.id
        await ledger.add(connection, job.controller_id, job.subject_digest, version_id)
        await upload_removals.delete_of_job(connection, job.id)
        held = await held_subjects.remember(connection, work, found)
        await require_erased(connection, work, held)
        bundle_ids = await forgetting.forget_subject(connection, job.subject_digest, held)
        await _announce(connection, work, ending, receipt_id)
        next_job_id = await jobs.next_for_subject(connection, job.id)
        again_id = await _look_again(connection, work, found)
    _delete_bundles(work, bundle_ids)
    if again_id is not None:
        await work.context.ring(job.controller_id, again_id)
    if next_job_id is not None:
        await work.context.ring(job.controller_id, next_job_id)


async def _look_again(
    connection: AsyncConnection, work: Work, found: Sequence[Counted]
) -> JobId | None:
    """Have deferrals re-examined that this job has not looked at: any, or all where something is held."""
    rules = await deferrals.list_rules(connection)
    is_all_seen = not held_subjects.is_held(found) and all(looks_at(work, each) for each in rules)
    if is_all_seen or not rules:
        return None
    return await jobs.enqueue_re_examination(connection, work.job.controller_id)


async def complete_restriction(
    work: Work, restriction_id: RestrictionId, found: list[Counted]
) -> None:
    """End a restriction; it stays active until it is lifted.

    Args:
        work: The job's.
        restriction_id: Which one.
        found: What the rules keep as it is.

    Raises:
        CalledOff: The subject request has been cancelled meanwhile; nothing is ended.
        ExecutionStopped: The job is another worker's.
    """
    ending = Ending(
        AuditAction.RESTRICTION_APPLIED,
        EventType.RESTRICTION_APPLIED,
        verification.tallied([each for each in found if each.branch.rule.effect == "keep"]),
        named={"restriction_id": str(restriction_id)},
    )
    await _end(work, ending)


async def complete_lift(work: Work, restriction: Restriction, uploads: ReceiptUploads) -> None:
    """End a lift, and the restriction with it.

    Args:
        work: The job's.
        restriction: The one that was read back.
        uploads: What became of stored uploads that nothing names any more.

    Raises:
        AttentionNeeded: The vault holds something still that cannot come back yet.
        ExecutionStopped: The job is another worker's.
    """
    ending = Ending(
        AuditAction.RESTRICTION_LIFTED,
        EventType.RESTRICTION_LIFTED,
        uploads=uploads,
        named={
            "restriction_id": str(restriction.id),
            "is_subject_informed": _is_informed(work),
        },
    )
    await _end(work, ending, restriction)


def _is_informed(work: Work) -> bool:
    """Whether the subject was told before the lift; else somebody said why not."""
    information = work.request.options.get("information")
    return isinstance(information, dict) and "informed_at" in information


async def _end(work: Work, ending: Ending, lifted: Restriction | None = None) -> None:
    job = work.job
    async with transaction(work.context.database, job.controller_id) as connection:
        receipt_id = await _complete(connection, work, ending)
        if lifted is None:
            await stop_if_called_off(connection, work)  # from here on, calling off is refused
        else:
            await require_read_back(connection, lifted)
            await restrictions.end(connection, lifted.id, RestrictionState.LIFTED)
            await upload_removals.delete_of_job(connection, job.id)
        await _announce(connection, work, ending, receipt_id)
        next_job_id = await jobs.next_for_subject(connection, job.id)
    if next_job_id is not None:
        await work.context.ring(job.controller_id, next_job_id)


async def _complete(connection: AsyncConnection, work: Work, ending: Ending) -> ReceiptId:
    """End job and request, with the receipt of what was done."""
    job = work.job
    await jobs.save_progress(connection, job.id, job.fence, work.progress.steps)
    if not await jobs.complete(connection, job.id, job.fence):
        raise ExecutionStopped("the job is another worker's")
    await tallies.replace(connection, job.id, TallyPhase.LEFT, ending.left)
    receipt_id = await evidence.issue(connection, work, ending.left, ending.uploads)
    request_id = work.request.id
    await subject_requests.complete(connection, request_id, None, receipt_id)
    return receipt_id


async def _announce(
    connection: AsyncConnection, work: Work, ending: Ending, receipt_id: ReceiptId
) -> None:
    """Tell of the end in the outbox and, last of all, in the audit trail."""
    job, request_id = work.job, work.request.id
    named = ending.named | {"receipt_id": str(receipt_id)}
    for event in (ending.event, EventType.REQUEST_COMPLETED):
        await outbox.add(connection, job.controller_id, event, request_id, named)
    for action in (ending.action, AuditAction.REQUEST_COMPLETED):
        await audit.append(
            connection, job.controller_id, action, subject_request_id=request_id, details=named
        )


def _delete_bundles(work: Work, bundle_ids: Sequence[BundleId]) -> None:
    for bundle_id in bundle_ids:
        work.context.bundles.delete(bundle_id)
