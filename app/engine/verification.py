"""Looks whether all that was done stands, and whether anything is left that no rule explains."""

from collections.abc import Container

from app.domain.errors import AttentionNeeded
from app.domain.ids import IntentId
from app.domain.tallies import Tally
from app.engine.intent_content import DoneKeys, IntentContent
from app.engine.settling import done_cells
from app.engine.work import Work
from app.sources.hands import Counted, HeldRecords
from app.store import intents
from app.store.transaction import transaction
from app.waiting import waits
from schemas.vocabulary import AttentionReason, Effect, Outcome

MOST_PASSES = 3
_INTENTS_AT_ONCE = 4


async def left(work: Work, held: HeldRecords | None = None) -> list[Counted]:
    """Locate the subject's records again and say under which rule each is left.

    Args:
        work: The job's; every intent of it is settled.
        held: What restrictions hold of the subject, where that stays with them.
    """
    order = work.hands.order
    names = (*order.names, *order.persons)
    return await work.hands.counts(names, is_forecast=False, held=held)


def undone(work: Work, found: list[Counted]) -> int:
    """Count the records that a rule would still change; the subject's own stripped row is none."""
    persons = set(work.hands.order.persons)
    return sum(
        each.count
        for each in found
        if each.branch.rule.effect is not Effect.KEEP
        and not (each.record_type in persons and each.branch.rule.effect is Effect.ANONYMISE)
    )


def tallied(found: list[Counted]) -> list[Tally]:
    """Write what is left as tallies."""
    return [
        Tally(
            each.record_type,
            each.roles,
            each.branch.role,
            each.branch.position,
            Outcome.DEFERRED if waits(each.branch.rule) else Outcome.KEPT,
            each.count,
        )
        for each in found
    ]


def is_seen(work: Work, done: DoneKeys) -> bool:
    """Tell whether locating the subject's records again shows as much as their keys would.

    Not so for others' records, nor for what is found through something that is gone.

    Args:
        work: The job's that acted on them.
        done: Their keys, and the branch.
    """
    return not done.is_later and work.hands.leaves_traces(done.record_type)


async def check_keys(work: Work, seen: Container[IntentId]) -> None:
    """Look at every record that the job has acted on, unless locating it again shows as much.

    Args:
        work: The job's; what is left has been located.
        seen: Intents of which every record would have been located.

    Raises:
        AttentionNeeded: One does not look as it was left.
    """
    after, amiss = 0, 0
    while True:
        async with transaction(work.context.database, work.job.controller_id) as connection:
            settled = await intents.list_settled(connection, work.job.id, after, _INTENTS_AT_ONCE)
        if not settled:
            break
        after = settled[-1].number
        for intent in settled:
            if intent.id in seen:
                continue
            text = work.keys.seal.open(intent.sealed, str(intent.id))
            done = IntentContent.from_text(text).done
            if unseen := [each for each in done if not is_seen(work, each)]:
                amiss += await work.hands.unaffected([done_cells(work, each) for each in unseen])
    if amiss:
        raise unexplained(amiss)


def unexplained(count: int) -> AttentionNeeded:
    """Say that records are there which no rule explains."""
    return AttentionNeeded(
        AttentionReason.UNEXPLAINED_RECORDS,
        f"{count} records are still there, or have come back, and no rule keeps them. Find out "
        "what writes them, then resume.",
    )
