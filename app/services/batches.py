"""Several subject requests under one approval: each accepted or refused on its own, in one transaction."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Fault, Refused
from app.domain.ids import new_id
from app.services import brakes, enablement, idempotency, restricted_subjects, trail
from app.services.acceptances import Accepted, Wish, accept, approval_of, record
from app.services.approved_previews import Approved, hold_against
from app.services.authentication import Caller
from app.services.context import Context
from app.services.dates import refuse_future
from app.services.meant import Meant, by_confirmation
from app.services.published_maps import PublishedMap, require_controller
from app.store.controllers import Controller
from app.store.idempotency import IdempotencyKey, StoredAnswer, remember
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from schemas.problem_vocabulary import Problem
from schemas.problems import ProblemDocument
from schemas.subject_requests import BatchItem, SubjectRequestBatch
from schemas.submissions import Batch, ErasureBatch, RestrictionBatch
from schemas.wire import Wire

_ACCEPTED = 202
_RINGS = 20
"""The rest is found by the workers, who look around whenever a place is free."""

Told = Callable[[Refused], ProblemDocument]
"""Writes a refusal as it would have been answered alone."""

Written = Callable[[Sequence[Accepted | Refused]], Wire]
"""Writes the answer."""


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """The answer to a batch.

    Attributes:
        status: Of the HTTP answer.
        body: Of the HTTP answer, JSON.
        is_replayed: Whether it was given before, under the same key.
    """

    status: int
    body: str
    is_replayed: bool


async def submit(
    context: Context, caller: Caller, batch: Batch, key: str, told: Told
) -> BatchAnswer:
    """Accept a subject request of each of up to 1,000 persons.

    Args:
        context: What the use cases work with.
        caller: Who submits, allowed to request this right.
        batch: What it takes.
        key: The caller's name for the whole batch.
        told: Writes a refusal.

    Raises:
        Refused: A date lies in the future, the right cannot be exercised, or the key is in use or
            belongs to something else.
        SourceFailure: The LMS did not answer, or not as the data map says.
    """
    refuse_future(
        {"/approval/approved_at": batch.approval.approved_at, "/received_at": batch.received_at}
    )
    named = idempotency.name(context.keyring, caller, key, batch)
    async with transaction(context.database, caller.controller_id) as connection:
        known = await idempotency.known_answer(connection, named)
        controller = await require_controller(connection, caller.controller_id)
        published = await context.maps.get(connection, controller.data_map_version_id)
    if known is not None:
        return BatchAnswer(known.status, known.body, is_replayed=True)
    enablement.require(controller, batch.right)
    published.require(batch.right)
    wishes = _wishes(context, caller, published, batch)
    if isinstance(batch, ErasureBatch):
        approved = Approved(controller, published, batch.right, batch.preview_digest)
        wishes = await held_against(context, caller, approved, wishes)
    return await accept_all(
        context,
        caller,
        wishes,
        named,
        lambda outcomes: SubjectRequestBatch(items=tuple(item(each, told) for each in outcomes)),
    )


def item(outcome: Accepted | Refused, told: Told) -> BatchItem:
    """Write what became of one person."""
    if isinstance(outcome, Refused):
        problem = told(outcome)
        return BatchItem(status=problem.status, problem=problem)
    return BatchItem(status=_ACCEPTED, subject_request=outcome.shown)


async def held_against(
    context: Context, caller: Caller, approved: Approved, wishes: Sequence[Wish | Refused]
) -> list[Wish | Refused]:
    """Hold erasures against their one preview; those that it does not cover are refused.

    Args:
        context: What the use cases work with.
        caller: Who submits.
        approved: What the approval rests on.
        wishes: The erasures; refusals stay as they are.

    Raises:
        SourceFailure: The LMS did not answer, or not as the data map says.
    """
    await brakes.prepare(context, approved.controller, approved.published)
    meant = [each.meant for each in wishes if isinstance(each, Wish)]
    verdicts = iter(await hold_against(context, caller, approved, meant))
    judged: list[Wish | Refused] = []
    for wish in wishes:
        if isinstance(wish, Refused):
            judged.append(wish)
            continue
        verdict = next(verdicts)
        if isinstance(verdict, Refused):
            judged.append(verdict)
        else:
            judged.append(replace(wish, options=verdict))
    return judged


async def accept_all(
    context: Context,
    caller: Caller,
    wishes: Sequence[Wish | Refused],
    named: IdempotencyKey,
    written: Written,
) -> BatchAnswer:
    """Accept what can be accepted, once, and remember the answer.

    Args:
        context: What the use cases work with.
        caller: Who submits.
        wishes: What is asked; refusals are answered as they are.
        named: What the caller calls the whole.
        written: Writes the answer.

    Raises:
        Refused: The key is in use or belongs to something else.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        begun = await idempotency.begin(connection, named)
        if isinstance(begun, StoredAnswer):
            return BatchAnswer(begun.status, begun.body, is_replayed=True)
        outcomes: list[Accepted | Refused] = []
        for wish in await _judged(context, connection, begun.controller, wishes):
            try:
                if isinstance(wish, Refused):
                    raise wish
                outcomes.append(await accept(context, connection, caller, begun, wish))
            except Refused as refusal:
                outcomes.append(refusal)
        body = written(outcomes).model_dump_json()
        await remember(connection, named, StoredAnswer(_ACCEPTED, {}, body))
        accepted = [each for each in outcomes if isinstance(each, Accepted)]
        await _record(context, connection, caller, outcomes)
    for each in accepted[:_RINGS]:
        if each.job_id is not None:
            context.waker.ring_soon(caller.controller_id, each.job_id)
    return BatchAnswer(_ACCEPTED, body, is_replayed=False)


async def _judged(
    context: Context,
    connection: AsyncConnection,
    controller: Controller,
    wishes: Sequence[Wish | Refused],
) -> list[Wish | Refused]:
    """Make one batch of what is asked, of which all begin or all wait."""
    batch_id = new_id()
    possible = await _still_emptied(connection, controller, wishes)
    asked = [replace(each, batch_id=batch_id) for each in possible if isinstance(each, Wish)]
    standing = iter(await brakes.judged(context, connection, controller, asked))
    return [each if isinstance(each, Refused) else next(standing) for each in possible]


async def _still_emptied(
    connection: AsyncConnection, controller: Controller, wishes: Sequence[Wish | Refused]
) -> list[Wish | Refused]:
    """Refuse who was to be erased with the trashcan and, since that was read, is not any more."""
    ids = [
        each.meant.restriction_id
        for each in wishes
        if isinstance(each, Wish) and each.meant.restriction_id is not None
    ]
    left = await restricted_subjects.no_longer_emptied(connection, controller.id, ids)
    return [
        restricted_subjects.not_to_be_emptied()
        if isinstance(each, Wish) and each.meant.restriction_id in left
        else each
        for each in wishes
    ]


async def _record(
    context: Context,
    connection: AsyncConnection,
    caller: Caller,
    outcomes: Sequence[Accepted | Refused],
) -> None:
    """Record what was accepted, each on its own, and how many were refused, by problem."""
    refused = Counter(str(each.problem) for each in outcomes if isinstance(each, Refused))
    for each in outcomes:
        if isinstance(each, Accepted):
            await record(context, connection, caller, each)
    if refused:
        details: dict[str, JsonValue] = {"refused": dict(refused)}
        await trail.record(
            connection, context.keyring, caller, AuditAction.CALL_REFUSED, details=details
        )


def _wishes(
    context: Context, caller: Caller, published: PublishedMap, batch: Batch
) -> list[Wish | Refused]:
    """Read every confirmation; one that cannot be used, or names somebody again, is refused."""
    options = {"ground": batch.ground} if isinstance(batch, RestrictionBatch) else {}
    approval = approval_of(batch.approval)
    wishes: list[Wish | Refused] = []
    first: dict[str, str] = {}
    for position, token in enumerate(batch.subjects):
        pointer = f"/subjects/{position}"
        try:
            meant = by_confirmation(context, caller, published, token, pointer)
            _require_new(first, meant, pointer)
        except Refused as refusal:
            wishes.append(refusal)
            continue
        version_id = published.version_id
        wishes.append(Wish(batch.right, meant, version_id, approval, batch.received_at, options))
    return wishes


def _require_new(first: dict[str, str], meant: Meant, pointer: str) -> None:
    known = first.setdefault(meant.subject_key, pointer)
    if known != pointer:
        raise Refused(
            Problem.INVALID_BODY,
            "This person is named twice in the batch; the first time counts.",
            (Fault(pointer, f"is the same person as {known}"),),
        )
