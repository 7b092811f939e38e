"""What an erasure is about to do: counted once, held against what was approved."""

from collections.abc import Container
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import AttentionNeeded
from app.domain.tallies import Tally
from app.engine.held import held_by_subject
from app.engine.intent_content import IntentContent
from app.engine.vault_remains import require_known
from app.engine.work import Work
from app.rules import HeldRule, branches_of, is_held, strength
from app.sources.hands import Counted, HeldRecords
from app.sources.keys import Key
from app.store import intents, ledger, restrictions, tallies, vault
from app.store.restrictions import Restriction
from app.store.transaction import transaction
from app.waiting import waits
from schemas.vocabulary import AttentionReason, Effect, Outcome, Right

_INTENTS_AT_ONCE = 4
_OUTCOMES = {
    Effect.DELETE: Outcome.REMOVED,
    Effect.ANONYMISE: Outcome.ANONYMISED,
    Effect.HIDE: Outcome.HIDDEN,
    Effect.KEEP: Outcome.KEPT,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job is about to do.

    Attributes:
        notes: Keys and roles of the record types that are found through what goes before them.
        found: The subject's records by branch.
        restrictions: The subject's active ones, oldest first.
        held: The record types of which they hold records that no hold is laid over.
        own: What they hold, to be looked at as it was before.
        is_begun: Whether something has been committed already.
        finished: Record types of the subject's own row that have been acted on.
    """

    notes: dict[str, list[tuple[Key, int]]]
    found: list[Counted]
    restrictions: list[Restriction]
    held: frozenset[str]
    own: HeldRecords | None
    is_begun: bool
    finished: set[str] = field(default_factory=set)


def outcome(counted: Counted) -> Outcome:
    """Say what will have happened to records."""
    rule = counted.branch.rule
    if rule.effect is Effect.KEEP and waits(rule):
        return Outcome.DEFERRED
    return _OUTCOMES[rule.effect]


def tallied(found: list[Counted]) -> list[Tally]:
    """Write what is planned as tallies."""
    return [
        Tally(
            each.record_type,
            each.roles,
            each.branch.role,
            each.branch.position,
            outcome(each),
            each.count,
        )
        for each in found
    ]


async def make(work: Work) -> Plan:
    """Count and note what is to be done, the first time; read it back after a crash.

    Raises:
        AttentionNeeded: The LMS does not know the subject, something would happen that nobody has
            approved, the subject is not to be erased with the trashcan any more, or a restriction holds
            what the data map does not know.
    """
    database, job = work.context.database, work.job
    async with transaction(database, job.controller_id) as connection:
        settled = await intents.list_settled(connection, job.id, 0, 1)
        was_erased = await ledger.has(connection, job.subject_digest)
        active = await restrictions.active_of_subject(connection, job.subject_digest)
        held = [await vault.record_types(connection, each.id) for each in active]
        if not settled:
            await _require_emptied(connection, work)
        await require_known(connection, work, active)
    types = work.data_map.record_types
    held_types = frozenset(
        name for names in held for name in names if name not in types or not is_held(types[name])
    )
    order = work.hands.order
    names = (*order.names, *order.persons)
    own = await held_by_subject(
        database, work.context.keyring, job.controller_id, job.subject_digest
    )
    if settled:
        found = await work.hands.counts(names, is_forecast=False)
        begun = Plan({}, found, active, held_types, own, is_begun=True)
        await _read_back(work, begun)
        return begun
    if not await work.hands.is_there() and not was_erased:
        raise AttentionNeeded(
            AttentionReason.SUBJECT_NOT_FOUND,
            "The controller has no such person in the LMS any more. Search again and submit anew.",
        )
    found = await work.hands.counts(names, is_forecast=True, held=own)
    _hold_against_approval(work, found)
    async with transaction(database, job.controller_id) as connection:
        await tallies.set_planned(connection, job.id, tallied(found))
    noted = [name for name in names if name in order.noted and _occurs(found, name)]
    notes = {name: await work.hands.notes(name) for name in noted}
    return Plan(notes, found, active, held_types, own, is_begun=False)


async def _require_emptied(connection: AsyncConnection, work: Work) -> None:
    """Stop where the trashcan was to be emptied of somebody who is not to be erased with it by now."""
    restriction_id = work.request.options.get("restriction_id")
    if restriction_id is None:
        return
    if not await restrictions.of_trashcan(connection, [UUID(str(restriction_id))]):
        raise AttentionNeeded(
            AttentionReason.APPROVAL_OUTDATED,
            "Since the trashcan was to be emptied, a right of the person restricts them, too, or they "
            "were taken out of it. Cancel this; or resume it once only the trashcan restricts them.",
        )


async def note_anew(
    work: Work, planned: Plan, found: list[Counted]
) -> dict[str, list[tuple[Key, int]]]:
    """Note what appeared since the plan was made, before what leads to it goes.

    Args:
        work: The job's.
        planned: Takes the new notes.
        found: What is left after a pass.

    Returns:
        The new notes, to be stored with the next transaction.
    """
    added: dict[str, list[tuple[Key, int]]] = {}
    for name in work.hands.order.noted:
        if _occurs(found, name):
            known = {key for key, _ in planned.notes.get(name, [])}
            fresh = [each for each in await work.hands.notes(name) if each[0] not in known]
            added[name] = fresh
            planned.notes[name] = [*planned.notes.get(name, []), *fresh]
    return added


async def _read_back(work: Work, begun: Plan) -> None:
    """Take in what every transaction of the job noted, and whether it has come to the person's row."""
    after = 0
    while True:
        async with transaction(work.context.database, work.job.controller_id) as connection:
            page = await intents.list_settled(connection, work.job.id, after, _INTENTS_AT_ONCE)
        if not page:
            return
        after = page[-1].number
        for intent in page:
            text = work.keys.seal.open(intent.sealed, str(intent.id))
            content = IntentContent.from_text(text)
            for name, noted in content.notes.items():
                begun.notes.setdefault(name, []).extend(noted)
            # What is carried out later is another one's row, who waited for this.
            own = {each.record_type for each in content.done if not each.is_later}
            begun.finished.update(own & set(work.hands.order.persons))


def _occurs(found: list[Counted], name: str) -> bool:
    return any(each.record_type == name for each in found)


def _hold_against_approval(work: Work, found: list[Counted]) -> None:
    """Stop where a branch occurs that the preview did not show; fewer, or a hold, are no harm.

    Nor, where something is held, is a milder rule: who keeps a part keeps the name that it shows.
    """
    approved = work.request.options.get("occurrences")
    if not isinstance(approved, list):
        return
    known = {tuple(each) for each in approved}
    new = {
        each.record_type
        for each in found
        if not isinstance(each.branch.rule, HeldRule)
        and (each.record_type, each.branch.role, each.branch.position) not in known
        and not (work.holds_something and _is_milder(work, each, known))
    }
    if new:
        named = ", ".join(sorted(new))
        raise AttentionNeeded(
            AttentionReason.APPROVAL_OUTDATED,
            f"Since the preview, other rules apply to records of: {named}. Make a new preview, and "
            "submit the erasure anew with its digest.",
        )


def _is_milder(work: Work, counted: Counted, known: Container[tuple[str, str, int]]) -> bool:
    """Say whether a rule of the same role that does as much or more was approved."""
    name, branch = counted.record_type, counted.branch
    return any(
        (name, each.role, each.position) in known and strength(each.rule) <= strength(branch.rule)
        for each in branches_of(work.data_map.record_types[name], Right.ERASURE)
        if each.role == branch.role and not isinstance(each.rule, HeldRule)
    )
