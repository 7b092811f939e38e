"""Who else is to be told of a subject request, and what they answered."""

import json

import httpx
import pytest

from tests.fixtures.holding import somebody
from tests.fixtures.office import APPROVAL, Json, Office

DONE: Json = {"outcome": "done", "answered_at": "2026-11-22T14:30:00Z", "reason": "It wrote back."}


async def _answered(office: Office, request: Json, body: Json, name: str) -> httpx.Response:
    path = f"/v1/subject-requests/{request['id']}/recipient-answer"
    return await office.http.post(path, json={"recipient": name} | body)


async def _announced(office: Office, request: Json) -> list[Json]:
    rows = await office.workplace.execute(
        "SELECT payload FROM outbox WHERE subject_request_id = $1::text::uuid"
        " AND event_type = 'recipient.answered' ORDER BY id",
        request["id"],
    )
    return [json.loads(row["payload"]) for row in rows]


async def test_everybody_whom_the_map_names_is_listed_with_what_they_answered(
    office: Office,
) -> None:
    request = await office.restrict(await somebody(office))
    path = f"subject-requests/{request['id']}/recipients"
    listed = (await office.get(path))["items"]
    assert [each["recipient"] for each in listed][:2] == ["hosting", "error_tracking"]
    assert {each["answer"] for each in listed} == {None}
    answered = await _answered(office, request, DONE, "plagiarism_checker")
    assert answered.status_code == 200, answered.text
    said = {each["recipient"]: each["answer"] for each in answered.json()["items"]}
    assert said.pop("plagiarism_checker") == {
        "outcome": "done",
        "answered_at": "2026-11-22T14:30:00Z",
    }
    assert set(said.values()) == {None}
    assert (await office.get(path)) == answered.json()


async def test_an_answer_is_announced_once_and_a_later_one_takes_its_place_but_in_the_trail(
    office: Office,
) -> None:
    request = await office.restrict(await somebody(office, skip=1))
    for body in (DONE, DONE, DONE | {"outcome": "refused"}):
        assert (await _answered(office, request, body, "hosting")).status_code == 200
    told = [{"recipient": "hosting", "outcome": each} for each in ("done", "refused")]
    assert await _announced(office, request) == told
    trail = [json.loads(row["details"]) for row in await office.trail()][:2]
    at = "2026-11-22T14:30:00+00:00"
    assert trail == [{"answered_at": at, **each} for each in reversed(told)]
    listed = (await office.get(f"subject-requests/{request['id']}/recipients"))["items"]
    assert listed[0]["answer"]["outcome"] == "refused"


@pytest.mark.parametrize(
    ("name", "body", "status", "problem"),
    [
        ("nobody", DONE, 422, "invalid-body"),
        ("hosting\x00", DONE, 422, "invalid-body"),
        ("hosting", DONE | {"outcome": "perhaps"}, 422, "invalid-body"),
        ("hosting", DONE | {"answered_at": "2126-01-01T00:00:00Z"}, 422, "invalid-body"),
        ("hosting", {**DONE, "reason": ""}, 422, "reason-missing"),
    ],
)
async def test_anything_else_is_refused_and_changes_nothing(
    office: Office, name: str, body: Json, status: int, problem: str
) -> None:
    request = await office.restrict(await somebody(office, skip=2))
    refused = await _answered(office, request, body, name)
    assert (refused.status_code, refused.json()["type"]) == (status, f"/problems/{problem}")
    assert await _announced(office, request) == []
    rows = "SELECT FROM recipient_answer WHERE subject_request_id = $1::text::uuid"
    assert await office.workplace.execute(rows, request["id"]) == []


async def test_of_an_access_nobody_has_to_be_told(office: Office) -> None:
    body: Json = {"right": "access", "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(await somebody(office, skip=3))
    request = await office.carried_out(await office.post("subject-requests", body))
    assert (await office.get(f"subject-requests/{request['id']}/recipients"))["items"] == []
    assert (await _answered(office, request, DONE, "hosting")).status_code == 422
