"""Re-examines a controller's deferrals, because the LMS said that something is gone, or by the clock."""

from collections.abc import Sequence

from app.datamap.held import with_held
from app.datamap.published import published
from app.domain.errors import ExecutionStopped, IntegrityViolation, UploadsRemain
from app.domain.steps import Step
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

_RELEASE = Step("release", "Records that waited for this", record_count=0)


async def re_examine(context: EngineContext, job: ClaimedJob, progress: Progress) -> None:
    """Carry out what nobody waits for any more, under every data map that deferred something.

    Args:
        context: The engine's.
        job: As claimed.
        progress: Where to report.

    Raises:
        ExecutionStopped: The job is another worker's.
        SourceFailure: The LMS or a file store did not answer.
    """
    await undisturbed(lambda: _re_examine(context, job, progress))


async def _re_examine(context: EngineContext, job: ClaimedJob, progress: Progress) -> None:
    progress.plan([_RELEASE])
    progress.begin(_RELEASE.name)
    released = 0
    controller, grounds = await _grounds(context, job)
    await erase_released(context, controller)
    works = [await stand_on(context, job, each, Right.ERASURE, progress) for each in grounds]
    for work in works:  # what was left open under any, before anything is begun anew
        await settle_open(work)
    for work in works:
        async with Batches(work) as batches:
            released += await release(work, batches)
    await _remove_uploads(works)
    progress.count(released)
    progress.finish()
    async with transaction(context.database, job.controller_id) as connection:
        await jobs.save_progress(connection, job.id, job.fence, progress.steps)
        if not await jobs.complete(connection, job.id, job.fence):
            raise ExecutionStopped("the job is another worker's")
        await intents.delete_of_job(connection, job.id)
        await upload_removals.delete_of_job(connection, job.id)
        done = await tallies.list_of_job(connection, job.id, TallyPhase.DONE)
        if count := sum(each.record_count for each in done):
            await outbox.add(
                connection,
                job.controller_id,
                EventType.DEFERRALS_RELEASED,
                None,
                {"record_count": count},
            )
            await audit.append(
                connection,
                job.controller_id,
                AuditAction.DEFERRALS_RELEASED,
                details={"job_id": str(job.id), "record_count": count},
            )


async def _remove_uploads(works: Sequence[Work]) -> None:
    """Remove what goes under every data map; what will not go under one holds up no other's."""
    remaining: UploadsRemain | None = None
    for work in works:
        try:
            await remove_uploads(work)
        except UploadsRemain as failure:
            remaining = remaining or failure
    if remaining is not None:
        raise remaining


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
