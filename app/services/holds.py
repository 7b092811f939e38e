"""Holds: placed, listed, read, given another end, ended."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Fault, Refused
from app.domain.ids import HoldId, JobId, new_id
from app.domain.subject_digests import digest
from app.record_keys import RecordKeys
from app.services import cursors, idempotency, trail
from app.services.authentication import Caller
from app.services.confirmations import nobody_there
from app.services.context import Context
from app.services.meant import Meant, by_confirmation
from app.services.published_maps import PublishedMap, require_controller
from app.store import holds, jobs, ledger
from app.store.controllers import Controller
from app.store.holds import Filter, NewHold
from app.store.holds import Hold as StoredHold
from app.store.idempotency import StoredAnswer, remember
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.holds import (
    Hold,
    HoldChange,
    HoldEnding,
    HoldFilter,
    HoldPage,
    HoldPlacement,
    PlacedHold,
)
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import HoldState, Right

LOCATION = "hold_id"
"""Under which name a stored answer names the hold."""

_CREATED = 201
_POINTER = "/confirmation"


@dataclass(frozen=True, slots=True)
class Placed:
    """The answer to a hold that was placed.

    Attributes:
        hold_id: The hold.
        body: Of the HTTP answer, JSON.
        is_replayed: Whether it was placed before, under the same key.
    """

    hold_id: UUID
    body: str
    is_replayed: bool


async def place(context: Context, caller: Caller, placement: HoldPlacement, key: str) -> Placed:
    """Place a hold, in one transaction with its audit entry.

    Args:
        context: What the use cases work with.
        caller: Who places it.
        placement: What is not to be erased, and why.
        key: The caller's name for it: the same one is placed once.

    Raises:
        Refused: The confirmation cannot be used, the data map has no such record type, the last
            day is over, the person is being erased at this moment, or the key is in use or
            belongs to another hold.
    """
    _refuse_past(placement.ends_on)
    named = idempotency.name(context.keyring, caller, key, placement, "hold ")
    async with transaction(context.database, caller.controller_id) as connection:
        begun = await idempotency.begin(connection, named)
        if isinstance(begun, StoredAnswer):
            return Placed(UUID(begun.headers[LOCATION]), begun.body, is_replayed=True)
        controller = begun.controller
        published = await context.maps.get(connection, controller.data_map_version_id)
        published.require_rules(Right.ERASURE)
        _require_type(published, placement.record_type)
        meant = None
        if placement.confirmation is not None:
            meant = by_confirmation(context, caller, published, placement.confirmation, _POINTER)
        await holds.wait_to_place(connection, caller.controller_id)
        new = _new(context, caller, controller, placement, meant)
        await _require_not_erased(connection, new, meant)
        too_late_for = await _too_late(connection, new.subject_digest)
        created_at = await holds.insert(connection, caller.controller_id, new)
        shown = PlacedHold(
            id=new.id,
            state=HoldState.IN_FORCE,
            subject=None if meant is None else dict(meant.display),
            category=new.category,
            record_type=new.record_type,
            article=new.article,
            reason=placement.reason,
            ends_on=new.ends_on,
            created_at=created_at,
            too_late_for=too_late_for,
        )
        body = shown.model_dump_json()
        await remember(connection, named, StoredAnswer(_CREATED, {LOCATION: str(new.id)}, body))
        details = _details(new) | {"too_late_for": [str(each) for each in too_late_for]}
        told = (AuditAction.HOLD_PLACED, details, placement.reason)
        await _record(context, connection, caller, told, new.subject_digest)
    return Placed(new.id, body, is_replayed=False)


async def _require_not_erased(
    connection: AsyncConnection, new: NewHold, meant: Meant | None
) -> None:
    """Refuse to hold something of somebody who was erased after the caller looked at them."""
    if meant is None or meant.confirmed_at is None or new.subject_digest is None:
        return
    if await ledger.erased_since(connection, [new.subject_digest], meant.confirmed_at):
        raise nobody_there(_POINTER)


async def list_page(context: Context, caller: Caller, wanted: HoldFilter) -> HoldPage:
    """List the controller's holds, newest first, a page at a time.

    Raises:
        Refused: The cursor is not one of this list.
    """
    cipher = context.keyring.cipher(cursors.PURPOSE)
    filters = wanted.model_dump_json(exclude={"limit", "cursor"}, exclude_none=True)
    listing, after = f"holds {filters}", None
    if wanted.cursor is not None:
        last = cursors.unseal(cipher, caller.controller_id, listing, wanted.cursor)
        after = HoldId(last)
    # One more than shown, to know whether there is a next page.
    asked = Filter(wanted.state, wanted.category, wanted.record_type, after, wanted.limit + 1)
    async with transaction(context.database, caller.controller_id) as connection:
        controller = await require_controller(connection, caller.controller_id)
        found = await holds.list_page(connection, asked)
    shown, next_cursor = found[: wanted.limit], None
    if len(found) > wanted.limit:
        next_cursor = cursors.seal(cipher, caller.controller_id, listing, shown[-1].id)
    keys = _keys(context, controller)
    return HoldPage(items=tuple(_shown(keys, each) for each in shown), next_cursor=next_cursor)


async def read(context: Context, caller: Caller, hold_id: HoldId) -> Hold:
    """Show a hold.

    Raises:
        Refused: The caller's controller has no such hold.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        return await _show(context, connection, caller, hold_id)


async def change(context: Context, caller: Caller, hold_id: HoldId, wanted: HoldChange) -> Hold:
    """Give a hold another last day.

    Raises:
        Refused: The caller's controller has no such hold, it is not in force any more, or the day
            is over.
    """
    _refuse_past(wanted.ends_on)
    async with transaction(context.database, caller.controller_id) as connection:
        about = await _subject_digest(connection, hold_id)
        if not await holds.change(connection, hold_id, wanted.ends_on):
            raise _not_in_force()
        shown = await _show(context, connection, caller, hold_id)
        details: dict[str, JsonValue] = {"hold_id": str(hold_id), "ends_on": _day(wanted.ends_on)}
        told = (AuditAction.HOLD_CHANGED, details, wanted.reason)
        await _record(context, connection, caller, told, about)
    return shown


async def end(context: Context, caller: Caller, hold_id: HoldId, ending: HoldEnding) -> Hold:
    """End a hold, and have what it kept looked at again.

    Raises:
        Refused: The caller's controller has no such hold, or it is not in force any more.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        about = await _subject_digest(connection, hold_id)
        if not await holds.end(connection, hold_id):
            raise _not_in_force()
        shown = await _show(context, connection, caller, hold_id)
        job_id = await jobs.enqueue_re_examination(connection, caller.controller_id)
        details: dict[str, JsonValue] = {"hold_id": str(hold_id)}
        told = (AuditAction.HOLD_ENDED, details, ending.reason)
        await _record(context, connection, caller, told, about)
    _ring(context, caller, job_id)
    return shown


async def _too_late(connection: AsyncConnection, subject_digest: bytes | None) -> tuple[UUID, ...]:
    """Say for which erasures a hold comes too late.

    Raises:
        Refused: One of them is the only one that it is about.
    """
    running = await holds.being_erased(connection)
    if subject_digest is None:
        return tuple(request_id for request_id, _ in running)
    if any(digest_ == subject_digest for _, digest_ in running):
        raise Refused(
            Problem.HOLD_TOO_LATE,
            "An erasure of this person is running, and ends under the holds that it began with. "
            "If it needs attention afterwards, place the hold before it is resumed.",
        )
    return ()


def _new(
    context: Context,
    caller: Caller,
    controller: Controller,
    placement: HoldPlacement,
    meant: Meant | None,
) -> NewHold:
    hold_id = HoldId(new_id())
    display = None if meant is None else dict(meant.display)
    text = json.dumps({"reason": placement.reason, "subject": display})
    subject_digest = None
    if meant is not None:
        subject_digest = digest(context.keyring.unwrap(controller.digest_key), meant.subject_key)
    return NewHold(
        id=hold_id,
        client_id=caller.client_id,
        subject_digest=subject_digest,
        category=placement.category,
        record_type=placement.record_type,
        article=placement.article,
        ends_on=placement.ends_on,
        sealed=_keys(context, controller).seal.close(text, str(hold_id)),
    )


def _keys(context: Context, controller: Controller) -> RecordKeys:
    return RecordKeys.of(context.keyring.unwrap(controller.digest_key))


async def _subject_digest(connection: AsyncConnection, hold_id: HoldId) -> bytes | None:
    return (await _there(connection, hold_id)).subject_digest


async def _there(connection: AsyncConnection, hold_id: HoldId) -> StoredHold:
    found = await holds.get(connection, hold_id)
    if found is None:
        raise Refused(Problem.NOT_FOUND, "There is no such hold.")
    return found


async def _show(
    context: Context, connection: AsyncConnection, caller: Caller, hold_id: HoldId
) -> Hold:
    found = await _there(connection, hold_id)
    controller = await require_controller(connection, caller.controller_id)
    return _shown(_keys(context, controller), found)


def _shown(keys: RecordKeys, stored: StoredHold) -> Hold:
    text: Mapping[str, JsonValue] = {}
    if stored.sealed is not None:
        text = json.loads(keys.seal.open(stored.sealed, str(stored.id)))
    subject = None if stored.subject_digest is None else text.get("subject", {})
    return Hold.model_validate(
        {
            "id": stored.id,
            "state": stored.state,
            "subject": subject,
            "category": stored.category,
            "record_type": stored.record_type,
            "article": stored.article,
            "reason": text.get("reason"),
            "ends_on": stored.ends_on,
            "created_at": stored.created_at,
            "ended_at": stored.ended_at,
        }
    )


def _details(hold: NewHold) -> dict[str, JsonValue]:
    return {
        "hold_id": str(hold.id),
        "category": hold.category,
        "record_type": hold.record_type,
        "article": hold.article,
        "ends_on": _day(hold.ends_on),
    }


async def _record(
    context: Context,
    connection: AsyncConnection,
    caller: Caller,
    told: tuple[AuditAction, dict[str, JsonValue], str],
    subject_digest: bytes | None = None,
) -> None:
    action, details, reason = told
    await trail.record(
        connection,
        context.keyring,
        caller,
        action,
        subject_digests=() if subject_digest is None else (subject_digest,),
        details=details,
        texts={AuditText.REASON: reason},
    )


def _ring(context: Context, caller: Caller, job_id: JobId | None) -> None:
    if job_id is not None:
        context.waker.ring_soon(caller.controller_id, job_id)


def _refuse_past(ends_on: date | None) -> None:
    if ends_on is not None and ends_on < datetime.now(UTC).date():
        raise Refused(
            Problem.INVALID_BODY,
            "The last day is over; see errors.",
            (Fault("/ends_on", "lies in the past"),),
        )


def _require_type(published: PublishedMap, record_type: str | None) -> None:
    if record_type is not None and record_type not in published.data_map.record_types:
        raise Refused(
            Problem.INVALID_BODY,
            "The controller's data map has no such record type; see errors.",
            (Fault("/record_type", "is no record type of the controller's data map"),),
        )


def _not_in_force() -> Refused:
    return Refused(Problem.HOLD_NOT_IN_FORCE, "This hold has been ended, or has expired.")


def _day(ends_on: date | None) -> str | None:
    return None if ends_on is None else ends_on.isoformat()
