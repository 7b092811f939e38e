"""What is held far below others' and the person's own rows of one table is kept with what it needs."""

import json
from typing import Any

import pytest
import yaml

from tests.fixtures.campus import CAMPUS_MAP
from tests.fixtures.holding import end, place, somebody
from tests.fixtures.office import Json, Office

_TABLE = """
DROP TABLE IF EXISTS remark;
CREATE TABLE remark (id bigint PRIMARY KEY, author_id bigint NOT NULL REFERENCES person, kind text NOT NULL,
    body text, parent_id bigint REFERENCES remark);
CREATE INDEX ON remark (author_id);
CREATE INDEX ON remark (parent_id);
"""
_ROWS = """
INSERT INTO remark VALUES (1, {other}, 'remark', 'Well?', NULL), (2, {own}, 'remark', 'So', 1),
    (3, {own}, 'remark', 'Then', 2), (4, {own}, 'reply', 'Yes', 3), (5, {own}, 'remark', 'No', 3),
    (6, {own}, 'remark', 'Never', 1)
"""
"""Under another person's remark two of the person's own, one under the other, and under these a reply."""

_GENERAL: Json = {
    "category": "communication",
    "table": "remark",
    "purposes": ["communication"],
    "retention_criteria": "Until the author is deleted.",
    "rectify": "author",
    "fields": {"body": {"title": "Text"}},
}


def _spec(title: str, kind: str) -> Json:
    author = {"column": "author_id", "restriction": "hide", "erasure": "delete"}
    return {
        **_GENERAL,
        "title": title,
        "where": {"is": {"kind": kind}},
        "hide": {"blank": ["body"]},
        "roles": {"author": author},
    }


@pytest.fixture
async def remarks(office: Office) -> dict[str, Any]:
    """Have remarks on remarks in the LMS and in its data map."""
    await office.workplace.lms_does(_TABLE)
    document = yaml.safe_load(CAMPUS_MAP.read_text("utf-8"))
    types = {"reply": _spec("Replies", "reply"), "remark": _spec("Remarks", "remark")}
    document["record_types"] = types | document["record_types"]
    await office.workplace.bind(json.dumps(document))
    own = await somebody(office, "note.owner_id")
    other = await somebody(office, "note.owner_id", skip=1)
    await office.workplace.lms_does(_ROWS.format(own=own.id, other=other.id))
    return {"own": own, "other": other}


async def _rows(office: Office) -> dict[int, tuple[Any, ...]]:
    rows = await office.workplace.lms_rows("SELECT * FROM remark ORDER BY id")
    return {row["id"]: tuple(row) for row in rows}


async def test_remarks_and_replies_that_lie_over_each_other_are_erased_leaf_by_leaf(
    office: Office, remarks: dict[str, Any]
) -> None:
    own, before = remarks["own"], await _rows(office)
    deeper = ", ".join(
        f"({number}, {own.id}, '{('remark', 'reply')[number % 2]}', 'Again', {number - 1})"
        for number in range(7, 20)
    )
    await office.workplace.lms_does(f"INSERT INTO remark VALUES {deeper}")
    done = await office.erase(own)
    assert done["state"] == "completed"
    assert await _rows(office) == {1: before[1]}
    receipt = await office.get(f"receipts/{done['receipt_id']}/receipt.json")
    counted = {
        each["record_type"]: each["done"]
        for each in receipt["lines"]
        if each["record_type"] in {"reply", "remark"}
    }
    assert counted == {"reply": 8, "remark": 10}


async def test_a_held_reply_keeps_the_remarks_above_it_and_when_the_hold_ends_all_goes(
    office: Office, remarks: dict[str, Any]
) -> None:
    own, before = remarks["own"], await _rows(office)
    hold = await place(office, own, record_type="reply")
    done = await office.erase(own)
    assert await _rows(office) == {number: before[number] for number in (1, 2, 3, 4)}
    kept = {
        (each["record_type"], each["held_by"], each["article"])
        for each in (await office.get("deferrals?limit=200"))["items"]
        if each["record_type"] in {"reply", "remark"}
    }
    assert kept == {("reply", "hold", "17(3)(e)"), ("remark", "dependence", "17(3)(e)")}
    receipt = await office.get(f"receipts/{done['receipt_id']}/receipt.json")
    left = {
        (each["record_type"], each["because"]): each["count"]
        for each in receipt["left"]
        if each["record_type"] in {"reply", "remark"}
    }
    assert left == {("reply", "it is held"): 1, ("remark", "what is held hangs on it"): 2}
    await end(office, hold)
    assert await _rows(office) == {1: before[1]}
    left_over = (await office.get("deferrals?limit=200"))["items"]
    assert [each for each in left_over if each["held_by"] is not None] == []
