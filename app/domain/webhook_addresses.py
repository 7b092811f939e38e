"""To which addresses of the network a webhook may be sent."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""Outside of it lie loopback, mapped IPv4, NAT64, unique local, link-local, site-local, multicast."""

# Said here, because `is_global` differs between versions of Python, and holds for NAT64 and 6to4.
_NOT_PUBLIC: tuple[Network, ...] = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, and where clouds keep their credentials
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address within
        "3fff::/20",  # documentation
    )
)


def is_public(address: Address) -> bool:
    """Say whether an address is one of the public network, and holds no other address within.

    Args:
        address: Any.

    Reference:
        RFC 6890, and the IANA special-purpose address registries.
    """
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return not any(address in network for network in _NOT_PUBLIC)


def may_receive(address: Address, allowed: Sequence[Network], *, is_encrypted: bool) -> bool:
    """Say whether a webhook may be sent to an address.

    Args:
        address: As the host's name was resolved.
        allowed: The networks that the operator has allowed.
        is_encrypted: Whether it is sent by TLS; without it, only to networks that are allowed.
    """
    if any(address in network for network in allowed):
        return True
    return is_encrypted and is_public(address)
