"""A worker's courier: puts events on their way and serves every endpoint for which something is due.

It looks by itself, several times a second: a commit that announces an event pays for no doorbell.
"""

import asyncio
import logging
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from app.domain.ids import ControllerId, WebhookEndpointId
from app.engine.context import EngineContext
from app.engine.webhooks.dispatch import dispatch
from app.store import outbox, webhook_deliveries
from app.store.transaction import transaction

if TYPE_CHECKING:
    import httpx

_LOOK_SECONDS = 0.2
_ENDPOINTS_AT_ONCE = 100
_ENDPOINTS_EACH = 10
"""How many of one controller are served at a time: others need room, however slow its receivers are."""

_EXCHANGES_AT_ONCE = 2
"""How many connections to the database rounds have between them: jobs need theirs."""

_REST_SECONDS = 60.0
"""For how long what tripped over a fault of ours is left alone."""

Served = tuple[ControllerId, WebhookEndpointId | None]
"""Whose endpoint is served; None: the controller's events are put on their way."""

_log = logging.getLogger(__name__)


class Courier:
    """Delivers the events of all controllers, beside the couriers of other workers.

    Args:
        context: The engine's.

    Raises:
        OSError: The authorities that receivers are trusted by cannot be read.
    """

    def __init__(self, context: EngineContext) -> None:
        self._context = context
        self._client: httpx.AsyncClient | None = None
        self._turns = asyncio.Semaphore(_EXCHANGES_AT_ONCE)
        self._rounds: dict[Served, asyncio.Task[None]] = {}
        self._resting: dict[Served, float] = {}
        self._unknown: frozenset[str] = frozenset()
        if context.settings.webhook_ca_file is not None:
            self._opened()  # a file that cannot be read is told of at the start

    async def run(self) -> None:
        """Deliver, until cancelled; then give back what was not sent."""
        try:
            while True:
                try:
                    await self.look_around()
                except (SQLAlchemyError, OSError) as error:
                    _tell_of_outage(error)
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            for task in self._rounds.values():
                task.cancel()
            await asyncio.gather(*self._rounds.values(), return_exceptions=True)
            if self._client is not None:
                await self._client.aclose()

    async def look_around(self) -> None:
        """Put waiting events on their way, and begin with every endpoint that has something due."""
        database = self._context.database
        async with transaction(database, None) as connection:
            waiting = await outbox.waiting(connection)
        self._tell_of_unknown(waiting.unknown)
        for controller_id in waiting.controllers:
            await self._dispatch(controller_id)
        async with transaction(database, None) as connection:
            due = await webhook_deliveries.due(connection)
        for served in due:
            if self._may_begin(served):
                self._begin(*served)

    async def _dispatch(self, controller_id: ControllerId) -> None:
        """Put a controller's events on their way; whatever they meet holds up nobody else's."""
        served = (controller_id, None)
        if self._is_resting(served):
            return
        dispatching = dispatch(self._context.database, controller_id)
        (error,) = await asyncio.gather(dispatching, return_exceptions=True)
        self._heed(served, error)

    def _may_begin(self, served: Served) -> bool:
        if served in self._rounds or self._is_resting(served):
            return False
        own = sum(controller_id == served[0] for controller_id, _ in self._rounds)
        return own < _ENDPOINTS_EACH and len(self._rounds) < _ENDPOINTS_AT_ONCE

    def _begin(self, controller_id: ControllerId, endpoint_id: WebhookEndpointId) -> None:
        from app.engine.webhooks.rounds import Round  # noqa: PLC0415 - as the client

        client, served = self._opened(), (controller_id, endpoint_id)
        task = asyncio.create_task(Round(self._context, client, self._turns, *served).run())
        self._rounds[served] = task
        task.add_done_callback(lambda ended: self._ended(served, ended))

    def _opened(self) -> "httpx.AsyncClient":
        """Give what sends: imported, and opened, when it is needed; other workers do without its 5 MiB."""
        from app.engine.webhooks.client import open_client  # noqa: PLC0415

        if self._client is None:
            self._client = open_client(self._context.settings)
        return self._client

    def _ended(self, served: Served, task: asyncio.Task[None]) -> None:
        del self._rounds[served]
        if not task.cancelled():
            self._heed(served, task.exception())  # what it held comes due again by itself

    def _heed(self, served: Served, error: BaseException | None) -> None:
        """Tell of what somebody's events met; but for an outage, leave them alone for a while."""
        if isinstance(error, (SQLAlchemyError, OSError)):
            _tell_of_outage(error)
        elif error is not None:
            controller_id, endpoint_id = served
            told = {"controller_id": str(controller_id), "endpoint_id": str(endpoint_id)}
            _log.error("courier.crashed", extra=told, exc_info=error)
            self._resting[served] = asyncio.get_running_loop().time() + _REST_SECONDS

    def _is_resting(self, served: Served) -> bool:
        return asyncio.get_running_loop().time() < self._resting.get(served, 0.0)

    def _tell_of_unknown(self, types: frozenset[str]) -> None:
        for event_type in sorted(types - self._unknown):
            _log.error("courier.unknown_event", extra={"event_type": event_type})
        self._unknown |= types


def _tell_of_outage(error: BaseException) -> None:
    _log.warning("courier.failed", extra={"error": type(error).__name__})
