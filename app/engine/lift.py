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
from app.engine.progress import Progress
from app.engine.reading_back import Came, ReadingBack
from app.engine.settling import settle_open
from app.engine.upload_removal import remove_uploads
from app.engine.vault_remains import require_known
from app.engine.vaults import OpenVault, open_vault
from app.engine.work import Work, begin
from app.sources.hands import LOGIN
from app.sources.keys import Key
from app.store import restrictions, vault
from app.store.jobs import ClaimedJob
from app.store.restrictions import Restriction
from app.store.transaction import transaction
from schemas.vocabulary import Outcome, RestrictionState, Right

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
    count = 0
    async for came in ReadingBack(work, batches, opened, name).chunks():
        if name != LOGIN:
            _count(work, batches, name, came)
        await batches.flush_in_time()
        count += sum(not each.is_noted for each in came.formers.values())
    return count


def _count(work: Work, batches: Batches, name: str, came: Came) -> None:
    """Count what was read back; what other restrictions hold all of stays as it is, and is no part of it."""
    partial, gone = set(came.restored.partial), set(came.restored.gone)
    roles = tuple(work.data_map.record_types[name].roles)
    done = {each.key for each in came.formers.values()}
    for former in came.wanted:
        if former.key in done:
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
