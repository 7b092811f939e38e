"""What is held of a subject at this moment: holds in force, and the controller's own exceptions."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.holds import Held, HoldOrder, held_types
from app.domain.subject_requests import SubjectRequest
from app.store import holds, subject_requests
from app.store.controllers import Controller
from schemas.controllers import ControllerSettings
from schemas.data_map import DataMap
from schemas.vocabulary import HeldBy, HoldArticle

_PINNED = "held"
"""Under which name an erasure remembers what was held when it began."""


async def held_of(
    connection: AsyncConnection,
    controller: Controller,
    data_map: DataMap,
    subject_digest: bytes | None,
) -> tuple[Held, ...]:
    """Say which record types are held of a subject.

    Args:
        connection: Bound to the controller.
        controller: Whose subject.
        data_map: Which record types there are.
        subject_digest: The keyed digest of the subject; None: what is held of every subject.
    """
    orders = await holds.orders(connection, subject_digest)
    orders += _exceptions(controller.settings)
    categories = {name: spec.category for name, spec in data_map.record_types.items()}
    return held_types(orders, categories)


async def held_for(
    connection: AsyncConnection,
    controller: Controller,
    data_map: DataMap,
    request: SubjectRequest,
) -> tuple[Held, ...]:
    """Say what an erasure has to keep, and remember it with the erasure.

    What was held when it first began is held for it until its end, so that it counts under one set
    of rules; what is held since counts from the next attempt on.

    Args:
        connection: Bound to the controller, in the transaction that begins an attempt.
        controller: Whose erasure.
        data_map: That it runs under.
        request: The erasure.
    """
    await holds.wait_to_erase(connection, controller.id)
    now = await held_of(connection, controller, data_map, request.subject_digest)
    before = _pinned(request)
    both = {each.record_type: each for each in (*now, *before)}
    held = tuple(both[name] for name in sorted(both))
    if held != before:
        written = [[each.record_type, each.held_by, each.article] for each in held]
        await subject_requests.add_options(connection, request.id, {_PINNED: written})
    return held


def _pinned(request: SubjectRequest) -> tuple[Held, ...]:
    written = request.options.get(_PINNED)
    entries: Sequence[Sequence[str]] = written if isinstance(written, list) else ()
    return tuple(Held(name, HeldBy(by), HoldArticle(article)) for name, by, article in entries)


def _exceptions(settings: ControllerSettings) -> list[HoldOrder]:
    today = datetime.now(UTC).date()
    return [
        HoldOrder(
            HeldBy.EXCEPTION,
            HoldArticle(f"17(3)({each.article})"),
            each.category,
            each.record_type,
        )
        for each in settings.erasure_exceptions
        if each.ends_on >= today
    ]
