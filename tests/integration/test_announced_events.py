"""What is announced of subject requests, in the order in which it happens, in ids and states."""

import json

import pytest

from app.demo.school import Person
from tests.fixtures.office import APPROVAL, Json, Office

INFORMED = {"informed_at": "2026-11-20T09:00:00Z", "how": "by letter"}
OVERRIDDEN = {"override_reason": "no address is known"}


@pytest.fixture(scope="module")
def person(office: Office) -> Person:
    return office.workplace.campus.facts.namesakes[0]


async def announced(office: Office, request_id: str) -> list[tuple[str, Json]]:
    """Give the events of a subject request with their payloads."""
    rows = await office.workplace.execute(
        "SELECT event_type, payload FROM outbox WHERE subject_request_id = $1::text::uuid ORDER BY id",
        request_id,
    )
    return [(row["event_type"], json.loads(row["payload"])) for row in rows]


async def test_a_bundle_is_announced_when_it_is_ready_and_when_it_is_read(
    office: Office, person: Person
) -> None:
    access = {"right": "access", "approval": APPROVAL}
    access["confirmation"] = await office.confirmed(person)
    request = await office.carried_out(await office.post("subject-requests", access))
    bundle = {"bundle_id": request["bundle_id"]}
    receipt = {"receipt_id": request["receipt_id"]}
    await office.http.get(f"/v1/bundles/{request['bundle_id']}/data.xml")
    assert await announced(office, request["id"]) == [
        ("subject_request.accepted", {"right": "access"}),
        ("bundle.ready", bundle | receipt),
        ("subject_request.completed", bundle | receipt),
        ("bundle.downloaded", bundle | {"part": "data.xml"}),
    ]


@pytest.mark.parametrize("is_informed", [True, False], ids=["told", "not told, for a reason"])
async def test_the_duty_to_inform_is_announced_before_a_lift_and_what_became_of_it_after(
    office: Office, person: Person, *, is_informed: bool
) -> None:
    restricted = await office.restrict(person)
    named = {"restriction_id": restricted["restriction_id"]}
    path = f"restrictions/{restricted['restriction_id']}/lift"
    waiting = await office.post(path, {"approval": APPROVAL})
    information = INFORMED if is_informed else OVERRIDDEN
    begun = await office.post(f"subject-requests/{waiting['id']}/information", information)
    lifted = await office.carried_out(begun)
    said = named | {"is_subject_informed": is_informed, "receipt_id": lifted["receipt_id"]}
    assert await announced(office, lifted["id"]) == [
        ("subject_request.accepted", {"right": "restriction_lift"}),
        ("restriction.awaiting_information", named),
        ("restriction.lifted", said),
        ("subject_request.completed", said),
    ]
