"""Erasure: every record of a subject, by the rules of each kind, verified.

Every part may be done again after a crash: what was done is not found again, and what was counted is
settled once.

Reference:
    GDPR Art. 17; ``docs/effects.md``, "The order of effects".
"""

from collections.abc import Container

from app.domain.steps import Step
from app.engine import completion, plan, verification
from app.engine.assignment import Assignment, read_assignment
from app.engine.batches import Batches
from app.engine.contention import undisturbed
from app.engine.context import EngineContext
from app.engine.held_subjects import is_held
from app.engine.progress import Progress
from app.engine.reach import require_reach
from app.engine.releases import release
from app.engine.restricted import act_on_vault
from app.engine.settling import settle_open
from app.engine.upload_removal import remove_uploads
from app.engine.work import Work, begin
from app.rules import led_roles
from app.sources.hands import Counted
from app.sources.keys import Keys
from app.store.jobs import ClaimedJob
from schemas.vocabulary import Effect, Right

_RELEASE = Step("release", "Records that waited for this", record_count=0)
_UPLOADS = Step("uploads", "Stored uploads", record_count=0)
_VERIFICATION = Step("verification", "Verification")

_MOST_TURNS = 100
"""Deeper than any conversation goes to and fro; an LMS that brings back what goes is told by the verification."""


async def erase(context: EngineContext, job: ClaimedJob, progress: Progress) -> None:
    """Carry out an erasure.

    Args:
        context: The engine's.
        job: As claimed.
        progress: Where to report.

    Raises:
        AttentionNeeded: Nobody to erase, new kinds of effects, something that no rule explains, or
            records that should go and are out of reach.
        ExecutionStopped: The job is another worker's.
        SourceFailure: The LMS or a file store did not answer, or not as the data map says.
    """
    assignment = await read_assignment(context, job)
    await undisturbed(lambda: _erase(context, assignment, progress))


async def _erase(context: EngineContext, assignment: Assignment, progress: Progress) -> None:
    work = await begin(context, assignment, Right.ERASURE, progress)
    await settle_open(work)
    require_reach(work)
    planned = await plan.make(work)
    _announce(work)
    async with Batches(work) as batches:
        if not planned.is_begun:
            batches.content.notes.update(planned.notes)
            if not work.holds_own_row:
                await batches.block_login()
        found = await _act(work, batches, planned, planned.found)
        for _ in range(verification.MOST_PASSES - 1):
            if verification.undone(work, found):
                batches.content.notes.update(await plan.note_anew(work, planned, found))
                found = await _act(work, batches, planned, found)
    if amiss := verification.undone(work, found):
        raise verification.unexplained(amiss)
    progress.begin(_UPLOADS.name)
    uploads = await remove_uploads(work)
    progress.count(uploads.removed)
    progress.begin(_VERIFICATION.name)
    await verification.check_keys(work, batches.seen)
    progress.finish()
    await completion.complete_erasure(work, found, uploads)


def _announce(work: Work) -> None:
    types = work.data_map.record_types
    order = work.hands.order
    names = (*order.names, *order.persons)
    steps = [Step(name, types[name].title, record_count=0) for name in names]
    position = len(order.names)
    work.progress.plan([*steps[:position], _RELEASE, *steps[position:], _UPLOADS, _VERIFICATION])


async def _act(
    work: Work, batches: Batches, planned: plan.Plan, found: list[Counted]
) -> list[Counted]:
    """Do once what was found to do, and say what is left."""
    order = work.hands.order
    await work.stand()
    acting, kept = _split(found)
    is_gone = not is_held(found)
    # What leads to noted records goes before them: what is kept of these is remembered first.
    keeping = [name for name in order.names if name in kept | planned.held]
    await _defer_kept(work, batches, planned, *(name for name in keeping if name in order.noted))
    for name in order.names:
        work.progress.begin(name)
        count = 0
        if name in planned.held:
            count += await act_on_vault(work, batches, planned.restrictions, name)
        if name in keeping and name not in order.noted:
            await _defer_kept(work, batches, planned, name)
        if name in acting | planned.held:
            count += await _act_on(work, batches, planned, name)
        count += await _act_in_turn(work, batches, planned, name, acting)
        work.progress.count(count)
    await batches.finish()
    work.progress.begin(_RELEASE.name)
    work.progress.count(await _release(work, batches, is_gone=is_gone))
    await work.stand()
    if work.holds_something and planned.own is not None:
        await work.hands.look_for_name(order.names, planned.own)
    for name in order.persons:
        work.progress.begin(name)
        if name not in planned.finished and not work.holds_own_row:
            count = await act_on_vault(work, batches, planned.restrictions, name)
            work.progress.count(count + await _act_on(work, batches, planned, name))
            planned.finished.add(name)
    await batches.finish()
    await _release(work, batches, is_gone=is_gone)
    return await verification.left(work, planned.own if work.holds_something else None)


async def _release(work: Work, batches: Batches, *, is_gone: bool) -> int:
    """Carry out what waited for the subject. Of whom something is held, others wait still: a re-examination looks."""
    return await release(work, batches) if is_gone else 0


def _split(found: list[Counted]) -> tuple[set[str], set[str]]:
    """Name the record types with something to change, and those with something kept until later."""
    acting = {each.record_type for each in found if each.branch.rule.effect is not Effect.KEEP}
    keeping = {
        each.record_type
        for each in found
        if each.branch.rule.effect is Effect.KEEP and each.branch.rule.until is not None
    }
    return acting, keeping


async def _defer_kept(work: Work, batches: Batches, planned: plan.Plan, *names: str) -> None:
    """Remember what is kept until later, before what leads to it goes."""
    for name in names:
        async for branch, containers in work.hands.kept_containers(name, planned.own):
            batches.defer(name, branch, containers)


async def _act_in_turn(
    work: Work, batches: Batches, planned: plan.Plan, last: str, acting: Container[str]
) -> int:
    """Go on with record types that lie over each other, from the leaves up, until nothing more goes."""
    names = [each for each in work.hands.order.turns(last) if each in acting]
    total = 0
    for _ in range(_MOST_TURNS if names else 0):
        await batches.finish()  # what went is not located again
        changed = [await _act_on(work, batches, planned, name) for name in names]
        total += sum(changed)
        if not any(changed):
            break
    return total


async def _act_on(work: Work, batches: Batches, planned: plan.Plan, name: str) -> int:
    if name in planned.notes:
        led = led_roles(work.data_map.record_types[name])
        keys = Keys.of(key for key, _ in planned.notes[name])
        masks = [mask & led for _, mask in planned.notes[name]]
        return await batches.act(name, keys, masks)
    count = 0
    async for keys in work.hands.candidates(name):
        count += await batches.act(name, keys)
    return count
