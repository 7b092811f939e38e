"""From where an API client may call."""

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network


def is_within(address: str | None, networks: Iterable[str]) -> bool:
    """Say whether an address lies in one of some networks, or that there are none.

    Args:
        address: Of the caller, of any content; None where it is not known.
        networks: As ``normalised`` writes them.
    """
    allowed = [ip_network(network) for network in networks]
    if not allowed:
        return True
    try:
        own = ip_address(address or "")
    except ValueError:
        return False
    if isinstance(own, IPv6Address) and own.ipv4_mapped is not None:
        own = own.ipv4_mapped
    return any(own in network for network in allowed)
