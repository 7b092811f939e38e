"""What is wrong with an address is said when it is registered."""

from ipaddress import ip_network

import pytest

from app.domain.errors import Refused
from app.services.webhook_urls import checked
from schemas.problem_vocabulary import Problem

INSIDE = (ip_network("10.0.0.0/8"),)
REFUSED = {
    "no URL": "https://[::1",
    "no host": "https:///path",
    "another scheme": "ftp://school.example/",
    "a file": "file:///etc/passwd",
    "no scheme": "school.example/habeas",
    "plain": "http://school.example/habeas",
    "a user name": "https://school.example@10.0.0.1/",
    "a password": "https://a:b@school.example/",
    "a fragment": "https://school.example/#/habeas",
    "the port of mail": "https://school.example:25/",
    "the port of secure shell": "https://school.example:22/",
    "a name that cannot be read": "https://xn--0.example/",
    "a port that is none": "https://school.example:65536/",
    "a private address": "https://10.0.0.1/",
    "loopback, six": "https://[::1]/",
    "mapped": "https://[::ffff:8.8.8.8]/",
    "the clouds' credentials": "https://169.254.169.254/latest/meta-data",
    "wide digits": "https://\uff11\uff12\uff17.\uff10.\uff10.\uff11/",
    "not in the alphabet of names": "https://school\u2024.example/\x00",
}


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Refused) as refused:
        checked(url, ())
    assert refused.value.problem is Problem.WEBHOOK_URL_REFUSED
    (fault,) = refused.value.faults
    assert fault.pointer == "/url"
    assert "school" not in fault.detail


def test_a_public_address_is_used_as_names_are_resolved() -> None:
    assert checked("https://school.example/habeas?a=b", ()) == "https://school.example/habeas?a=b"
    assert checked("HTTPS://Skåne.example:8443", ()) == "https://xn--skne-roa.example:8443"


def test_without_tls_it_has_to_lie_where_the_operator_allows_it() -> None:
    assert checked("http://10.0.0.7:8080/", INSIDE) == "http://10.0.0.7:8080/"
    assert checked("http://receiver:8080/", INSIDE) == "http://receiver:8080/"
    with pytest.raises(Refused):
        checked("http://8.8.8.8/", INSIDE)
