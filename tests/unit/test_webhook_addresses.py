"""Webhooks go to the public network, and to what the operator allows."""

from ipaddress import ip_address, ip_network

import pytest

from app.domain.webhook_addresses import is_public, may_receive

PUBLIC = ("8.8.8.8", "93.184.216.34", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001:80b::200e")
NOT_PUBLIC = {
    "this network": "0.0.0.0",  # noqa: S104 - nobody listens there
    "private 10": "10.255.0.1",
    "private 172": "172.31.255.255",
    "private 192": "192.168.0.1",
    "carrier-grade NAT": "100.64.0.1",
    "loopback": "127.8.8.8",
    "link-local, the clouds' credentials": "169.254.169.254",
    "protocol assignments": "192.0.0.170",
    "documentation 1": "192.0.2.1",
    "documentation 2": "198.51.100.7",
    "documentation 3": "203.0.113.9",
    "6to4 relay": "192.88.99.1",
    "benchmarks": "198.19.255.255",
    "multicast": "224.0.0.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "unspecified, six": "::",
    "loopback, six": "::1",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped public": "::ffff:8.8.8.8",
    "compatible": "::127.0.0.1",
    "NAT64 of loopback": "64:ff9b::7f00:1",
    "NAT64 of public": "64:ff9b::808:808",
    "NAT64, local": "64:ff9b:1::a00:1",
    "6to4 of private": "2002:a00:1::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "ORCHID": "2001:20::1",
    "documentation, six": "2001:db8::1",
    "documentation, new": "3fff::1",
    "discard": "100::1",
    "unique local": "fd00::1",
    "link-local, six": "fe80::1",
    "link-local with a zone": "fe80::1%1",
    "site-local": "fec0::1",
    "multicast, six": "ff02::1",
    "segment routing": "5f00::1",
}


@pytest.mark.parametrize("text", PUBLIC)
def test_the_public_network_is_reached_by_tls_only(text: str) -> None:
    address = ip_address(text)
    assert is_public(address)
    assert may_receive(address, (), is_encrypted=True)
    assert not may_receive(address, (), is_encrypted=False)


@pytest.mark.parametrize("text", NOT_PUBLIC.values(), ids=NOT_PUBLIC.keys())
def test_what_is_not_public_or_holds_another_address_within_is_not_reached(text: str) -> None:
    address = ip_address(text)
    assert not is_public(address)
    assert not may_receive(address, (), is_encrypted=True)


@pytest.mark.parametrize("is_encrypted", [True, False])
def test_what_the_operator_allows_is_reached_and_nothing_beside_it(*, is_encrypted: bool) -> None:
    allowed = (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))
    for text in ("10.1.2.3", "fd00::7"):
        assert may_receive(ip_address(text), allowed, is_encrypted=is_encrypted)
    for text in ("10.2.0.1", "::ffff:10.1.2.3", "fe80::1"):
        assert not may_receive(ip_address(text), allowed, is_encrypted=is_encrypted)
