"""What the learning platform tells, and what comes of it.

Reference:
    Seed 002, "Move the user(s) to the trashcan", "deleted when the course they belong to is deleted".
"""

from collections.abc import Sequence

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import JobId
from app.domain.subject_digests import digest
from app.references import named_tables
from app.services import idempotency, moved_persons, trail
from app.services.authentication import Caller
from app.services.batches import BatchAnswer
from app.services.context import Context
from app.services.dates import refuse_future
from app.services.moved_persons import Moved
from app.services.published_maps import require_controller
from app.store import jobs
from app.store.controllers import Controller
from app.store.idempotency import IdempotencyKey, StoredAnswer, remember
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from schemas.lms_events import (
    ContainerDeleted,
    LmsEvent,
    LmsEventResult,
    PersonDeleted,
    PersonRestored,
    PersonTrashed,
)

_ACCEPTED = 202


async def receive(context: Context, caller: Caller, event: LmsEvent, key: str) -> BatchAnswer:
    """Take note of an event: look at deferrals again, or restrict or restore a person.

    Args:
        context: What the use cases work with.
        caller: The learning platform.
        event: What it tells.
        key: Its name for this event: the same one counts once.

    Raises:
        Refused: Nobody, or more than one person, is meant; the data map has no rules for
            restriction; a moment lies in the future; or the key is in use or belongs to another
            event.
        SourceFailure: The LMS did not answer.
    """
    named = idempotency.name(context.keyring, caller, key, event, "lms event ")
    if isinstance(event, ContainerDeleted | PersonDeleted):
        return await _gone(context, caller, event, named)
    refuse_future({"/moved_at": event.moved_at})
    async with transaction(context.database, caller.controller_id) as connection:
        known = await idempotency.known_answer(connection, named)
        controller = await require_controller(connection, caller.controller_id)
        published = await context.maps.get(connection, controller.data_map_version_id)
    if known is not None:
        return BatchAnswer(known.status, known.body, is_replayed=True)
    moved = await moved_persons.find(context, controller, published, event)
    return await _moved(context, caller, event, moved, named)


async def _gone(
    context: Context,
    caller: Caller,
    event: ContainerDeleted | PersonDeleted,
    named: IdempotencyKey,
) -> BatchAnswer:
    """Have the deferrals looked at again; a look that is queued already will do."""
    async with transaction(context.database, caller.controller_id) as connection:
        known = await idempotency.claim(connection, named)
        if known is not None:
            return BatchAnswer(known.status, known.body, is_replayed=True)
        job_id = await jobs.enqueue_re_examination(connection, caller.controller_id)
        body = LmsEventResult(is_re_examined=True).model_dump_json()
        await remember(connection, named, StoredAnswer(_ACCEPTED, {}, body))
        controller = await require_controller(connection, caller.controller_id)
        gone, details = [], dict[str, JsonValue](type=event.type)
        if isinstance(event, PersonDeleted):
            gone.append(_digest(context, controller, event.subject_key))
        elif event.table in await _tables(context, connection, controller):
            details["table"] = event.table
        await _record(context, connection, caller, details, gone)
    _ring(context, caller, [job_id])
    return BatchAnswer(_ACCEPTED, body, is_replayed=False)


async def _moved(
    context: Context,
    caller: Caller,
    event: PersonTrashed | PersonRestored,
    moved: Moved,
    named: IdempotencyKey,
) -> BatchAnswer:
    """Open, or call off, the subject requests that follow."""
    act = moved_persons.restrict if isinstance(event, PersonTrashed) else moved_persons.restore
    async with transaction(context.database, caller.controller_id) as connection:
        begun = await idempotency.begin(connection, named)
        if isinstance(begun, StoredAnswer):
            return BatchAnswer(begun.status, begun.body, is_replayed=True)
        followed = await act(context, connection, caller, begun, moved)
        ids = tuple(each.id for each in followed.accepted)
        result = LmsEventResult(is_re_examined=False, subject_request_ids=ids)
        body = result.model_dump_json()
        await remember(connection, named, StoredAnswer(_ACCEPTED, {}, body))
        subject_digest = _digest(context, moved.controller, moved.meant.subject_key)
        await _record(context, connection, caller, {"type": event.type}, [subject_digest])
        await moved_persons.record(context, connection, caller, followed)
    _ring(context, caller, followed.job_ids)
    return BatchAnswer(_ACCEPTED, body, is_replayed=False)


async def _record(
    context: Context,
    connection: AsyncConnection,
    caller: Caller,
    details: dict[str, JsonValue],
    subject_digests: Sequence[bytes],
) -> None:
    """Record what was told: a container by its table, if the map has it, a person by the keyed digest."""
    await trail.record(
        connection,
        context.keyring,
        caller,
        AuditAction.LMS_EVENT_RECEIVED,
        subject_digests=subject_digests,
        details=details,
    )


async def _tables(
    context: Context, connection: AsyncConnection, controller: Controller
) -> frozenset[str]:
    """Give the tables of the controller's data map: what else a client calls a table, nobody keeps."""
    if controller.data_map_version_id is None:
        return frozenset()
    published = await context.maps.get(connection, controller.data_map_version_id)
    return named_tables(published.data_map)


def _digest(context: Context, controller: Controller, subject_key: str) -> bytes:
    return digest(context.keyring.unwrap(controller.digest_key), subject_key)


def _ring(context: Context, caller: Caller, job_ids: Sequence[JobId | None]) -> None:
    for job_id in job_ids:
        if job_id is not None:
            context.waker.ring_soon(caller.controller_id, job_id)
