"""What the clock does about deadlines, and about what is kept for a time only."""

from app.domain.deadlines import WARNING
from app.engine.context import EngineContext
from app.store import audit, controllers, deadlines, misdirected_requests, outbox
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from schemas.vocabulary import EventType

_ACTIONS = {
    EventType.REQUEST_DUE_SOON: AuditAction.REQUEST_DUE_SOON,
    EventType.REQUEST_OVERDUE: AuditAction.REQUEST_OVERDUE,
}


async def announce_deadlines(context: EngineContext) -> int:
    """Announce deadlines that have come close or passed, each of them once.

    Args:
        context: The engine's.

    Returns:
        How many were announced.
    """
    count = 0
    async with transaction(context.database, None) as connection:
        controller_ids = await controllers.list_ids(connection)
    for controller_id in controller_ids:
        async with transaction(context.database, controller_id) as connection:
            announced = await deadlines.announce(connection, WARNING)
            for request_id, event, due_at in announced:
                payload = {"due_at": due_at.isoformat()}
                await outbox.add(connection, controller_id, event, request_id, payload)
            for request_id, event, _ in announced:
                await audit.append(
                    connection, controller_id, _ACTIONS[event], subject_request_id=request_id
                )
        count += len(announced)
    return count


async def expire_misdirected_requests(context: EngineContext) -> int:
    """Forget the content of end users' requests that no controller has taken over in time.

    Args:
        context: The engine's.

    Returns:
        How many went.
    """
    count = 0
    async with transaction(context.database, None) as connection:
        controller_ids = await controllers.list_ids(connection)
    for controller_id in controller_ids:
        async with transaction(context.database, controller_id) as connection:
            gone = await misdirected_requests.expire(connection)
            for request_id in gone:
                named = {"misdirected_request_id": str(request_id)}
                await audit.append(
                    connection, controller_id, AuditAction.MISDIRECTED_EXPIRED, details=named
                )
        count += len(gone)
    return count
