"""Settings come from the environment, once, and are checked there."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from app.settings import Settings


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABEAS_BUNDLE_LIFETIME", "P7D")
    monkeypatch.setenv("HABEAS_KEYS", "a:secret")
    monkeypatch.setenv("HABEAS_DATABASE_URL", "postgresql://app:word@db/habeas")
    settings = Settings()
    assert settings.bundle_lifetime == timedelta(days=7)
    assert settings.database_url == "postgresql://app:word@db/habeas"
    assert "secret" not in repr(settings)
    assert "word" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HABEAS_MAX_BUNDLE_BYTES", "0"),
        ("HABEAS_BUNDLE_LIFETIME", "P0D"),
        ("HABEAS_WORKER_JOBS", "0"),
        ("HABEAS_LINK_LIFETIME", "PT61M"),
        ("HABEAS_ANSWER_SECONDS", "60"),
        ("HABEAS_HEARTBEAT_SECONDS", "6"),
        ("HABEAS_LOG_LEVEL", "loud"),
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
