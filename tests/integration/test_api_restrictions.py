"""The trashcan and other restrictions over HTTP: list, lift after informing, empty."""

import httpx
import pytest

from app.demo.school import Person
from tests.fixtures.office import APPROVAL, Json, Office
from tests.fixtures.rows import all_rows, changed_tables

INFORMED = {"informed_at": "2026-11-20T10:00:00Z", "how": "by letter"}


@pytest.fixture
def person(student: Person) -> Person:
    return student


async def lifted(office: Office, restriction_id: str) -> Json:
    body = {"approval": APPROVAL, "information": INFORMED}
    accepted = await office.post(f"restrictions/{restriction_id}/lift", body)
    assert accepted["right"] == "restriction_lift"
    return await office.carried_out(accepted)


async def test_a_restriction_is_listed_with_its_age_ground_and_size(
    office: Office, person: Person
) -> None:
    request = await office.restrict(person)
    listed = (await office.get("restrictions?state=active&ground=accuracy_contested"))["items"]
    (restriction,) = (each for each in listed if each["subject_request_id"] == request["id"])
    assert restriction["id"] == request["restriction_id"]
    assert restriction["subject"]["email"] == person.email
    assert restriction["age_days"] == 0
    assert restriction["record_count"] > 0
    assert await office.get(f"restrictions/{restriction['id']}") == restriction
    assert (await office.get("restrictions?ground=normal_flow"))["items"] == []
    await lifted(office, restriction["id"])


async def test_lifting_gives_every_row_back_and_shows_the_restriction_as_lifted(
    office: Office, person: Person
) -> None:
    await office.restrict(office.workplace.campus.facts.namesakes[1])  # makes the stand-in
    before = await all_rows(office.workplace.campus.url)
    request = await office.restrict(person)
    assert changed_tables(before, await all_rows(office.workplace.campus.url))
    ended = await lifted(office, request["restriction_id"])
    assert changed_tables(before, await all_rows(office.workplace.campus.url)) == []
    assert ended["restriction_id"] == request["restriction_id"]
    restriction = await office.get(f"restrictions/{request['restriction_id']}")
    assert (restriction["state"], restriction["record_count"]) == ("lifted", 0)
    again = {"approval": APPROVAL, "information": INFORMED}
    refused = await office.post(f"restrictions/{restriction['id']}/lift", again, 409)
    assert refused["type"] == "/problems/not-restricted"


async def test_a_lift_waits_until_it_is_recorded_that_the_person_was_told(
    office: Office, person: Person
) -> None:
    request = await office.restrict(person)
    url = f"restrictions/{request['restriction_id']}/lift"
    waiting = await office.post(url, {"approval": APPROVAL})
    assert (waiting["state"], waiting["job"]) == ("awaiting_information", None)
    assert await office.get(f"subject-requests/{waiting['id']}") == waiting
    access = {"right": "access", "approval": APPROVAL}
    access["confirmation"] = await office.confirmed(person)
    await office.carried_out(await office.post("subject-requests", access))  # nothing is held up
    told = f"subject-requests/{waiting['id']}/information"
    missing = await office.post(told, {}, 422)
    assert missing["type"] == "/problems/information-missing"
    begun = await office.post(told, INFORMED)
    assert begun["state"] == "accepted"
    await office.carried_out(begun)
    late = await office.post(told, INFORMED, 409)
    assert late["type"] in {"/problems/information-not-awaited", "/problems/not-restricted"}
    (entry,) = [each for each in await office.trail() if each["action"] == "subject.informed"][:1]
    assert "2026-11-20" in entry["details"]
    assert "letter" not in entry["details"]


async def test_a_lift_may_be_begun_without_telling_the_person_for_a_reason(
    office: Office, person: Person
) -> None:
    request = await office.restrict(person)
    body = {"approval": APPROVAL, "information": {"override_reason": "no address is known"}}
    accepted = await office.post(f"restrictions/{request['restriction_id']}/lift", body)
    await office.carried_out(accepted)
    informed = next(each for each in await office.trail() if each["action"] == "subject.informed")
    assert "is_overridden" in informed["details"]
    assert "address" not in informed["details"]


async def test_a_person_is_restricted_once_on_a_ground_and_on_each_ground(
    office: Office, person: Person
) -> None:
    first = await office.restrict(person)
    body = {"right": "restriction", "ground": "accuracy_contested", "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(person)
    refused = await office.post("subject-requests", body, 409)
    assert refused["type"] == "/problems/already-restricted"
    second = await office.restrict(person, "needed_for_claims")
    for request in (second, first):
        await lifted(office, request["restriction_id"])


async def test_a_restriction_that_is_not_there_is_404(office: Office) -> None:
    id_ = "019aab2c-5e10-7c44-8a51-3f0c7d1b9e20"
    assert (await office.http.get(f"/v1/restrictions/{id_}")).status_code == httpx.codes.NOT_FOUND
    await office.post(f"restrictions/{id_}/lift", {"approval": APPROVAL}, 404)


async def test_a_cursor_leads_through_all_restrictions(office: Office, person: Person) -> None:
    for ground in ("accuracy_contested", "needed_for_claims", "objection_pending"):
        request = await office.restrict(person, ground)
        await lifted(office, request["restriction_id"])
    everything = (await office.get("restrictions?limit=200"))["items"]
    listed, url = [], "/v1/restrictions?limit=2"
    while True:
        answer = await office.http.get(url)
        listed += answer.json()["items"]
        if "next" not in answer.links:
            break
        url = answer.links["next"]["url"]
    assert [each["id"] for each in listed] == [each["id"] for each in everything]
    assert len(listed) > 2
