"""Settings come from the environment, once, and are checked there."""

from datetime import timedelta
from ipaddress import ip_network

import pytest
from pydantic import ValidationError

from app.settings import OAuthSettings, Settings


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABEAS_BUNDLE_LIFETIME", "P7D")
    monkeypatch.setenv("HABEAS_KEYS", "a:secret")
    monkeypatch.setenv("HABEAS_DATABASE_URL", "postgresql://app:word@db/habeas")
    monkeypatch.setenv("HABEAS_WEBHOOK_ALLOWED_NETWORKS", '["10.20.0.0/16"]')
    monkeypatch.setenv("HABEAS_WEBHOOK_RETRY_SCHEDULE", '["PT5S", "PT5M"]')
    settings = Settings()
    assert settings.bundle_lifetime == timedelta(days=7)
    assert settings.database_url == "postgresql://app:word@db/habeas"
    assert settings.webhook_allowed_networks == (ip_network("10.20.0.0/16"),)
    assert settings.webhook_retry_schedule == (timedelta(seconds=5), timedelta(minutes=5))
    assert "secret" not in repr(settings)
    assert "word" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HABEAS_MAX_BUNDLE_BYTES", "0"),
        ("HABEAS_BUNDLE_LIFETIME", "P0D"),
        ("HABEAS_WORKER_JOBS", "0"),
        ("HABEAS_LINK_LIFETIME", "PT61M"),
        ("HABEAS_REQUEST_RETENTION", "P29D"),
        ("HABEAS_REQUEST_RETENTION", "P36501D"),
        ("HABEAS_ANSWER_SECONDS", "60"),
        ("HABEAS_HEARTBEAT_SECONDS", "6"),
        ("HABEAS_LOG_LEVEL", "loud"),
        ("HABEAS_WEBHOOK_ALLOWED_NETWORKS", '["10.0.0.1/8"]'),
        ("HABEAS_WEBHOOK_RETRY_SCHEDULE", "[]"),
        ("HABEAS_WEBHOOK_RETRY_SCHEDULE", '["PT0S"]'),
    ],
)
def test_a_senseless_setting_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        Settings()


def test_a_heartbeat_that_would_come_too_late_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABEAS_LEASE_SECONDS", "4")
    with pytest.raises(ValidationError, match="at most half of HABEAS_LEASE_SECONDS"):
        Settings()


def test_a_setting_that_is_refused_shows_none_of_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HABEAS_KEYS", "k1:word")
    monkeypatch.setenv("HABEAS_HEARTBEAT_SECONDS", "8")
    monkeypatch.setenv("HABEAS_OAUTH_ISSUER", "word")
    for kind in (Settings, OAuthSettings):
        with pytest.raises(ValidationError) as refused:
            kind()
        assert "word" not in str(refused.value)
