"""Erases again whom a restored backup of the learning platform brought back.

Reference:
    DESIGN, "An erasure ledger"; ``docs/operations.md``, "After the learning platform was restored".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from app.domain.errors import Refused
from app.domain.ids import ControllerId, new_id
from app.domain.subject_digests import digest
from app.domain.subject_requests import Approval
from app.services import brakes, operator_clients
from app.services.acceptances import Accepted, Wish, accept, record
from app.services.authentication import Caller
from app.services.context import Context
from app.services.meant import Meant
from app.services.published_maps import PublishedMap
from app.sources.protocol import Person
from app.store import clock, ledger, subject_requests
from app.store import controllers as stored_controllers
from app.store.controllers import Controller
from app.store.idempotency import Begun
from app.store.transaction import transaction
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import Right

_NAME = "ledger replay"


@dataclass(frozen=True, slots=True)
class Restored:
    """What is known of a restored backup.

    Attributes:
        taken_at: Aware moment at which the backup was taken.
        is_again: Whether the same backup was restored before, and was replayed then.
    """

    taken_at: datetime
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of a replay.

    Attributes:
        found: Persons who are there and were erased, or whose own row went, since the backup.
        newer: Of those, who were created after the erasure: others, under the same key.
        known: Of those, whose erasure was submitted by an earlier replay of the backup.
        submitted: Of those, whose erasure was, or would be, submitted.
        batch_ids: Under which ids those who wait for a second person can be released.
    """

    found: int = 0
    newer: int = 0
    known: int = 0
    submitted: int = 0
    batch_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where persons are erased again."""

    controller: Controller
    published: PublishedMap
    digest_key: bytes


async def replay(
    context: Context, controller_id: ControllerId, restored: Restored, *, is_trial: bool
) -> Replay:
    """Submit an erasure of everybody who was erased after the backup was taken and is there again.

    Also of who was erased before, and whose stripped row went only after it, when nothing named
    them any more: nothing would wait for that row. What names them and is back waits again.

    Args:
        context: What the use cases work with.
        controller_id: Whose persons.
        restored: What is known of the backup.
        is_trial: Whether only to count.

    Raises:
        Refused: There is no such controller, it has no data map, or that has no rules for erasure.
        SourceFailure: The LMS did not answer.
    """
    place = await _place(context, controller_id)
    subject = place.published.data_map.subject
    source = context.sources.records(place.published.data_map, subject.source)
    caller: Caller | None = None
    total = Replay()
    async for persons in source.persons(place.controller.key_in_lms or ""):
        due, counted = await _due(context, place, restored, persons)
        total = _sum(total, counted)
        if due and not is_trial:
            caller = caller or await _caller(context, controller_id)
            total = _sum(total, await _submit(context, caller, place, restored, due))
    return total


async def _place(context: Context, controller_id: ControllerId) -> _Place:
    async with transaction(context.database, controller_id) as connection:
        controller = await stored_controllers.get(connection, controller_id)
        if controller is None:
            raise Refused(Problem.NOT_FOUND, f"There is no controller {controller_id}. List them.")
        published = await context.maps.get(connection, controller.data_map_version_id)
    published.require(Right.ERASURE)
    await brakes.prepare(context, controller, published)
    return _Place(controller, published, context.keyring.unwrap(controller.digest_key))


async def _due(
    context: Context, place: _Place, restored: Restored, persons: Sequence[Person]
) -> tuple[list[Person], Replay]:
    """Tell which of some persons are to be erased again."""
    by_digest = {digest(place.digest_key, each.subject_key): each for each in persons}
    async with transaction(context.database, place.controller.id) as connection:
        erased = await ledger.erased_since(connection, list(by_digest), restored.taken_at)
        known: set[bytes] = set()
        if erased and not restored.is_again:
            known = await subject_requests.replayed(connection, list(erased), _options(restored))
    newer = {each for each, at in erased.items() if _is_newer(by_digest[each], at)}
    due = [by_digest[each] for each in erased if each not in newer and each not in known]
    counted = Replay(len(erased), len(newer), len(known - newer), len(due))
    return due, counted


def _is_newer(person: Person, erased_at: datetime) -> bool:
    return person.created_at is not None and person.created_at > erased_at


async def _submit(
    context: Context,
    caller: Caller,
    place: _Place,
    restored: Restored,
    due: Sequence[Person],
) -> Replay:
    """Submit some erasures as one batch; give the batch where it waits for a second person."""
    moment = restored.taken_at.isoformat()
    approval = Approval(
        approved_by=_NAME,
        approved_at=datetime.now(UTC),
        reference=moment,
        reason=f"Erased after {moment}, and back with the backup of the learning platform.",
    )
    batch_id = new_id()
    wishes = [
        Wish(
            right=Right.ERASURE,
            meant=Meant(person.subject_key, {}),
            data_map_version_id=place.published.version_id,
            approval=approval,
            options=_options(restored),
            batch_id=batch_id,
        )
        for person in due
    ]
    async with transaction(context.database, caller.controller_id) as connection:
        begun = Begun(place.controller, await clock.moment(connection))
        accepted: list[Accepted] = []
        for wish in await brakes.judged(context, connection, place.controller, wishes):
            accepted.append(await accept(context, connection, caller, begun, wish))  # noqa: PERF401 - a line each
        for each in accepted:
            await record(context, connection, caller, each)
    is_waiting = any(each.job_id is None for each in accepted)
    return Replay(batch_ids=(batch_id,) if is_waiting else ())


def _options(restored: Restored) -> Mapping[str, object]:
    return {"replay": True, "backup_taken_at": restored.taken_at.astimezone(UTC).isoformat()}


async def _caller(context: Context, controller_id: ControllerId) -> Caller:
    client = await operator_clients.stand_for_operator(context.database, controller_id, _NAME)
    return Caller(controller_id, client.id, frozenset(), acting_person=_NAME)


def _sum(one: Replay, other: Replay) -> Replay:
    return replace(
        one,
        found=one.found + other.found,
        newer=one.newer + other.newer,
        known=one.known + other.known,
        submitted=one.submitted + other.submitted,
        batch_ids=(*one.batch_ids, *other.batch_ids),
    )
