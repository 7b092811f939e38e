"""Serves one endpoint: claims what is due, sends some at a time, records, until nothing is due."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom

import httpx
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.ids import ControllerId, WebhookEndpointId
from app.engine.context import EngineContext
from app.engine.webhooks.attempts import Answer, Destination, is_gone, judge, send
from app.engine.webhooks.resolver import asking
from app.engine.webhooks.signatures import Secret
from app.store import audit, webhook_deliveries, webhook_endpoints, webhook_secrets
from app.store.transaction import transaction
from app.store.webhook_deliveries import ClaimedDelivery, Outcome
from schemas.audit_vocabulary import AuditAction
from schemas.webhook_vocabulary import (
    DeliveryFailure,
    DeliveryState,
    DisabledBecause,
    EndpointState,
)

_TOGETHER_SECONDS = 0.01
"""How long others may end, too, so that they are recorded together."""

_LOOK_SECONDS = 0.25
"""How often what became due meanwhile is looked for, while all that is being sent takes its time."""

_LEASE = timedelta(seconds=30)
"""How much longer than an attempt may take a claim counts."""

_chance = SystemRandom()
_log = logging.getLogger(__name__)

Sending = dict["asyncio.Task[Answer]", tuple[ClaimedDelivery, str]]
"""What is being sent, and whereto."""

Ended = dict[Outcome, str]
"""How attempts went, and whereto."""


@dataclass(frozen=True, slots=True)
class Round:
    """One worker's turn at an endpoint.

    Attributes:
        context: The engine's.
        client: Sends.
        turns: Lets so many at a time to the database.
        controller_id: Whose endpoint it is.
        endpoint_id: The endpoint.
    """

    context: EngineContext
    client: httpx.AsyncClient
    turns: asyncio.Semaphore
    controller_id: ControllerId
    endpoint_id: WebhookEndpointId

    async def run(self) -> None:
        """Send what is due, until nothing is."""
        asking.set(self.controller_id)
        sending: Sending = {}
        outcomes: Ended = {}
        try:
            while True:
                room = self.context.settings.webhook_connections - len(sending)
                destination, claimed = await self._exchange(outcomes, room)
                outcomes = {}
                for each in claimed:
                    attempt = send(
                        self.client, destination, each, self.context.settings.webhook_seconds
                    )
                    sending[asyncio.create_task(attempt)] = each, destination.url
                if not sending:
                    return
                outcomes = await self._ended(sending)
        finally:
            if sending:
                await asyncio.shield(self._stop(sending))

    def _outcome(self, task: "asyncio.Task[Answer]", delivery: ClaimedDelivery) -> Outcome:
        """Say what follows from an attempt; what nobody expected of it is its own failure."""
        error = task.exception()
        if error is None:
            answer = task.result()
        else:
            told = {"delivery_id": str(delivery.id), "error": type(error).__name__}
            _log.error("delivery.tripped", extra=told)
            answer = Answer(DeliveryFailure.NOT_UNDERSTOOD)
        schedule = self.context.settings.webhook_retry_schedule
        return judge(delivery, answer, schedule, _chance.random())

    async def _ended(self, sending: Sending) -> Ended:
        """Wait until some have ended, and take them out."""
        await asyncio.wait(sending, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(_TOGETHER_SECONDS)
        done = [task for task in sending if task.done()]
        ended = [(task, *sending.pop(task)) for task in done]
        return {self._outcome(task, each): url for task, each, url in ended}

    async def _exchange(
        self, outcomes: Ended, room: int
    ) -> tuple[Destination, list[ClaimedDelivery]]:
        """Record how attempts went, and claim others, in one transaction."""
        async with (
            self.turns,
            transaction(self.context.database, self.controller_id) as connection,
        ):
            endpoint = await webhook_endpoints.lock(connection, self.endpoint_id)
            await webhook_deliveries.record(connection, [*outcomes])
            if endpoint is None or endpoint.state is EndpointState.DISABLED:
                return _NOWHERE, []
            # What a former address answered says nothing of the present one.
            told = [each for each, url in outcomes.items() if url == endpoint.wanted.url]
            if await self._disable(connection, told) or not room:
                return _NOWHERE, []
            claimed = await self._claim(connection, room)
            live = await webhook_secrets.live(connection, self.endpoint_id) if claimed else []
        keyring = self.context.keyring
        secrets = tuple(Secret.unwrap(keyring, each.wrapped_key) for each in live)
        return Destination(endpoint.wanted.url, secrets), claimed

    async def _claim(self, connection: AsyncConnection, room: int) -> list[ClaimedDelivery]:
        lease_seconds = self.context.settings.webhook_seconds + _LEASE.total_seconds()
        return await webhook_deliveries.claim(connection, self.endpoint_id, room, lease_seconds)

    async def _disable(self, connection: AsyncConnection, outcomes: Sequence[Outcome]) -> bool:
        """Send nothing more to who is gone, or has failed for a whole schedule."""
        because = await self._reason(connection, outcomes)
        if because is None:
            return False
        if await webhook_endpoints.disable(connection, self.endpoint_id, because):
            await audit.append(
                connection,
                self.controller_id,
                AuditAction.WEBHOOK_ENDPOINT_DISABLED,
                details={"endpoint_id": str(self.endpoint_id), "because": because},
            )
        return True

    async def _reason(
        self, connection: AsyncConnection, outcomes: Sequence[Outcome]
    ) -> DisabledBecause | None:
        if any(is_gone(each) for each in outcomes):
            return DisabledBecause.GONE
        for each in outcomes:
            if each.state is DeliveryState.DEAD_LETTER and not (
                await webhook_deliveries.has_delivered_since(connection, self.endpoint_id, each.id)
            ):
                return DisabledBecause.FAILING
        return None

    async def _stop(self, sending: Sending) -> None:
        """Record what has ended, and let others have the rest at once."""
        for task in sending:
            task.cancel()
        await asyncio.wait(sending)
        left = [each.id for task, (each, _) in sending.items() if task.cancelled()]
        outcomes = [
            self._outcome(task, each) for task, (each, _) in sending.items() if not task.cancelled()
        ]
        async with transaction(self.context.database, self.controller_id) as connection:
            await webhook_endpoints.lock(connection, self.endpoint_id)
            await webhook_deliveries.record(connection, outcomes)
            await webhook_deliveries.give_back(connection, left)


_NOWHERE = Destination("", ())
