"""Closed subject requests, and reasons for looking at persons, go when their time is over."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId
from app.engine.context import EngineContext
from app.store import audit, controllers, retention
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction

_AT_ONCE = 100

_Forget = Callable[[AsyncConnection, datetime], Awaitable[int]]
"""Deletes some of what is older than a moment, and says how many."""


async def forget_closed_requests(context: EngineContext) -> int:
    """Delete closed subject requests that are older than they are kept, with all that hangs on them.

    They go some at a time, each time in one transaction with its audit entry: what broke off goes on
    the next time.

    Args:
        context: The engine's.

    Returns:
        How many went.
    """
    return await _forget_all(context, AuditAction.REQUESTS_FORGOTTEN, _forget_requests)


async def forget_texts(context: EngineContext) -> int:
    """Delete why persons were searched for and counted, as late as closed subject requests go.

    Args:
        context: The engine's.

    Returns:
        Of how many audit entries texts went; the entries stay.
    """
    return await _forget_all(context, AuditAction.TEXTS_FORGOTTEN, _forget_texts)


async def _forget_requests(connection: AsyncConnection, before: datetime) -> int:
    due = await retention.lock_due(connection, before, _AT_ONCE)
    if due:
        await retention.forget(connection, due)
    return len(due)


async def _forget_texts(connection: AsyncConnection, before: datetime) -> int:
    return await retention.forget_texts(connection, before, _AT_ONCE)


async def _forget_all(context: EngineContext, action: AuditAction, forget: _Forget) -> int:
    async with transaction(context.database, None) as connection:
        controller_ids = await controllers.list_ids(connection)
    count = 0
    for controller_id in controller_ids:
        while gone := await _forget_some(context, controller_id, action, forget):
            count += gone
    return count


async def _forget_some(
    context: EngineContext, controller_id: ControllerId, action: AuditAction, forget: _Forget
) -> int:
    async with transaction(context.database, controller_id) as connection:
        controller = await controllers.get(connection, controller_id)
        if controller is None:
            return 0
        days = controller.settings.request_retention_days
        kept = context.settings.request_retention if days is None else timedelta(days=days)
        count = await forget(connection, datetime.now(UTC) - kept)
        if count:
            await audit.append(connection, controller_id, action, details={"count": count})
    return count
