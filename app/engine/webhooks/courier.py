"""A worker's courier: puts events on their way and serves every endpoint for which something is due.

It looks by itself, several times a second: a commit that announces an event pays for no doorbell.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
_EXCHANGES_AT_ONCE = 2
"""How many connections to the database rounds have between them: jobs need theirs."""

Served = tuple[ControllerId, WebhookEndpointId]

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
        if context.settings.webhook_ca_file is not None:
            self._opened()  # a file that cannot be read is told of at the start

    async def run(self) -> None:
        """Deliver, until cancelled; then give back what was not sent."""
        try:
            while True:
                async with self._going_on():
                    await self.look_around()
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
        for controller_id in waiting:
            async with self._going_on():
                await dispatch(database, controller_id)
        async with transaction(database, None) as connection:
            due = await webhook_deliveries.due(connection)
        for served in due:
            if served not in self._rounds and len(self._rounds) < _ENDPOINTS_AT_ONCE:
                self._begin(served)

    @asynccontextmanager
    async def _going_on(self) -> AsyncIterator[None]:
        """Let nothing that one controller's events meet hold up those of others."""
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            _log.warning("courier.failed", extra={"error": type(error).__name__})

    def _begin(self, served: Served) -> None:
        from app.engine.webhooks.rounds import Round  # noqa: PLC0415 - as the client

        client = self._opened()
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
        if not task.cancelled() and (error := task.exception()) is not None:
            # What it held comes due again by itself.
            _log.error("courier.crashed", extra={"endpoint_id": str(served[1])}, exc_info=error)
