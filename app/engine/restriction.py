"""Restriction: a subject's records are hidden or anonymised, and can be read back to the byte.

Reference:
    GDPR Art. 18; seed 002, the RESTRICT table; ``docs/effects.md``, "The vault".
"""

from collections.abc import Container

from app.domain.errors import AttentionNeeded, ExecutionStopped, IntegrityViolation
from app.domain.ids import RestrictionId, new_id
from app.domain.steps import Step
from app.engine import completion, verification
from app.engine.assignment import Assignment, read_assignment
from app.engine.batches import Batches
from app.engine.cancellation import CalledOff, is_called_off
from app.engine.contention import undisturbed
from app.engine.context import EngineContext
from app.engine.plan import tallied
from app.engine.progress import Progress
from app.engine.reach import require_reach
from app.engine.rollback import roll_back
from app.engine.settling import settle_open
from app.engine.vault_remains import require_known
from app.engine.vaults import OpenVault, open_vault
from app.engine.work import Work, begin
from app.record_keys import new_key
from app.rules import led_roles
from app.sources.hands import NOTHING, Counted, FormerRecord
from app.sources.keys import Keys
from app.store import jobs, restrictions, tallies, vault
from app.store.jobs import ClaimedJob
from app.store.restrictions import NewRestriction, Restriction
from app.store.transaction import transaction
from schemas.vocabulary import AttentionReason, Effect, RestrictionGround, Right

_NOTED_AT_ONCE = 5_000
_VERIFICATION = Step("verification", "Verification")


async def restrict(context: EngineContext, job: ClaimedJob, progress: Progress) -> None:
    """Carry out a restriction.

    Args:
        context: The engine's.
        job: As claimed.
        progress: Where to report.

    Raises:
        AttentionNeeded: Nobody to restrict, an older restriction that holds what the data map does not
            know, records that come faster than they are restricted, or that should be and are out
            of reach.
        ExecutionStopped: The job is another worker's.
        SourceFailure: The LMS did not answer, or not as the data map says.
    """
    assignment = await read_assignment(context, job)
    await undisturbed(lambda: _carry_out(context, assignment, progress))


async def _carry_out(context: EngineContext, assignment: Assignment, progress: Progress) -> None:
    work = await begin(context, assignment, Right.RESTRICTION, progress)
    await settle_open(work)
    if not is_called_off(work.request):
        require_reach(work)
    if not await work.hands.is_there():
        raise AttentionNeeded(
            AttentionReason.SUBJECT_NOT_FOUND,
            "The controller has no such person in the LMS any more. Search again and submit anew.",
        )
    order = work.hands.order
    names = (*order.names, *order.persons)
    planned = await work.hands.counts(names, is_forecast=True)
    restriction = await _open(work)
    async with transaction(context.database, work.job.controller_id) as connection:
        await tallies.set_planned(connection, work.job.id, tallied(planned))
    types = work.data_map.record_types
    progress.plan([*(Step(n, types[n].title, record_count=0) for n in names), _VERIFICATION])
    try:
        opened = open_vault(work, restriction)
        found = await _restrict(work, opened, planned)
        await _take_over(work, opened)
        progress.finish()
        await completion.complete_restriction(work, restriction.id, found)
    except CalledOff:
        await settle_open(work)
        await roll_back(work, restriction)


async def _restrict(work: Work, opened: OpenVault, planned: list[Counted]) -> list[Counted]:
    """Restrict what was counted, then whatever is found that is not restricted yet.

    Returns:
        What was found when there was nothing left to restrict.
    """
    found, count = planned, 1
    async with Batches(work, opened) as batches:
        await batches.block_login()
        for number in range(verification.MOST_PASSES + 1):
            if number:
                work.progress.begin(_VERIFICATION.name)
                found = await verification.left(work)
            acting = {each.record_type for each in found if _is_acting(each)}
            count = await _act(work, batches, opened, acting | work.hands.order.noted)
            await batches.finish()
            if number and not count:
                return found
    raise verification.unexplained(count)


def _is_acting(counted: Counted) -> bool:
    return counted.branch.rule.effect is not Effect.KEEP


async def _take_over(work: Work, opened: OpenVault) -> None:
    """Hold what the subject's older restrictions hold, too."""
    async with transaction(work.context.database, work.job.controller_id) as connection:
        active = await restrictions.active_of_subject(connection, work.job.subject_digest)
        for each in active:
            if each.id != opened.restriction_id:
                await opened.take_over(connection, work, open_vault(work, each))


async def _act(work: Work, batches: Batches, opened: OpenVault, wanted: Container[str]) -> int:
    """Restrict what is not restricted yet of some record types; give how many records that were."""
    total = 0
    async with transaction(work.context.database, work.job.controller_id) as connection:
        held = await vault.record_types(connection, opened.restriction_id)
    for name in (*work.hands.order.names, *work.hands.order.persons):
        work.progress.begin(name)
        if name not in wanted:
            continue
        count = 0
        async for keys in work.hands.candidates(name):
            if free := await _not_yet(work, opened, name, keys) if name in held else keys:
                count += await batches.act(name, free)
        if name in work.hands.order.noted:
            if name in held:
                count += await _act_on_noted(work, batches, opened, name)
            await _note(work, batches, opened, name)
        if count:
            work.progress.count(count)
        total += count
    return total


async def _act_on_noted(work: Work, batches: Batches, opened: OpenVault, name: str) -> int:
    """Look again at what was noted: by now it may have to be changed, though nothing leads to it."""
    count, after, led = 0, 0, led_roles(work.data_map.record_types[name])
    while True:
        async with transaction(work.context.database, work.job.controller_id) as connection:
            chunk = await vault.read_noted(
                connection, opened.restriction_id, name, after, _NOTED_AT_ONCE
            )
        if chunk:
            noted = opened.open(name, chunk)
            keys = Keys.of(each.key for each in noted)
            count += await batches.act(name, keys, [each.mask & led for each in noted])
        if len(chunk) < _NOTED_AT_ONCE:
            return count
        after = chunk[-1].number


async def _note(work: Work, batches: Batches, opened: OpenVault, name: str) -> None:
    """Remember what is kept as it is, but is found through what will not name the subject any more."""
    masks = dict(await work.hands.notes(name))
    found = list(masks)
    for start in range(0, len(found), _NOTED_AT_ONCE):
        keys = Keys.of(found[start : start + _NOTED_AT_ONCE])
        new = await _not_yet(work, opened, name, keys)
        noted = [(name, FormerRecord(key, masks[key], NOTHING, NOTHING)) for key in new]
        batches.content.formers += noted
        await batches.flush_in_time()


async def _not_yet(work: Work, opened: OpenVault, name: str, keys: Keys) -> Keys:
    """Leave out the records that this restriction holds already."""
    digests = {work.keys.digest(name, key): key for key in keys}
    async with transaction(work.context.database, work.job.controller_id) as connection:
        held = await vault.entries(connection, opened.restriction_id, name, list(digests))
    return Keys.of(key for digest, key in digests.items() if digest not in held)


async def _open(work: Work) -> Restriction:
    """Make the restriction with its vault's key, or find the one that an earlier attempt made."""
    request, job = work.request, work.job
    wanted = NewRestriction(
        id=RestrictionId(new_id()),
        subject_request_id=request.id,
        subject_digest=job.subject_digest,
        ground=RestrictionGround(str(request.options["ground"])),
        data_map_version_id=work.ground.version.id,
        wrapped_key=work.context.keyring.wrap(new_key()),
    )
    lease_seconds = work.context.settings.lease_seconds
    async with transaction(work.context.database, job.controller_id) as connection:
        active = await restrictions.active_of_subject(connection, job.subject_digest)
        known = next((each for each in active if each.subject_request_id == request.id), None)
        if known is not None:
            return known
        await require_known(connection, work, active)
        # Locked until the commit: whoever calls the job off finds the restriction, or leaves us none.
        if not await jobs.heartbeat(connection, job.id, job.fence, lease_seconds):
            raise ExecutionStopped("the job is another worker's, or was called off")
        await restrictions.insert(connection, job.controller_id, wanted)
        made = await restrictions.get(connection, wanted.id)
    if made is None:
        raise IntegrityViolation("a restriction that was just made is not there")
    return made
