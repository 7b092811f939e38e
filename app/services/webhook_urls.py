"""What the address of a webhook endpoint must be like.

Said early, for the one who registers it. What counts is what a name leads to when the courier
connects: that is looked at there, each time.
"""

from collections.abc import Sequence
from ipaddress import ip_address

import httpx

from app.domain.errors import Fault, Refused
from app.domain.webhook_addresses import Network, may_receive
from schemas.problem_vocabulary import Problem

_PORTS = (80, 443)
_FIRST_FREE_PORT, _LAST_PORT = 1024, 65_535


def checked(url: str, allowed: Sequence[Network]) -> str:
    """Give an address as it is used.

    Args:
        url: As it was sent, of any content.
        allowed: The networks that the operator has allowed.

    Raises:
        Refused: Nothing can be, or may be, sent there.
    """
    try:
        parsed = httpx.URL(url)
        _ = parsed.host  # some names fail only when they are read
    except (httpx.InvalidURL, UnicodeError) as error:
        raise _refused("is no URL") from error
    if fault := _fault(parsed, allowed):
        raise _refused(fault)
    return str(parsed)


def _fault(url: httpx.URL, allowed: Sequence[Network]) -> str | None:
    """Say what is wrong."""
    if url.scheme not in {"https", "http"} or not url.host:
        return "must begin with https:// and name a host"
    if url.userinfo or url.fragment:
        return "must have neither user name nor fragment"
    if url.port is not None and not _is_free(url.port):
        return "must not name the port of another service"
    if url.scheme == "http" and not allowed:
        return "must begin with https://: the operator has allowed no network without TLS"
    if not _may_be_public(url, allowed):
        return "names an address to which no webhook is sent"
    return None


def _is_free(port: int) -> bool:
    return port in _PORTS or _FIRST_FREE_PORT <= port <= _LAST_PORT


def _may_be_public(url: httpx.URL, allowed: Sequence[Network]) -> bool:
    try:
        address = ip_address(url.host)
    except ValueError:
        return True  # a name: it is looked at when it is resolved
    return may_receive(address, allowed, is_encrypted=url.scheme == "https")


def _refused(fault: str) -> Refused:
    return Refused(
        Problem.WEBHOOK_URL_REFUSED,
        "Webhooks cannot be sent to this address; see errors.",
        (Fault("/url", fault),),
    )
