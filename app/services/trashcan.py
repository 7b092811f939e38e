"""Emptying the trashcan: one erasure for each restriction of the normal flow, under one preview.

Reference:
    Seed 002, "Complete the process by emptying the trashcan".
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Refused
from app.services import enablement, idempotency, restricted_subjects
from app.services.acceptances import Accepted, Wish, approval_of
from app.services.approved_previews import Approved
from app.services.authentication import Caller
from app.services.batches import BatchAnswer, Told, accept_all, held_against, item
from app.services.context import Context
from app.services.dates import refuse_future
from app.services.published_maps import PublishedMap, require_controller
from app.store.transaction import transaction
from schemas.restrictions import AgedEmptying, EmptiedItem, EmptiedRestrictions, Emptying
from schemas.vocabulary import Right


async def empty(
    context: Context, caller: Caller, emptying: Emptying, key: str, told: Told
) -> BatchAnswer:
    """Accept an erasure of everybody who is meant; each is answered on its own.

    Args:
        context: What the use cases work with.
        caller: Who submits, allowed to request erasures.
        emptying: What it takes.
        key: The caller's name for the whole.
        told: Writes a refusal.

    Raises:
        Refused: A date lies in the future, the data map has no rules for erasure, or the key is
            in use or belongs to something else.
        SourceFailure: The LMS did not answer, or not as the data map says.
    """
    refuse_future({"/approval/approved_at": emptying.approval.approved_at})
    named = idempotency.name(context.keyring, caller, key, emptying, "empty ")
    async with transaction(context.database, caller.controller_id) as connection:
        known = await idempotency.known_answer(connection, named)
        if known is not None:
            return BatchAnswer(known.status, known.body, is_replayed=True)
        controller = await require_controller(connection, caller.controller_id)
        published = await context.maps.get(connection, controller.data_map_version_id)
        enablement.require(controller, Right.ERASURE)
        published.require(Right.ERASURE)
        ids = await _ids(connection, emptying)
        wishes = [await _wish(connection, published, emptying, each) for each in ids]
    approved = Approved(controller, published, Right.ERASURE, emptying.preview_digest)
    judged = await held_against(context, caller, approved, wishes)

    def written(outcomes: Sequence[Accepted | Refused]) -> EmptiedRestrictions:
        pairs = zip(ids, outcomes, strict=True)
        return EmptiedRestrictions(items=tuple(_item(*each, told) for each in pairs))

    return await accept_all(context, caller, judged, named, written)


async def _ids(connection: AsyncConnection, emptying: Emptying) -> list[UUID]:
    if isinstance(emptying, AgedEmptying):
        return list(await restricted_subjects.aged(connection, emptying.older_than_days))
    return list(dict.fromkeys(emptying.restriction_ids))


async def _wish(
    connection: AsyncConnection, published: PublishedMap, emptying: Emptying, restriction_id: UUID
) -> Wish | Refused:
    try:
        meant = await restricted_subjects.meant_by(connection, restriction_id)
    except Refused as refusal:
        return refusal
    return Wish(Right.ERASURE, meant, published.version_id, approval_of(emptying.approval))


def _item(restriction_id: UUID, outcome: Accepted | Refused, told: Told) -> EmptiedItem:
    common = item(outcome, told)
    return EmptiedItem(
        restriction_id=restriction_id,
        status=common.status,
        subject_request=common.subject_request,
        problem=common.problem,
    )
