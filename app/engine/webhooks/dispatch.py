"""Makes deliveries of events: one for each endpoint that wants to hear of it."""

from collections.abc import Iterable, Iterator

from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.ids import ControllerId
from app.store import outbox, webhook_deliveries, webhook_endpoints
from app.store.outbox import Event
from app.store.transaction import transaction
from app.store.webhook_deliveries import NewDelivery
from app.store.webhook_endpoints import StoredEndpoint
from schemas.webhook_vocabulary import EndpointState

_AT_ONCE = 500


async def dispatch(database: AsyncEngine, controller_id: ControllerId) -> None:
    """Put all events of a controller on their way, each batch in a transaction of its own.

    Args:
        database: Habeas's own.
        controller_id: Whose.
    """
    is_more = True
    while is_more:
        async with transaction(database, controller_id) as connection:
            events = await outbox.take(connection, controller_id, _AT_ONCE)
            endpoints = await webhook_endpoints.list_told(connection)
            await webhook_deliveries.insert_many(connection, list(_matched(events, endpoints)))
        is_more = len(events) == _AT_ONCE


def _matched(events: Iterable[Event], endpoints: Iterable[StoredEndpoint]) -> Iterator[NewDelivery]:
    told = list(endpoints)
    for event in events:
        for endpoint in told:
            types = endpoint.wanted.event_types
            if types is None or event.event_type in types:
                is_dead = endpoint.state is EndpointState.DISABLED
                yield NewDelivery(endpoint.id, event.id, is_dead)
