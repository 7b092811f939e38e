"""Re-examines a controller's deferrals, because the LMS said that something is gone, or by the clock."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from app.datamap.held import with_held
from app.datamap.published import published
from app.domain.errors import (
    AttentionNeeded,
    ExecutionStopped,
    IntegrityViolation,
    SourceBusy,
    SourceFailure,
)
from app.domain.steps import Step
from app.domain.tallies import Tally
from app.engine.batches import Batches
from app.engine.contention import undisturbed
from app.engine.context import EngineContext
from app.engine.held_subjects import erase_released
from app.engine.holds import held_of
from app.engine.progress import Progress
from app.engine.releases import release
from app.engine.settling import settle_open, versions_of
from app.engine.upload_removal import remove_uploads
from app.engine.work import Ground, Work, stand_on
from app.sources.protocol import SubjectRef
from app.store import (
    audit,
    controllers,
    data_maps,
    deferrals,
    holds,
    intents,
    jobs,
    outbox,
    tallies,
    upload_removals,
)
from app.store.controllers import Controller
from app.store.jobs import ClaimedJob
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from schemas.vocabulary import EventType, Right, TallyPhase

Thing = TypeVar("Thing")
Result = TypeVar("Result")

_RELEASE = Step("release", "Records that waited for this", record_count=0)


async def re_examine(context: EngineContext, job: ClaimedJob, progress: Progress) -> None:
    """Carry out what nobody waits for any more, under every data map that deferred something.

    Args:
        context: The engine's.
        job: As claimed.
        progress: Where to report.

    Raises:
        AttentionNeeded: It is not known what became of a transaction.
        ExecutionStopped: The job is another worker's.
        SourceFailure: The LMS or a file store did not answer, or not as one of the data maps says.
    """
    await undisturbed(lambda: _re_examine(context, job, progress))


async def _re_examine(context: EngineContext, job: ClaimedJob, progress: Progress) -> None:
    progress.plan([_RELEASE])
    progress.begin(_RELEASE.name)
    controller, grounds = await _grounds(context, job)
    await erase_released(context, controller)
    apart = _Apart()
    works = await apart.each(
        grounds, lambda ground: stand_on(context, job, ground, Right.ERASURE, progress)
    )
    # What was left open under any, before anything is begun anew.
    works = await apart.each(works, _settled)
    released = await apart.each(works, _released)
    done = await apart.each([work for work, _ in released], _without_uploads)
    progress.count(sum(count for _, count in released))
    if apart.failure is not None:
        if not isinstance(apart.failure, SourceBusy):  # else it begins again at once
            await _leave(context, job, done)
        raise apart.failure
    progress.finish()
    await _complete(context, job, progress)


async def _complete(context: EngineContext, job: ClaimedJob, progress: Progress) -> None:
    async with transaction(context.database, job.controller_id) as connection:
        await jobs.save_progress(connection, job.id, job.fence, progress.steps)
        if not await jobs.complete(connection, job.id, job.fence):
            raise ExecutionStopped("the job is another worker's")
        await intents.delete_of_job(connection, job.id)
        await upload_removals.delete_of_job(connection, job.id)
        counted = await tallies.list_of_job(connection, job.id, TallyPhase.DONE)
        await _announce(connection, job, counted)


async def _leave(context: EngineContext, job: ClaimedJob, done: Sequence[Work]) -> None:
    """Tell what was released, and forget what is done: whoever goes on does and tells the rest."""
    lease_seconds = context.settings.lease_seconds
    async with transaction(context.database, job.controller_id) as connection:
        if not await jobs.heartbeat(connection, job.id, job.fence, lease_seconds):
            raise ExecutionStopped("the job is another worker's")
        await intents.delete_settled_of_job(connection, job.id)
        versions = [each.ground.version.id for each in done]
        await upload_removals.delete_of_versions(connection, job.id, versions)
        counted = await tallies.list_of_job(connection, job.id, TallyPhase.DONE)
        await tallies.replace(connection, job.id, TallyPhase.DONE, [])
        await _announce(connection, job, counted)


async def _announce(connection: AsyncConnection, job: ClaimedJob, counted: Sequence[Tally]) -> None:
    """Tell what was released, by an event and, last of all, in the audit trail."""
    count = sum(each.record_count for each in counted)
    if not count:
        return
    released = {"record_count": count}
    event = EventType.DEFERRALS_RELEASED
    await outbox.add(connection, job.controller_id, event, None, released)
    await audit.append(
        connection,
        job.controller_id,
        AuditAction.DEFERRALS_RELEASED,
        details={"job_id": str(job.id), **released},
    )


class _Apart:
    """Does something under each data map; what fails under one holds up no other's."""

    def __init__(self) -> None:
        self._failures: list[SourceFailure | AttentionNeeded] = []

    async def each(
        self, things: Sequence[Thing], do: Callable[[Thing], Awaitable[Result]]
    ) -> list[Result]:
        """Give what came of those with which nothing was amiss."""
        results = []
        for thing in things:
            try:
                results.append(await do(thing))
            except (SourceFailure, AttentionNeeded) as failure:
                self._failures.append(failure)
        return results

    @property
    def failure(self) -> SourceFailure | AttentionNeeded | None:
        """What was amiss, if anything; rather what may be mended by trying again."""
        transient = (e for e in self._failures if isinstance(e, SourceFailure) and e.transient)
        return next(transient, next(iter(self._failures), None))


async def _settled(work: Work) -> Work:
    await settle_open(work)
    return work


async def _released(work: Work) -> tuple[Work, int]:
    async with Batches(work) as batches:
        return work, await release(work, batches)


async def _without_uploads(work: Work) -> Work:
    await remove_uploads(work)
    return work


async def _grounds(context: EngineContext, job: ClaimedJob) -> tuple[Controller, list[Ground]]:
    """Stand on every data map version that has deferrals, uploads still to go, or an open intent.

    What is held of everybody is laid over each.
    """
    async with transaction(context.database, job.controller_id) as connection:
        controller = await controllers.get(connection, job.controller_id)
        if controller is None:
            raise IntegrityViolation("a job names a controller that is not there")
        await holds.wait_to_erase(connection, controller.id)
        rules = await deferrals.list_rules(connection)
        left_over = await upload_removals.versions(connection, job.id)
        opened = await intents.list_open(connection, job.id)
        left_over += versions_of(context.keyring.unwrap(controller.digest_key), opened)
        versions = [
            await data_maps.get(connection, version_id)
            for version_id in dict.fromkeys(
                [*(each.data_map_version_id for each in rules), *left_over]
            )
        ]
        known = [each for each in versions if each is not None]
        maps = [published(each.document).data_map for each in known]
        held = [await held_of(connection, controller, each, None) for each in maps]
    nobody = SubjectRef(controller.key_in_lms or "", "")
    return controller, [
        Ground(controller, version, with_held(data_map, types), nobody, None)
        for version, data_map, types in zip(known, maps, held, strict=True)
    ]
