"""Lifting a restriction: former values are read back, where what was set still stands.

Reference:
    GDPR Art. 18(3); seed 002, "restoring the data subject (user) from the trashcan".
"""

from uuid import UUID

from app.domain.errors import IntegrityViolation
from app.domain.ids import RestrictionId
from app.domain.steps import Step
from app.engine import completion
from app.engine.assignment import Assignment, read_assignment
from app.engine.batches import Batches
from app.engine.contention import undisturbed
from app.engine.context import EngineContext
from app.engine.intent_content import Unvaulted
from app.engine.lost_uploads import lost_uploads
from app.engine.overlaps import without
from app.engine.progress import Progress
from app.engine.settling import settle_open
from app.engine.upload_removal import remove_uploads
from app.engine.vault_remains import require_known
from app.engine.vaults import OpenVault, open_vault
from app.engine.work import Work, begin
from app.sources.hands import LOGIN, FormerRecord, Restored
from app.sources.keys import Key
from app.store import restrictions, vault
from app.store.jobs import ClaimedJob
from app.store.restrictions import Restriction
from app.store.transaction import transaction
from schemas.vocabulary import Outcome, RestrictionState, Right

_AT_ONCE = 1_000
_NO_RULE = -1
"""Where a tally names a rule: what is read back follows none."""


async def lift(context: EngineContext, job: ClaimedJob, progress: Progress) -> None:
    """Carry out the lifting of a restriction.

    Args:
        context: The engine's.
        job: As claimed.
        progress: Where to report.

    Raises:
        AttentionNeeded: The vault holds what the data map does not know, or what cannot come back yet.
        ExecutionStopped: The job is another worker's.
        SourceFailure: The LMS did not answer, or not as the data map says.
    """
    assignment = await read_assignment(context, job)
    await undisturbed(lambda: _lift(context, assignment, progress))


async def _lift(context: EngineContext, assignment: Assignment, progress: Progress) -> None:
    work = await begin(context, assignment, Right.RESTRICTION, progress)
    await settle_open(work)
    restriction = await _restriction(work)
    if restriction.state is RestrictionState.ACTIVE:
        await read_back(work, restriction)
    uploads = await remove_uploads(work)
    progress.finish()
    await completion.complete_lift(work, restriction, uploads)


async def read_back(work: Work, restriction: Restriction) -> None:
    """Read a whole vault back, in the opposite order, log-in last.

    Args:
        work: The job's.
        restriction: An active one.
    """
    order = work.hands.order
    names = (*reversed((*order.names, *order.persons)), LOGIN)
    types = work.data_map.record_types
    work.progress.plan(
        [Step(n, types[n].title if n in types else "Log-in", record_count=0) for n in names]
    )
    opened = open_vault(work, restriction)
    async with transaction(work.context.database, work.job.controller_id) as connection:
        await require_known(connection, work, [restriction])
        held = set(await vault.record_types(connection, restriction.id))
    async with Batches(work) as batches:
        for name in names:
            work.progress.begin(name)
            if name in held:
                work.progress.count(await _read_back(work, batches, opened, name))
        await batches.finish()


async def _read_back(work: Work, batches: Batches, opened: OpenVault, name: str) -> int:
    after, count = 0, 0
    while True:
        async with transaction(work.context.database, work.job.controller_id) as connection:
            chunk = await vault.read_chunk(connection, opened.restriction_id, name, after, _AT_ONCE)
            digests = [each.record_digest for each in chunk]
            held = await opened.held_by_others(connection, name, digests)
        if not chunk:
            return count
        formers = opened.open(name, chunk)
        restored = await _restored(work, batches, name, (formers, digests, held))
        keys = tuple(each.key for each in formers)
        unvaulted = Unvaulted(str(opened.restriction_id), name, keys)
        _count(work, batches, name, formers, restored)
        batches.content.unvaulted.append(unvaulted)
        await batches.flush_in_time()
        count += sum(not each.is_noted for each in formers)
        if len(chunk) < _AT_ONCE:
            return count
        after = chunk[-1].number


async def _restored(
    work: Work,
    batches: Batches,
    name: str,
    chunk: tuple[list[FormerRecord], list[bytes], dict[bytes, list[FormerRecord]]],
) -> Restored:
    formers, digests, held = chunk
    free = [
        without(former, held.get(digest, []))
        for digest, former in zip(digests, formers, strict=True)
    ]
    wanted = [each for each in free if each is not None]
    if not wanted:
        return Restored()
    restored = await batches.restore(name, wanted)
    batches.content.uploads += lost_uploads(work, name, wanted, restored)
    return restored


def _count(
    work: Work, batches: Batches, name: str, formers: list[FormerRecord], restored: Restored
) -> None:
    if name == LOGIN:
        return
    partial, gone = set(restored.partial), set(restored.gone)
    roles = tuple(work.data_map.record_types[name].roles)
    for former in formers:
        if former.is_noted:
            continue
        names = tuple(role for n, role in enumerate(roles) if former.mask >> n & 1)
        outcome = _outcome(former.key, partial, gone)
        batches.content.count(name, names, "", _NO_RULE, outcome, 1)


def _outcome(key: Key, partial: set[Key], gone: set[Key]) -> Outcome:
    if key in partial:
        return Outcome.LEFT_CHANGED
    return Outcome.ALREADY_GONE if key in gone else Outcome.RESTORED


async def _restriction(work: Work) -> Restriction:
    wanted = RestrictionId(UUID(str(work.request.options["restriction_id"])))
    async with transaction(work.context.database, work.job.controller_id) as connection:
        restriction = await restrictions.get(connection, wanted)
    if restriction is None:
        raise IntegrityViolation("a lift names a restriction that is not there")
    return restriction
