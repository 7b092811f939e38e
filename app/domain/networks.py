"""From where an API client may call."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


def is_within(address: str | None, networks: Iterable[str]) -> bool:
    """Say whether an address lies in one of some networks, or that there are none.

    Args:
        address: Of the caller, of any content; None where it is not known.
        networks: As ``normalised`` writes them.
    """
    allowed = [ip_network(network) for network in networks]
    if not allowed:
        return True
    own = read(address or "")
    return own is not None and any(own in network for network in allowed)


def read(address: str) -> IPv4Address | IPv6Address | None:
    """Read an address; one of version 4 that is written as one of version 6 is what it stands for.

    Args:
        address: Of any content.

    Returns:
        None where it is no address.

    Reference:
        RFC 4291, 2.5.5.2.
    """
    try:
        own = ip_address(address)
    except ValueError:
        return None
    mapped = own.ipv4_mapped if isinstance(own, IPv6Address) else None
    return mapped or own
