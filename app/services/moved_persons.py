"""Persons whom the learning platform moved to its trashcan or took out of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Fault, Refused
from app.domain.ids import JobId
from app.domain.subject_digests import digest
from app.domain.subject_requests import Approval
from app.services import acceptances, cancellations, enablement
from app.services.acceptances import Accepted, Wish, accept
from app.services.authentication import Caller
from app.services.cancellations import Withdrawn
from app.services.context import Context
from app.services.display import shown
from app.services.meant import Meant
from app.services.published_maps import PublishedMap
from app.sources.protocol import Candidate, SubjectRef
from app.store import restrictions, subject_requests
from app.store.controllers import Controller
from app.store.idempotency import Begun
from app.store.restrictions import Restriction
from schemas.lms_events import PersonRestored, PersonTrashed
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import RestrictionGround, Right

_TRASHED = "The learning platform moved the person to its trashcan."
_RESTORED = "The learning platform took the person out of its trashcan."


@dataclass(frozen=True, slots=True)
class Moved:
    """A person who was moved.

    Attributes:
        controller: Whose person.
        published: The controller's data map.
        meant: The person.
        approval: As the event says: who, when, under which number.
    """

    controller: Controller
    published: PublishedMap
    meant: Meant
    approval: Approval


@dataclass(frozen=True, slots=True)
class Followed:
    """What follows from an event.

    Attributes:
        accepted: The subject requests that it opened.
        withdrawn: Those that it called off.
    """

    accepted: Sequence[Accepted] = ()
    withdrawn: Sequence[Withdrawn] = ()

    @property
    def job_ids(self) -> list[JobId]:
        """For which to ring."""
        ids = [
            *(each.job_id for each in self.accepted),
            *(each.next_job_id for each in self.withdrawn),
        ]
        return [each for each in ids if each is not None]


async def find(
    context: Context,
    controller: Controller,
    published: PublishedMap,
    event: PersonTrashed | PersonRestored,
) -> Moved:
    """Find the person whom an event is about.

    Args:
        context: What the use cases work with.
        controller: Whose person.
        published: The controller's data map.
        event: What the learning platform tells.

    Raises:
        Refused: Nobody is meant, or more than one.
        SourceFailure: The LMS did not answer.
    """
    is_trashed = isinstance(event, PersonTrashed)
    enablement.require(controller, Right.RESTRICTION if is_trashed else Right.RESTRICTION_LIFT)
    person = await _candidate(context, controller, published, event)
    display = shown(person.display, published.data_map, controller.settings)
    approval = Approval(
        approved_by=event.moved_by,
        approved_at=event.moved_at,
        reference=event.reference,
        reason=_TRASHED if is_trashed else _RESTORED,
    )
    return Moved(controller, published, Meant(person.key, display), approval)


async def restrict(
    context: Context, connection: AsyncConnection, caller: Caller, begun: Begun, moved: Moved
) -> Followed:
    """Open a restriction of the normal flow; none where the person is under one that will last.

    Args:
        context: What the use cases work with.
        connection: Bound to the controller.
        caller: The learning platform.
        begun: What is accepted with.
        moved: The person.

    Raises:
        Refused: The data map has no rules for restriction.
    """
    moved.published.require(Right.RESTRICTION)
    wish = Wish(
        right=Right.RESTRICTION,
        meant=moved.meant,
        data_map_version_id=moved.published.version_id,
        approval=moved.approval,
        options={"ground": RestrictionGround.NORMAL_FLOW},
    )
    try:
        return Followed([await accept(context, connection, caller, begun, wish)])
    except Refused as refusal:
        if refusal.problem is not Problem.ALREADY_RESTRICTED:
            raise
        return Followed()


async def restore(
    context: Context, connection: AsyncConnection, caller: Caller, begun: Begun, moved: Moved
) -> Followed:
    """End what the normal flow restricts; no right of the person is touched by it.

    What has not begun yet is called off, what waits for a person rolled back, the rest is lifted,
    after it has come to its end.

    Args:
        context: What the use cases work with.
        connection: Bound to the controller.
        caller: The learning platform.
        begun: What is accepted with.
        moved: The person.
    """
    digest_key = context.keyring.unwrap(moved.controller.digest_key)
    subject_digest = digest(digest_key, moved.meant.subject_key)
    reason_digest = digest(digest_key, _RESTORED).hex()
    withdrawn = await _withdraw(connection, subject_digest)
    lifts = [
        await accept(
            context,
            connection,
            caller,
            begun,
            Wish(
                right=Right.RESTRICTION_LIFT,
                meant=Meant(moved.meant.subject_key, moved.meant.display, restriction.id),
                data_map_version_id=restriction.data_map_version_id,
                approval=moved.approval,
                options={"information": {"override_reason_digest": reason_digest}},
            ),
        )
        for restriction in await _to_lift(connection, subject_digest)
    ]
    return Followed(lifts, withdrawn)


async def record(
    context: Context, connection: AsyncConnection, caller: Caller, followed: Followed
) -> None:
    """Append to the audit trail what followed; it is locked until the transaction ends.

    Args:
        context: What the use cases work with.
        connection: The one that it followed on.
        caller: The learning platform.
        followed: What followed.
    """
    for accepted in followed.accepted:
        await acceptances.record(context, connection, caller, accepted)
    for withdrawn in followed.withdrawn:
        await cancellations.record(context, connection, caller, withdrawn, _RESTORED)


async def _withdraw(connection: AsyncConnection, subject_digest: bytes) -> list[Withdrawn]:
    under_way = await subject_requests.restrictions_under_way(
        connection, subject_digest, RestrictionGround.NORMAL_FLOW
    )
    found = [await cancellations.withdraw_restriction(connection, each) for each in under_way]
    return [each for each in found if each is not None]


async def _to_lift(connection: AsyncConnection, subject_digest: bytes) -> list[Restriction]:
    """List what restricts a person by the normal flow and is not being rolled back."""
    active = await restrictions.active_of_subject(connection, subject_digest)
    found = []
    for each in active:
        request = await subject_requests.get(connection, each.subject_request_id)
        is_called_off = request is not None and request.options.get("cancelled")
        if each.ground is RestrictionGround.NORMAL_FLOW and not is_called_off:
            found.append(each)
    return found


async def _candidate(
    context: Context,
    controller: Controller,
    published: PublishedMap,
    event: PersonTrashed | PersonRestored,
) -> Candidate:
    source = context.sources.records(published.data_map, published.data_map.subject.source)
    key_in_lms = controller.key_in_lms or ""
    if event.subject_key is not None:
        found = await source.find(SubjectRef(key_in_lms, event.subject_key))
        if found is None:
            raise _not_one("/subject_key", "names nobody")
        return found
    identifier, value = event.identifier or "", event.value or ""
    published.require_identifier(identifier)
    several = await source.search(key_in_lms, identifier, value, 2)
    if len(several) != 1:
        raise _not_one("/value", "names more than one person" if several else "names nobody")
    return several[0]


def _not_one(pointer: str, detail: str) -> Refused:
    return Refused(
        Problem.INVALID_BODY, "Exactly one person has to be meant.", (Fault(pointer, detail),)
    )
