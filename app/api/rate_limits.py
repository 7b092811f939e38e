"""Holds back who calls too often, and tells everybody how often they still may.

Reference:
    draft-ietf-httpapi-ratelimit-headers-10; RFC 6585, 4 (429); RFC 9110, 10.2.3 (Retry-After).
"""

from hashlib import sha256
from ipaddress import ip_network

from starlette.requests import Request

from app.api.context import context_of
from app.domain import networks
from app.domain.errors import Refused
from app.services.authentication import Caller, RefusedClient
from app.services.rate_limits import WINDOW_SECONDS, Allowance, Counted
from schemas.problem_vocabulary import Problem

_NETWORK_BITS = 64
"""Of an IPv6 address: what follows, its holder chooses."""

_TOO_MANY = {
    Counted.REQUESTS: "This API client has sent more requests in this minute than it may. "
    "Wait as long as Retry-After says.",
    Counted.FAILURES: "Too many API keys that are not valid came from this address in this minute. "
    "Wait as long as Retry-After says, and check the key.",
}


class TooMany(Refused):
    """More than are allowed in a minute.

    Args:
        allowance: What there was.
    """

    def __init__(self, allowance: Allowance) -> None:
        super().__init__(Problem.TOO_MANY_REQUESTS, _TOO_MANY[allowance.counted])
        self.retry_after_seconds = allowance.reset_seconds


async def admit(request: Request, caller: Caller) -> None:
    """Count a request of a client, and let its answer tell what is left.

    Raises:
        TooMany: The client has used up this minute's.
    """
    await _count(request, Counted.REQUESTS, caller.client_id.hex)


async def admit_refusal(request: Request, refusal: RefusedClient) -> None:
    """Count a request that a client is refused for how it calls.

    From a network that is not the client's it counts apart: whoever has only taken the key does not
    use up what the client may send.

    Raises:
        TooMany: The client has used up this minute's.
    """
    who = refusal.caller.client_id.hex
    if refusal.problem is Problem.ADDRESS_NOT_ALLOWED:
        who = f"{who}:elsewhere"
    await _count(request, Counted.REQUESTS, who)


async def count_failure(request: Request) -> None:
    """Count a credential that was not valid. Who has a valid one is never held back by it.

    Raises:
        TooMany: So many came from the address that the refusal says so.
    """
    host = "" if request.client is None else request.client.host
    await _count(request, Counted.FAILURES, sha256(_network(host).encode()).hexdigest())


async def _count(request: Request, counted: Counted, who: str) -> None:
    allowance = await context_of(request).rate_limits.count(counted, who)
    if allowance is None:
        return
    request.state.headers = rate_limit_headers(allowance)
    if allowance.is_exceeded:
        raise TooMany(allowance)


def rate_limit_headers(allowance: Allowance) -> dict[str, str]:
    """Say what the policy is, and what is left of it."""
    name = f'"{allowance.counted}"'
    return {
        "RateLimit-Policy": f"{name};q={allowance.limit};w={WINDOW_SECONDS}",
        "RateLimit": f"{name};r={allowance.remaining};t={allowance.reset_seconds}",
    }


def _network(host: str) -> str:
    """Give the address, or of IPv6 the network that its holder has."""
    address = networks.read(host)
    if address is None:
        return host
    if address.version == 4:
        return str(address)
    return str(ip_network((address, _NETWORK_BITS), strict=False))
