"""Whose tokens are accepted: the settings, and the page that explains them."""

import re

import pytest
from pydantic import ValidationError

from app.settings import OAuthSettings, Settings
from tests.fixtures.tree import ROOT

ISSUER = {
    "issuer": "https://login.example",
    "jwks_url": "https://login.example/keys",
    "audience": "https://habeas.example",
}


def test_nobodys_tokens_are_accepted_unless_an_issuer_is_set() -> None:
    assert OAuthSettings().issuer is None


def test_every_setting_is_on_the_page_with_its_default() -> None:
    page = (ROOT / "docs" / "oauth.md").read_text("utf-8")
    rows = re.findall(r"^\| `HABEAS_OAUTH_(\w+)` \| (.*?) ?\| ", page, flags=re.MULTILINE)
    shown = {name.lower(): default.strip("`") for name, default in rows}
    defaults = OAuthSettings.model_construct().model_dump(mode="json")
    assert shown == {name: default or "" for name, default in defaults.items()}


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"issuer": "https://login.example"}, id="an issuer alone"),
        pytest.param(ISSUER | {"jwks_url": "http://login.example/keys"}, id="keys in the clear"),
        pytest.param(ISSUER | {"jwks_url": "http://localhost.evil.example/"}, id="almost here"),
        pytest.param(ISSUER | {"jwks_url": "file:///etc/passwd"}, id="a file"),
        pytest.param(ISSUER | {"algorithm": "HS256"}, id="a shared secret"),
        pytest.param(ISSUER | {"algorithm": "none"}, id="no signature"),
        pytest.param(ISSUER | {"max_lifetime": "PT0S"}, id="no time at all"),
    ],
)
def test_an_unsafe_or_half_configuration_is_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        OAuthSettings.model_validate(settings)


@pytest.mark.parametrize("proxies", ["here", "10.0.0.1/8", "*", ""])
def test_what_is_no_network_is_no_trusted_proxy(
    proxies: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HABEAS_TRUSTED_PROXIES", proxies)
    with pytest.raises(ValidationError):
        Settings()


def test_trusted_proxies_are_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABEAS_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8")
    assert Settings().trusted_proxies == "127.0.0.1/32,10.0.0.0/8"
