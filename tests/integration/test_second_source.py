"""What rules would change in another source than that of the persons is refused: nothing carries it out."""

import json
from dataclasses import replace

import pytest
import yaml

from schemas.vocabulary import Right
from tests.fixtures.campus import CAMPUS_MAP
from tests.fixtures.office import APPROVAL, Json, Office
from tests.fixtures.workplace import Workplace

_KEEP: Json = {"effect": "keep", "because": "it is the archive"}
RULES: dict[str, Json] = {
    "one that deletes": {"restriction": "keep", "erasure": "delete"},
    "one that deletes later": {
        "restriction": "keep",
        "erasure": _KEEP | {"until": {"container_gone": "shelf_id"}, "then": "delete"},
    },
}


@pytest.fixture(scope="module", autouse=True)
async def tables(office: Office) -> None:
    """Have a table that lies in a second database."""
    await office.workplace.lms_does(
        "CREATE TABLE archived_note (id bigint PRIMARY KEY, owner_id bigint, shelf_id bigint, body text)"
    )


async def _bound(office: Office, rules: Json) -> Workplace:
    """Give the workplace under a map with a record type of the second source."""
    document = yaml.safe_load(CAMPUS_MAP.read_text("utf-8"))
    document["sources"]["archive"] = {"kind": "sql", "url": "${CAMPUS_DATABASE_URL}"}
    document["record_types"]["archived_note"] = {
        "category": "course_material",
        "title": "Old notes",
        "table": "archived_note",
        "source": "archive",
        "purposes": ["teaching"],
        "retention_criteria": "For ever.",
        "rectify": "self",
        "fields": {"body": {"title": "Text"}},
        "hide": {"blank": ["body"]},
        "roles": {"owner": {"column": "owner_id", **rules}},
    }
    version = await office.workplace.bind(json.dumps(document))
    return replace(office.workplace, data_map_version_id=version)


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
async def test_a_right_that_would_have_to_act_there_is_neither_shown_nor_accepted(
    office: Office, rules: Json
) -> None:
    await _bound(office, rules)
    person = office.workplace.campus.facts.namesakes[0]
    confirmation = await office.confirmed(person)
    asked: Json = {"right": "erasure", "confirmation": confirmation, "reason": "a test"}
    told = [await office.post("previews", asked, 422)]
    submitted: Json = {"right": "erasure", "confirmation": confirmation, "approval": APPROVAL}
    told.append(
        await office.post("subject-requests", submitted | {"preview_digest": "0" * 64}, 422)
    )
    for each in told:
        assert each["type"].endswith("/right-not-available")
        assert "archived_note" in each["detail"]
    await office.preview("restriction", person)


async def test_what_was_accepted_under_such_a_map_waits_for_a_person(office: Office) -> None:
    """It was taken for done, though nobody had looked there."""
    workplace = await _bound(office, {"restriction": "hide", "erasure": "delete"})
    key = str(workplace.campus.facts.namesakes[0].id)
    for right, options in (
        (Right.ERASURE, {}),
        (Right.RESTRICTION, {"ground": "accuracy_contested"}),
    ):
        job = await workplace.job(await workplace.carry_out(key, right, **options))
        assert (job["state"], job["attention_reason"]) == ("needs_attention", "source_disagrees")
        assert "archived_note" in job["attention_detail"]


async def test_what_was_begun_under_such_a_map_can_be_called_off(office: Office) -> None:
    workplace = await _bound(office, {"restriction": "hide", "erasure": "delete"})
    key = str(workplace.campus.facts.namesakes[0].id)
    options = {"ground": "accuracy_contested", "cancelled": True}
    request = await workplace.carry_out(key, Right.RESTRICTION, **options)
    assert (await workplace.job(request))["state"] == "completed"
    (ended,) = await workplace.execute(
        "SELECT state FROM subject_request WHERE id = $1", request.id
    )
    assert ended["state"] == "cancelled"


async def test_what_is_only_exported_there_holds_up_nothing(office: Office) -> None:
    await _bound(office, {"restriction": "keep", "erasure": _KEEP})
    await office.erase(office.workplace.campus.facts.namesakes[1])
