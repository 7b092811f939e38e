"""Closed subject requests go when their time is over."""

from datetime import UTC, datetime, timedelta

from app.domain.ids import ControllerId
from app.engine.context import EngineContext
from app.store import audit, controllers, retention
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction

_AT_ONCE = 100


async def forget_closed_requests(context: EngineContext) -> int:
    """Delete closed subject requests that are older than they are kept, with all that hangs on them.

    They go some at a time, each time in one transaction with its audit entry: what broke off goes on
    the next time.

    Args:
        context: The engine's.

    Returns:
        How many went.
    """
    async with transaction(context.database, None) as connection:
        controller_ids = await controllers.list_ids(connection)
    count = 0
    for controller_id in controller_ids:
        while gone := await _forget_some(context, controller_id):
            count += gone
    return count


async def _forget_some(context: EngineContext, controller_id: ControllerId) -> int:
    async with transaction(context.database, controller_id) as connection:
        controller = await controllers.get(connection, controller_id)
        if controller is None:
            return 0
        days = controller.settings.request_retention_days
        kept = context.settings.request_retention if days is None else timedelta(days=days)
        due = await retention.lock_due(connection, datetime.now(UTC) - kept, _AT_ONCE)
        if due:
            await retention.forget(connection, due)
            details = {"count": len(due)}
            action = AuditAction.REQUESTS_FORGOTTEN
            await audit.append(connection, controller_id, action, details=details)
    return len(due)
