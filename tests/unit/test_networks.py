"""From where an API client may call."""

import pytest

from app.domain.networks import is_within


@pytest.mark.parametrize(
    ("address", "networks", "expected"),
    [
        pytest.param("203.0.113.9", (), True, id="no network is named › everywhere"),
        pytest.param(None, (), True, id="no network is named, no address known › everywhere"),
        pytest.param("192.0.2.9", ("192.0.2.0/24",), True, id="within › allowed"),
        pytest.param("192.0.3.9", ("192.0.2.0/24",), False, id="outside › refused"),
        pytest.param("192.0.3.9", ("192.0.2.0/24", "192.0.3.9/32"), True, id="second › allowed"),
        pytest.param("2001:db8::1", ("2001:db8::/32",), True, id="IPv6 within › allowed"),
        pytest.param("::ffff:192.0.2.9", ("192.0.2.0/24",), True, id="IPv4 in IPv6 › as IPv4"),
        pytest.param("192.0.2.9", ("2001:db8::/32",), False, id="another version › refused"),
        pytest.param(None, ("192.0.2.0/24",), False, id="no address known › refused"),
        pytest.param("unix", ("192.0.2.0/24",), False, id="no address at all › refused"),
    ],
)
def test_a_caller_is_within_the_networks_of_its_client_or_not(
    address: str | None, networks: tuple[str, ...], expected: object
) -> None:
    assert is_within(address, networks) is expected
