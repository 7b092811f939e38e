"""Who else has to be told of a restriction, a lift or an erasure, and what they answered.

Reference:
    GDPR Art. 19: each recipient to whom the data have been disclosed; sub-processors are recipients,
    too (Art. 4(9)).
"""

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Fault, Refused
from app.domain.ids import SubjectRequestId
from app.domain.subject_requests import SubjectRequest
from app.services import progress, trail
from app.services.authentication import Caller, require_scope
from app.services.context import Context
from app.services.dates import refuse_future
from app.store import outbox, recipient_answers
from app.store.recipient_answers import RecipientAnswer as StoredAnswer
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.data_map import Recipient
from schemas.problem_vocabulary import Problem
from schemas.recipients import (
    InformedRecipient,
    NewRecipientAnswer,
    RecipientAnswer,
    RecipientList,
)
from schemas.vocabulary import EventType, Right

_CHANGING = {Right.RESTRICTION, Right.RESTRICTION_LIFT, Right.ERASURE, Right.RECTIFICATION}


async def list_all(
    context: Context, caller: Caller, subject_request_id: SubjectRequestId
) -> RecipientList:
    """List whom the request's data map names, with what they answered.

    Args:
        context: What the use cases work with.
        caller: Who looks.
        subject_request_id: One of the caller's controller.

    Raises:
        Refused: The controller has no such subject request.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        request = await progress.require(connection, subject_request_id)
        return await _shown(context, connection, request)


async def answer(
    context: Context,
    caller: Caller,
    subject_request_id: SubjectRequestId,
    wanted: NewRecipientAnswer,
) -> RecipientList:
    """Record what a recipient answered; the same once more changes and announces nothing.

    Args:
        context: What the use cases work with.
        caller: Who heard it, allowed to request the request's right.
        subject_request_id: One of the caller's controller.
        wanted: The answer, and whose.

    Raises:
        Refused: The controller has no such subject request, nobody of that name is to be told of it,
            or the answer is said to have come in the future.
    """
    refuse_future({"/answered_at": wanted.answered_at})
    recipient = wanted.recipient
    async with transaction(context.database, caller.controller_id) as connection:
        request = await progress.require(connection, subject_request_id)
        require_scope(caller, request.right)
        if recipient not in await _to_be_told(context, connection, request):
            raise Refused(
                Problem.INVALID_BODY,
                "Nobody of this name is to be told of this subject request. List its recipients.",
                (Fault("/recipient", "is none of the subject request's recipients"),),
            )
        stored = StoredAnswer(recipient, wanted.outcome, wanted.answered_at)
        is_news = await recipient_answers.put(
            connection, request.controller_id, subject_request_id, stored
        )
        shown = await _shown(context, connection, request)
        if is_news:
            payload: dict[str, JsonValue] = {"recipient": recipient, "outcome": wanted.outcome}
            await outbox.add(
                connection,
                request.controller_id,
                EventType.RECIPIENT_ANSWERED,
                subject_request_id,
                payload,
            )
            await trail.record(
                connection,
                context.keyring,
                caller,
                AuditAction.RECIPIENT_ANSWERED,
                subject_request_id=subject_request_id,
                details=payload | {"answered_at": wanted.answered_at.isoformat()},
                texts={AuditText.REASON: wanted.reason},
            )
    return shown


async def _to_be_told(
    context: Context, connection: AsyncConnection, request: SubjectRequest
) -> dict[str, Recipient]:
    if request.right not in _CHANGING:
        return {}
    published = await context.maps.get(connection, request.data_map_version_id)
    return published.data_map.recipients


async def _shown(
    context: Context, connection: AsyncConnection, request: SubjectRequest
) -> RecipientList:
    known = await recipient_answers.list_of(connection, request.id)
    told = await _to_be_told(context, connection, request)
    return RecipientList(
        items=tuple(_one(name, each, known.get(name)) for name, each in told.items())
    )


def _one(name: str, recipient: Recipient, known: StoredAnswer | None) -> InformedRecipient:
    return InformedRecipient(
        recipient=name,
        name=recipient.name,
        country=recipient.country,
        why=recipient.why,
        answer=None
        if known is None
        else RecipientAnswer(outcome=known.outcome, answered_at=known.answered_at),
    )
