"""One attempt to deliver: what is sent, what the answer means, what follows."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from app.domain.webhook_schedule import wait_after
from app.engine.webhooks.messages import body_of, headers_of
from app.engine.webhooks.network import AddressRefused
from app.engine.webhooks.signatures import Secret
from app.store.webhook_deliveries import ClaimedDelivery, Outcome
from schemas.webhook_vocabulary import DeliveryFailure, DeliveryState

_READ_BYTES = 16 * 1024
"""What is read of an answer, and thrown away, so that its connection can be used again."""

_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the events of an endpoint go.

    Attributes:
        url: Where to.
        secrets: What they are signed with, the current one first.
    """

    url: str
    secrets: tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; nothing of its body.

    Attributes:
        failure: Why it does not count as delivered; None where it does.
        status: The status code, if there was an answer.
        retry_after: How long the receiver asks to be left alone.
    """

    failure: DeliveryFailure | None
    status: int | None = None
    retry_after: timedelta | None = None


async def send(
    client: httpx.AsyncClient, destination: Destination, delivery: ClaimedDelivery, seconds: float
) -> Answer:
    """Send an event once.

    Args:
        client: As `open_client` gives it.
        destination: Where to.
        delivery: What.
        seconds: How long it may take, the answer included.
    """
    body = body_of(delivery)
    headers = headers_of(delivery, destination.secrets, int(time.time()), body)
    answer = None
    try:
        async with (
            asyncio.timeout(seconds),
            client.stream("POST", destination.url, content=body, headers=headers) as response,
        ):
            answer = _answer(response)
            await _drain(response)
    except AddressRefused:
        return Answer(DeliveryFailure.ADDRESS_REFUSED)
    except (TimeoutError, httpx.TimeoutException):
        return answer or Answer(DeliveryFailure.TIMEOUT)
    except (httpx.NetworkError, OSError):  # TLS that breaks after the handshake comes as it is
        return answer or Answer(DeliveryFailure.UNREACHABLE)
    except (httpx.TransportError, httpx.InvalidURL, UnicodeError):
        return answer or Answer(DeliveryFailure.NOT_UNDERSTOOD)
    return answer


def judge(
    delivery: ClaimedDelivery, answer: Answer, schedule: Sequence[timedelta], luck: float
) -> Outcome:
    """Say what follows from an answer.

    Args:
        delivery: What was sent.
        answer: What came back.
        schedule: How long to wait after the first failure, the second, …
        luck: 0 ≤ x < 1, drawn for this attempt.
    """
    state, wait = DeliveryState.DELIVERED, timedelta(0)
    if answer.failure is not None:
        waited = wait_after(delivery.failures + 1, schedule, answer.retry_after, luck)
        state = DeliveryState.DEAD_LETTER if waited is None else DeliveryState.PENDING
        wait = waited or timedelta(0)
    return Outcome(delivery.id, delivery.attempts, state, answer.failure, answer.status, wait)


def _answer(response: httpx.Response) -> Answer:
    # A redirection is an answer like any other that is not 2xx: nobody is followed.
    failure = None if response.is_success else DeliveryFailure.STATUS
    return Answer(
        failure, response.status_code, _retry_after(response.headers.get("retry-after", ""))
    )


async def _drain(response: httpx.Response) -> None:
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > _READ_BYTES:
            return


def _retry_after(text: str) -> timedelta | None:
    """Read a header of any content.

    Reference:
        RFC 9110, 10.2.3.
    """
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=int(text[:_MOST_DIGITS]))
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # numbers beyond any date overflow
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)


def is_gone(outcome: Outcome) -> bool:
    """Say whether the receiver wants nothing more, ever."""
    return outcome.status == HTTPStatus.GONE
