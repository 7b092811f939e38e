"""What is sent says what it is: no number passes for a moment, no word for yes."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.controllers import ControllerSettings, EnablementChange, ErasureException, VolumeBrake
from schemas.webhooks import Replay, SecretRotation
from schemas.wire import Day, Moment, Wire

LOOK_ALIKE: list[tuple[type[Wire], dict[str, Any]]] = [
    (Replay, {"since": -1}),
    (Replay, {"since": "0"}),
    (Replay, {"since": 1_732_093_200}),
    (SecretRotation, {"overlap_hours": True}),
    (SecretRotation, {"overlap_hours": "24"}),
    (SecretRotation, {"overlap_hours": 24.0}),
    (VolumeBrake, {"daily_limit": True}),
    (VolumeBrake, {"daily_limit": "9"}),
    (VolumeBrake, {"daily_share_percent": "0.5"}),
    (ControllerSettings, {"two_person_erasure": "yes"}),
    (ControllerSettings, {"two_person_erasure": 1}),
    (EnablementChange, {"is_enabled": "on", "reason": "r", "reference": "S-1"}),
    (ErasureException, {"category": "calendar", "article": "b", "reason": "r", "ends_on": 86_400}),
]


@pytest.mark.parametrize(("shape", "sent"), LOOK_ALIKE, ids=str)
def test_what_only_looks_alike_is_refused(shape: type[Wire], sent: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        shape.model_validate(sent)
    assert {each["loc"][0] for each in refused.value.errors()} <= sent.keys()


def test_what_is_written_as_documented_is_read() -> None:
    moment = TypeAdapter(Moment).validate_python("2026-11-22T10:30:00+01:00")
    assert moment.isoformat() == "2026-11-22T09:30:00+00:00"
    assert TypeAdapter(Day).validate_python("2027-06-30").isoformat() == "2027-06-30"
    assert VolumeBrake.model_validate({"daily_share_percent": 1}).daily_share_percent == 1.0
