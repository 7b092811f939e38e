"""A change of settings is told with its values, where these are nobody's words."""

import json
from typing import Any

import pytest

from app.services.changed_settings import SWITCHES, changes
from schemas.controllers import EVERY_RIGHT, ControllerSettings

FREE_TEXTS = {
    "legal_name": "Canarywood School",
    "address": "Canarywood 1",
    "contact": "canarywood@one.example",
    "data_protection_officer": "Ms Canarywood",
    "supervisory_authority": "Canarywood Authority",
    "processing_agreement_url": "https://one.example/canarywood",
    "request_form_url": "https://one.example/canarywood",
}
EXCEPTION = {
    "record_type": "grade",
    "article": "b",
    "reason": "Canarywood",
    "ends_on": "2031-06-30",
}
NOTHING = ControllerSettings()


def settings(**wanted: Any) -> ControllerSettings:
    return ControllerSettings.model_validate(wanted)


def test_every_setting_is_either_told_or_a_free_text() -> None:
    assert SWITCHES.isdisjoint(FREE_TEXTS)
    assert SWITCHES | FREE_TEXTS.keys() == ControllerSettings.model_fields.keys()


@pytest.mark.parametrize(
    ("name", "wanted", "before", "after"),
    [
        pytest.param("two_person_erasure", True, False, True, id="two persons"),
        pytest.param("excluded_purposes", ["fun"], [], ["fun"], id="purposes"),
        pytest.param("excluded_fields", {"a": ["b"]}, {}, {"a": ["b"]}, id="fields"),
        pytest.param("retention_overrides", {"a": "P1Y"}, {}, {"a": "P1Y"}, id="periods"),
        pytest.param("enabled_rights", ["access"], [*EVERY_RIGHT], ["access"], id="rights"),
        pytest.param("deadline_calendar", "DE-BY", None, "DE-BY", id="calendar"),
        pytest.param("time_zone", "Europe/Oslo", None, "Europe/Oslo", id="time zone"),
        pytest.param("request_retention_days", 90, None, 90, id="retention of requests"),
        pytest.param(
            "volume_brake",
            {"daily_share_percent": 0.1},
            None,
            {"daily_limit": None, "daily_share_percent": "0.1"},
            id="brake, whose share is no number",
        ),
        pytest.param(
            "erasure_exceptions",
            [EXCEPTION],
            [],
            [
                {
                    "record_type": "grade",
                    "category": None,
                    "article": "b",
                    "ends_on": "2031-06-30",
                }
            ],
            id="exceptions, without their reasons",
        ),
    ],
)
def test_a_switch_is_told_from_what_to_what(
    name: str, wanted: object, before: object, after: object
) -> None:
    told = {"changed": [name], "before": {name: before}, "after": {name: after}}
    assert changes(NOTHING, settings(**{name: wanted})) == told
    back = {"changed": [name], "before": {name: after}, "after": {name: before}}
    assert changes(settings(**{name: wanted}), NOTHING) == back


def test_free_texts_are_told_by_name_only() -> None:
    told = changes(NOTHING, settings(**FREE_TEXTS, two_person_erasure=True))
    assert told["changed"] == [*FREE_TEXTS, "two_person_erasure"]
    assert told["after"] == {"two_person_erasure": True}
    assert "anarywood" not in json.dumps(told)


def test_what_stays_is_not_told() -> None:
    same = settings(excluded_purposes=["fun"], contact="x")
    assert changes(same, same) == {"changed": [], "before": {}, "after": {}}
