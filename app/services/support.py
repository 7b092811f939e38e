"""What support does: in one transaction with its place in the controller's trail, and once."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Fault, Refused
from app.domain.ids import PROCESSOR, ControllerId
from app.services import idempotency, trail
from app.services.authentication import Caller
from app.services.context import Context
from app.store import controllers
from app.store.controllers import Controller
from app.store.idempotency import IdempotencyKey, StoredAnswer, remember
from app.store.transaction import go_on_for, transaction
from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.problem_vocabulary import Problem
from schemas.vocabulary import Scope
from schemas.wire import Wire

_CREATED = 201
_LOCATION = "location"


@dataclass(frozen=True, slots=True)
class Done:
    """What was done.

    Attributes:
        shown: As it is answered.
        action: As the trail calls it.
        details: For the trail: ids and counts.
        texts: For the trail: what may name a person.
        location: Where what was made can be read; None where nothing was.
        repeated: What a repetition is answered, where that is less than what is shown.
    """

    shown: Wire
    action: AuditAction
    details: Mapping[str, JsonValue] = field(default_factory=dict)
    texts: Mapping[AuditText, str] = field(default_factory=dict)
    location: str | None = None
    repeated: Wire | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """The answer to what makes something.

    Attributes:
        body: Of the HTTP answer, JSON.
        location: Where it can be read.
        is_replayed: Whether it was made before, under the same key.
    """

    body: str
    location: str
    is_replayed: bool


Act = Callable[[AsyncConnection], Awaitable[Done]]
"""Acts on a connection that is bound to the controller."""


async def make(
    context: Context, caller: Caller, controller_id: ControllerId, named: IdempotencyKey, act: Act
) -> Made:
    """Make something for a controller, once.

    The key is support's own, and what it makes is the controller's: one transaction writes both.

    Args:
        context: What the use cases work with.
        caller: Support.
        controller_id: For whom; it may be about to be made.
        named: What support calls it.
        act: Makes it.

    Raises:
        Refused: The key is in use or belongs to something else, or as ``act`` raises.
    """
    async with transaction(context.database, caller.controller_id) as connection:
        known = await idempotency.claim(connection, named)
        if known is not None:
            return Made(known.body, known.headers[_LOCATION], is_replayed=True)
        await go_on_for(connection, controller_id)
        done = await act(connection)
        location = done.location or ""
        await go_on_for(connection, caller.controller_id)
        body = (done.repeated or done.shown).model_dump_json()
        await remember(connection, named, StoredAnswer(_CREATED, {_LOCATION: location}, body))
        await go_on_for(connection, controller_id)
        await _record(context, connection, caller, controller_id, done)
    return Made(done.shown.model_dump_json(), location, is_replayed=False)


async def change(context: Context, caller: Caller, controller_id: ControllerId, act: Act) -> Wire:
    """Change something of a controller; to do it again changes nothing more.

    Args:
        context: What the use cases work with.
        caller: Support.
        controller_id: For whom.
        act: Changes it.

    Raises:
        Refused: As ``act`` raises.
    """
    async with transaction(context.database, controller_id) as connection:
        done = await act(connection)
        await _record(context, connection, caller, controller_id, done)
    return done.shown


async def require(
    connection: AsyncConnection, caller: Caller, controller_id: ControllerId
) -> Controller:
    """Read a controller that a caller may look at: support any, a controller's client its own.

    Args:
        connection: Bound to it.
        caller: Who looks.
        controller_id: Which.

    Raises:
        Refused: There is none, or it is another's.
    """
    is_visible = Scope.SUPPORT in caller.scopes or caller.controller_id == controller_id
    found = await controllers.get(connection, controller_id) if is_visible else None
    if found is None or controller_id == PROCESSOR:
        raise Refused(Problem.NOT_FOUND, "There is no such controller here.")
    return found


def require_within(pointer: str, moment: datetime | None, longest: timedelta) -> datetime:
    """Make sure that a moment lies ahead, and not too far.

    Args:
        pointer: Where it stands in the body.
        moment: Aware; None where it was left out.
        longest: How far at most.

    Returns:
        The moment from which that was measured.

    Raises:
        Refused: It does not.
    """
    now = datetime.now(UTC)
    if moment is not None and not now < moment <= now + longest:
        hours = int(longest.total_seconds() // 3600)
        span = f"{hours} hours" if hours < 48 else f"{longest.days} days"
        raise Refused(
            Problem.INVALID_BODY,
            "A moment is not as documented; see errors.",
            (Fault(pointer, f"must lie ahead, by at most {span}"),),
        )
    return now


async def _record(
    context: Context,
    connection: AsyncConnection,
    caller: Caller,
    controller_id: ControllerId,
    done: Done,
) -> None:
    """Append to the trail of the controller, whosever client it was."""
    await trail.record(
        connection,
        context.keyring,
        replace(caller, controller_id=controller_id),
        done.action,
        details=done.details,
        texts=done.texts,
    )
