"""The audit trail: verified."""

from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.ids import ControllerId
from app.store import audit, controllers
from app.store.audit import VerificationResult
from app.store.transaction import transaction


async def verify(database: AsyncEngine, controller_id: ControllerId) -> VerificationResult:
    """Follow one controller's trail from its first entry to its head."""
    async with transaction(database, controller_id) as connection:
        return await audit.verify(connection, controller_id)


async def verify_all(database: AsyncEngine) -> dict[ControllerId, VerificationResult]:
    """Follow every controller's trail, one after another."""
    async with transaction(database, None) as connection:
        controller_ids = await controllers.list_ids(connection)
    return {
        controller_id: await verify(database, controller_id) for controller_id in controller_ids
    }
