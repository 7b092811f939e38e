"""What the audit trail says of a change of settings: from what to what, without anybody's texts."""

from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue

from schemas.controllers import ControllerSettings

SWITCHES = frozenset(
    {
        "excluded_fields",
        "excluded_purposes",
        "retention_overrides",
        "enabled_rights",
        "two_person_erasure",
        "volume_brake",
        "deadline_calendar",
        "time_zone",
        "request_retention_days",
        "erasure_exceptions",
    }
)
"""What is told with its values. All others may name persons, and an entry is never erased."""
_UNTOLD = {"erasure_exceptions": {"__all__": {"reason"}}}
"""Free texts in what is told."""


def changes(former: ControllerSettings, settings: ControllerSettings) -> dict[str, JsonValue]:
    """Say what a change changes.

    Args:
        former: Before it.
        settings: After it.

    Returns:
        The names of all settings that change; of those without free text the values before and
        after. Numbers with a fraction are texts, as every entry has to be written in one way only.
    """
    names = [
        name
        for name in ControllerSettings.model_fields
        if getattr(former, name) != getattr(settings, name)
    ]
    told = [name for name in names if name in SWITCHES]
    return {"changed": [*names], "before": _values(former, told), "after": _values(settings, told)}


def _values(settings: ControllerSettings, names: Sequence[str]) -> dict[str, JsonValue]:
    written: dict[str, Any] = settings.model_dump(mode="json", include=set(names), exclude=_UNTOLD)
    brake = written.get("volume_brake")
    if brake is not None and brake["daily_share_percent"] is not None:
        brake["daily_share_percent"] = str(brake["daily_share_percent"])
    return {name: written[name] for name in names}
