"""Settings of a controller: what they may say, and that they fit the data map."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.datamap.read import read
from app.domain.errors import Refused
from app.services.controller_settings import require_fit
from schemas.controllers import ControllerSettings
from tests.fixtures.data_maps import SOUND

MAP = read(SOUND).data_map
EXCEPTION = {"article": "b", "reason": "The Education Act", "ends_on": "2031-06-30"}


@pytest.mark.parametrize(
    ("settings", "pointer"),
    [
        pytest.param({"excluded_fields": {"mail": ["body"]}}, "/excluded_fields", id="type"),
        pytest.param(
            {"excluded_fields": {"message": ["body", "colour"]}},
            "/excluded_fields/message/1",
            id="field",
        ),
        pytest.param({"excluded_purposes": ["fun"]}, "/excluded_purposes/0", id="purpose"),
        pytest.param(
            {"retention_overrides": {"mail": "P1Y"}}, "/retention_overrides", id="retention"
        ),
        pytest.param(
            {"erasure_exceptions": [EXCEPTION | {"record_type": "mail"}]},
            "/erasure_exceptions/0/record_type",
            id="exception",
        ),
    ],
)
def test_what_the_data_map_does_not_have_is_refused_where_it_stands(
    settings: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Refused) as refused:
        require_fit(ControllerSettings.model_validate(settings), MAP)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_settings_that_the_data_map_knows_fit() -> None:
    settings = {
        "excluded_fields": {"message": ["body"]},
        "excluded_purposes": ["teaching"],
        "retention_overrides": {"message": "P1Y"},
        "erasure_exceptions": [
            EXCEPTION | {"record_type": "message"},
            EXCEPTION | {"category": "assessments"},
        ],
    }
    require_fit(ControllerSettings.model_validate(settings), MAP)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"enabled_rights": ["restriction_lift"]}, id="a lift is always enabled"),
        pytest.param({"volume_brake": {}}, id="a brake that says nothing"),
        pytest.param({"volume_brake": {"daily_limit": 0}}, id="a brake that stops everything"),
        pytest.param({"volume_brake": {"daily_share_percent": 101}}, id="more than all"),
        pytest.param({"request_retention_days": 29}, id="requests that hardly stay"),
        pytest.param({"request_retention_days": 36_501}, id="requests that stay for ever"),
        pytest.param({"request_retention_days": "365"}, id="a number of days as text"),
        pytest.param({"deadline_calendar": "Norway"}, id="no country code"),
        pytest.param({"erasure_exceptions": [EXCEPTION]}, id="an exception for nothing"),
        pytest.param(
            {
                "erasure_exceptions": [
                    EXCEPTION | {"record_type": "message", "category": "assessments"}
                ]
            },
            id="an exception for two things",
        ),
        pytest.param(
            {"erasure_exceptions": [EXCEPTION | {"record_type": "message", "article": "f"}]},
            id="Art. 17(3) has no such letter",
        ),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ControllerSettings.model_validate(settings)
