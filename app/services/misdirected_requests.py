"""End users' own requests: taken, handed over to the controller, never acted on.

Reference:
    GDPR Art. 28(3)(e); seed 002, "will be handed over to the customer".
"""

import json
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

from app.domain.errors import Refused
from app.domain.ids import MisdirectedRequestId, new_id
from app.record_keys import Seal, new_key
from app.services import cursors, idempotency, trail
from app.services.authentication import Caller
from app.services.batches import BatchAnswer
from app.services.context import Context
from app.services.dates import refuse_future
from app.store import misdirected_requests, outbox
from app.store.idempotency import StoredAnswer, remember
from app.store.misdirected_requests import Filter, NewMisdirectedRequest
from app.store.misdirected_requests import MisdirectedRequest as StoredRequest
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.misdirected_requests import (
    Handover,
    MisdirectedFilter,
    MisdirectedPage,
    MisdirectedRequest,
    MisdirectedSubmission,
    MisdirectedSummary,
)
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import EventType

KEPT_FOR = timedelta(days=90)
"""How long the content of one is kept that nobody takes over."""

_TAKEN = 201


async def take(
    context: Context, caller: Caller, submission: MisdirectedSubmission, key: str
) -> BatchAnswer:
    """Keep what an end user sent, sealed, and tell the controller that there is something.

    Args:
        context: What the use cases work with.
        caller: Who takes it.
        submission: What the end user sent.
        key: The caller's name for it: the same one is taken once.

    Raises:
        Refused: A moment lies in the future, or the key is in use or belongs to something else.
    """
    refuse_future({"/received_at": submission.received_at})
    named = idempotency.name(context.keyring, caller, key, submission, "misdirected ")
    new = _sealed(context, caller, submission)
    async with transaction(context.database, caller.controller_id) as connection:
        known = await idempotency.claim(connection, named)
        if known is not None:
            return BatchAnswer(known.status, known.body, is_replayed=True)
        await misdirected_requests.insert(connection, caller.controller_id, new)
        stored = await misdirected_requests.get(connection, new.id)
        body = _summary(_there(stored)).model_dump_json()
        await remember(connection, named, StoredAnswer(_TAKEN, {}, body))
        payload = _named(new.id)
        await outbox.add(
            connection, caller.controller_id, EventType.MISDIRECTED_RECEIVED, None, payload
        )
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.MISDIRECTED_RECEIVED,
            details=payload,
        )
    return BatchAnswer(_TAKEN, body, is_replayed=False)


async def list_page(context: Context, caller: Caller, wanted: MisdirectedFilter) -> MisdirectedPage:
    """List the controller's, without their content, the latest first, a page at a time.

    Raises:
        Refused: The cursor is not one of this list.
    """
    cipher = context.keyring.cipher(cursors.PURPOSE)
    listing = f"misdirected-requests state={wanted.state or ''}"
    after = None
    if wanted.cursor is not None:
        last = cursors.unseal(cipher, caller.controller_id, listing, wanted.cursor)
        after = MisdirectedRequestId(last)
    # One more than shown, to know whether there is a next page.
    asked = Filter(wanted.state, after, wanted.limit + 1)
    async with transaction(context.database, caller.controller_id) as connection:
        found = await misdirected_requests.list_page(connection, asked)
    shown = found[: wanted.limit]
    next_cursor = None
    if len(found) > wanted.limit:
        next_cursor = cursors.seal(cipher, caller.controller_id, listing, shown[-1].id)
    return MisdirectedPage(items=tuple(map(_summary, shown)), next_cursor=next_cursor)


async def read(
    context: Context, caller: Caller, request_id: MisdirectedRequestId
) -> MisdirectedRequest:
    """Show what an end user sent; who reads it stands in the audit trail.

    Raises:
        Refused: The controller has no such one.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        stored = _there(await misdirected_requests.get(connection, request_id))
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.MISDIRECTED_READ,
            details=_named(request_id),
        )
    return _shown(context, stored)


async def hand_over(
    context: Context, caller: Caller, request_id: MisdirectedRequestId, handover: Handover
) -> MisdirectedSummary:
    """Record that the controller has taken it over; its content is deleted.

    Args:
        context: What the use cases work with.
        caller: Who has taken it.
        request_id: One of the caller's controller.
        handover: Where it is answered.

    Raises:
        Refused: The controller has no such one, or it was taken over or expired before.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        _there(await misdirected_requests.get(connection, request_id))
        if not await misdirected_requests.hand_over(connection, request_id):
            raise Refused(
                Problem.ALREADY_HANDED_OVER, "It was taken over before, or its time is over."
            )
        stored = _there(await misdirected_requests.get(connection, request_id))
        await trail.record(
            connection,
            context.keyring,
            caller,
            AuditAction.MISDIRECTED_HANDED_OVER,
            details=_named(request_id),
            texts={AuditText.REASON: handover.reason},
        )
    return _summary(stored)


def _sealed(
    context: Context, caller: Caller, submission: MisdirectedSubmission
) -> NewMisdirectedRequest:
    """Seal what an end user sent under a key of its own."""
    id_, key, now = MisdirectedRequestId(new_id()), new_key(), datetime.now(UTC)
    content = {"message": submission.message, "contact": submission.contact}
    return NewMisdirectedRequest(
        id=id_,
        client_id=caller.client_id,
        wrapped_key=context.keyring.wrap(key),
        sealed=Seal(key).close(json.dumps(content), str(id_)),
        received_at=submission.received_at or now,
        expires_at=now + KEPT_FOR,
    )


def _shown(context: Context, stored: StoredRequest) -> MisdirectedRequest:
    common = dict(_summary(stored))
    if stored.sealed is None or stored.wrapped_key is None:
        return MisdirectedRequest(**common)
    seal = Seal(context.keyring.unwrap(stored.wrapped_key))
    content = json.loads(seal.open(stored.sealed, str(stored.id)))
    return MisdirectedRequest(**common, **content)


def _summary(stored: StoredRequest) -> MisdirectedSummary:
    return MisdirectedSummary(
        id=stored.id,
        state=stored.state,
        received_at=stored.received_at,
        taken_at=stored.taken_at,
        expires_at=stored.expires_at,
        ended_at=stored.ended_at,
    )


def _named(request_id: MisdirectedRequestId) -> dict[str, JsonValue]:
    return {"misdirected_request_id": str(request_id)}


def _there(stored: StoredRequest | None) -> StoredRequest:
    if stored is None:
        raise Refused(Problem.NOT_FOUND, "There is no such request.")
    return stored
