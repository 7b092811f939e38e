"""A second person approves what waits for that: one erasure, or all that were submitted together.

Reference:
    ``docs/approvals.md``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Refused
from app.domain.ids import ControllerId, JobId, RestrictionId, SubjectRequestId, new_id
from app.domain.same_person import person_digest
from app.domain.subject_requests import FOR_A_SECOND_PERSON, Filter
from app.domain.subject_requests import SubjectRequest as StoredRequest
from app.services import enablement, progress, restricted_subjects, trail
from app.services.acceptances import acting_person_missing
from app.services.approved_previews import Approved, Shown, hold_again
from app.services.authentication import Caller
from app.services.batches import Told
from app.services.confirmations import nobody_there
from app.services.context import Context
from app.services.meant import Meant
from app.services.published_maps import PublishedMap, require_controller
from app.store import outbox, subject_requests
from app.store.controllers import Controller
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.problem_vocabulary import Problem
from schemas.second_approvals import SecondApproval
from schemas.subject_requests import BatchItem, SubjectRequest, SubjectRequestBatch
from schemas.submissions import MOST_SUBJECTS
from schemas.vocabulary import EventType, Right

_ACCEPTED = 202
_RINGS = 20
"""The rest is found by the workers, who look around whenever a place is free."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where something is approved."""

    controller: Controller
    published: PublishedMap


@dataclass(frozen=True, slots=True)
class _Begun:
    """A subject request that was let begin."""

    job_id: JobId
    shown: SubjectRequest


async def approve(
    context: Context,
    caller: Caller,
    subject_request_id: SubjectRequestId,
    approval: SecondApproval,
) -> SubjectRequest:
    """Let an erasure begin that waits for a second person.

    Args:
        context: What the use cases work with.
        caller: Who approves, for another person than the one who acted when it was submitted.
        subject_request_id: One of the caller's controller.
        approval: Why.

    Raises:
        Refused: The controller has no such subject request, it does not wait for this, the person
            who acts is not named or is the one who submitted it, something else would happen than
            was approved, or it is in doubt who sent the request.
        SourceFailure: The LMS did not answer, or not as the data map says.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        request = await progress.require(connection, subject_request_id)
        place = await _place(context, connection, caller)
    (outcome,) = await _approve(context, caller, place, [request], approval)
    if isinstance(outcome, Refused):
        raise outcome
    return outcome.shown


async def approve_batch(
    context: Context, caller: Caller, batch_id: UUID, approval: SecondApproval, told: Told
) -> SubjectRequestBatch:
    """Let what waits of a batch begin, at most 1,000 of it; each is answered on its own.

    Args:
        context: What the use cases work with.
        caller: As for ``approve``.
        batch_id: What was submitted together carries it.
        approval: Why.
        told: Writes a refusal.

    Raises:
        Refused: The controller has no such batch, nothing of it waits for this, or the person who
            acts is not named.
        SourceFailure: The LMS did not answer, or not as the data map says.
    """
    if caller.acting_person is None:
        raise acting_person_missing()
    async with transaction(context.database, caller.controller_id) as connection:
        waiting = await _waiting(connection, batch_id)
        place = await _place(context, connection, caller)
    outcomes = await _approve(context, caller, place, waiting, approval)
    return SubjectRequestBatch(items=tuple(_item(each, told) for each in outcomes))


async def _waiting(connection: AsyncConnection, batch_id: UUID) -> list[StoredRequest]:
    """List what waits of a batch, at most 1,000.

    Raises:
        Refused: There is no such batch, or nothing of it waits.
    """
    for state in FOR_A_SECOND_PERSON:  # a batch waits whole, so for one thing
        wanted = Filter(state=state, batch_id=batch_id, limit=MOST_SUBJECTS)
        if waiting := await subject_requests.list_newest(connection, wanted):
            return waiting
    if not await subject_requests.list_newest(connection, Filter(batch_id=batch_id, limit=1)):
        raise Refused(Problem.NOT_FOUND, "There is no such batch.")
    raise _not_awaited()


async def _place(context: Context, connection: AsyncConnection, caller: Caller) -> _Place:
    controller = await require_controller(connection, caller.controller_id)
    enablement.require(controller, Right.ERASURE)
    published = await context.maps.get(connection, controller.data_map_version_id)
    return _Place(controller, published)


async def _approve(
    context: Context,
    caller: Caller,
    place: _Place,
    requests: Sequence[StoredRequest],
    approval: SecondApproval,
) -> list[_Begun | Refused]:
    """Let begin what may; give for each what became of it."""
    verdicts = await _verdicts(context, caller, place, requests)
    outcomes: list[_Begun | Refused] = []
    async with transaction(context.database, caller.controller_id) as connection:
        verdicts = await _not_emptied(connection, caller.controller_id, requests) | verdicts
        for request in requests:
            refusal = verdicts.get(request.id)
            outcomes.append(refusal or await _begin(connection, request))
        begun = [each for each in outcomes if isinstance(each, _Begun)]
        for each in begun:
            await trail.record(
                connection,
                context.keyring,
                caller,
                AuditAction.REQUEST_APPROVED,
                subject_request_id=SubjectRequestId(each.shown.id),
                texts={AuditText.REASON: approval.reason},
            )
    for each in begun[:_RINGS]:
        context.waker.ring_soon(caller.controller_id, each.job_id)
    return outcomes


async def _verdicts(
    context: Context, caller: Caller, place: _Place, requests: Sequence[StoredRequest]
) -> dict[SubjectRequestId, Refused]:
    """Say which may not begin: by who approves, where they stand, and what would happen now."""
    found = {each.id: _objection(context, caller, place, each) for each in requests}
    verdicts = {id_: refusal for id_, refusal in found.items() if refusal is not None}
    looked_at = [
        each for each in requests if each.id not in verdicts and "approved_preview" in each.options
    ]
    if looked_at:
        digest = str(looked_at[0].options["preview_digest"])
        approved = Approved(place.controller, place.published, Right.ERASURE, digest)
        meant = [Meant(each.subject_key, each.subject_display) for each in looked_at]
        shown = [cast("Shown", each.options["approved_preview"]) for each in looked_at]
        again = await hold_again(context, approved, meant, shown)
        pairs = zip(looked_at, again, strict=True)
        verdicts |= {each.id: verdict for each, verdict in pairs if isinstance(verdict, Refused)}
    return verdicts


async def _not_emptied(
    connection: AsyncConnection, controller_id: ControllerId, requests: Sequence[StoredRequest]
) -> dict[SubjectRequestId, Refused]:
    """Say who was to be erased with the trashcan and is not any more."""
    emptied = {
        each.id: RestrictionId(UUID(str(each.options["restriction_id"])))
        for each in requests
        if "restriction_id" in each.options
    }
    ids = list(emptied.values())
    left = await restricted_subjects.no_longer_emptied(connection, controller_id, ids)
    return {
        request_id: restricted_subjects.not_to_be_emptied()
        for request_id, restriction_id in emptied.items()
        if restriction_id in left
    }


def _objection(
    context: Context, caller: Caller, place: _Place, request: StoredRequest
) -> Refused | None:
    if request.state not in FOR_A_SECOND_PERSON:
        return _not_awaited()
    if caller.acting_person is None:
        return acting_person_missing()
    digest_key = context.keyring.unwrap(place.controller.digest_key)
    if person_digest(digest_key, caller.acting_person) == request.submitter_digest:
        return Refused(
            Problem.SECOND_PERSON_NEEDED,
            "Whoever submitted this cannot approve it, with whichever API client. Ask somebody else.",
        )
    if request.doubted_at is not None:
        return Refused(
            Problem.IDENTITY_IN_DOUBT,
            "It is in doubt who sent this request. Say first that it no longer is, or refuse it.",
        )
    if not request.subject_key:
        return nobody_there()  # erased meanwhile, by another request
    return None


async def _begin(connection: AsyncConnection, request: StoredRequest) -> _Begun | Refused:
    job_id = JobId(new_id())
    told = {"second_approved_at": datetime.now(UTC).isoformat()}
    if not await subject_requests.begin(connection, request.id, job_id, told, FOR_A_SECOND_PERSON):
        return _not_awaited()  # somebody else was quicker
    payload: dict[str, JsonValue] = {"right": request.right, "state": request.state}
    await outbox.add(
        connection, request.controller_id, EventType.REQUEST_APPROVED, request.id, payload
    )
    return _Begun(job_id, await progress.show(connection, request.id))


def _item(outcome: _Begun | Refused, told: Told) -> BatchItem:
    if isinstance(outcome, Refused):
        problem = told(outcome)
        return BatchItem(status=problem.status, problem=problem)
    return BatchItem(status=_ACCEPTED, subject_request=outcome.shown)


def _not_awaited() -> Refused:
    return Refused(
        Problem.APPROVAL_NOT_AWAITED,
        "This does not wait for a second person. Read it to see where it stands.",
    )
