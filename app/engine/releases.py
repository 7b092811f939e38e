"""Re-examines what was deferred: what nobody waits for any more follows.

Reference:
    ``docs/effects.md``, "Deferrals".
"""

from app.engine import deferred_records
from app.engine.batches import Batches
from app.engine.work import Work
from app.rules import is_held
from app.sources.hands import Deferred
from app.sources.keys import Keys
from app.store import deferrals, vault
from app.store.deferrals import Deferral, DeferringRule
from app.store.transaction import transaction

_AT_ONCE = 1_000

_MOST_ROUNDS = 100
"""Deeper than what waits hangs on each other; an LMS that undoes what is released is not driven on for ever."""


async def release(work: Work, batches: Batches) -> int:
    """Carry out every deferral whose condition holds, until a round finds none.

    Args:
        work: The job's, after its subject's own records have been dealt with, if it has one: nobody
            waits for the subject any more. Of whom something is held, others do.
        batches: Takes the transactions.

    Returns:
        How many records were changed or deleted.

    Raises:
        ExecutionStopped: The job is another worker's.
        SourceFailure: The LMS did not answer.
    """
    total = 0
    for _ in range(_MOST_ROUNDS):
        await work.stand(is_gone=True)
        count = sum([await _release_rule(work, batches, each) for each in await _rules(work)])
        await batches.finish()
        total += count
        if not count:
            break
    return total


def looks_at(work: Work, rule: DeferringRule) -> bool:
    """Say whether a job looks at what waits by a rule.

    It does not where the rule is of another version of the data map, nor where the job keeps all
    records of the type, since they are held of its subject: what waits may be another's.

    Args:
        work: The job's.
        rule: By which something waits.
    """
    is_own = rule.data_map_version_id == work.ground.version.id
    return is_own and not is_held(work.data_map.record_types[rule.record_type])


async def _rules(work: Work) -> list[DeferringRule]:
    """List the rules by which something waits that is not held, in the order of effects."""
    async with transaction(work.context.database, work.job.controller_id) as connection:
        rules = await deferrals.list_rules(connection)
    own = [each for each in rules if looks_at(work, each)]
    order = (*work.hands.order.names, *work.hands.order.persons)
    return sorted(own, key=lambda each: order.index(each.record_type))


async def _release_rule(work: Work, batches: Batches, rule: DeferringRule) -> int:
    total, after = 0, None
    while True:
        async with transaction(work.context.database, work.job.controller_id) as connection:
            chunk = await deferrals.read_chunk(connection, rule, after, _AT_ONCE)
        if chunk:
            total += await _release_chunk(work, batches, rule, chunk)
        if len(chunk) < _AT_ONCE:
            return total
        after = chunk[-1].id


async def _release_chunk(
    work: Work, batches: Batches, rule: DeferringRule, chunk: list[Deferral]
) -> int:
    cells = deferred_records.opened(work.keys, rule.record_type, [each.sealed for each in chunk])
    asked = Deferred(rule.record_type, rule.role, rule.position, cells)
    numbers = await work.hands.released(asked)
    if not numbers:
        return 0
    due = Deferred(rule.record_type, rule.role, rule.position, tuple(cells[n] for n in numbers))
    count = 0
    async for keys in work.hands.release_candidates(due):
        if free := await _not_held(work, rule.record_type, keys):
            count += await batches.release(due, free)
    if count:
        await batches.finish()  # what went is not found waiting
    waiting = set(await work.hands.waiting(due))
    over = (chunk[n].reading for place, n in enumerate(numbers) if place not in waiting)
    batches.content.released += map(str, over)
    return count


async def _not_held(work: Work, record_type: str, keys: Keys) -> Keys:
    """Leave out the records that a restriction holds."""
    digests = {work.keys.digest(record_type, key): key for key in keys}
    async with transaction(work.context.database, work.job.controller_id) as connection:
        held = await vault.held(connection, record_type, list(digests))
    return Keys.of(key for digest, key in digests.items() if digest not in held)
