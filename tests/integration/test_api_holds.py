"""Holds over HTTP: placed once, listed, changed, ended; refused where they come too late."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.demo.school import Person
from app.domain.subject_digests import digest
from app.store import jobs
from app.store.transaction import transaction
from schemas.vocabulary import Right
from tests.fixtures.effect_rows import BACKEND
from tests.fixtures.holding import CLAIM, end, last_day, place, somebody
from tests.fixtures.office import Json, Office

GRADES: Json = CLAIM | {"record_type": "grade"}


async def test_a_hold_is_placed_once_however_often_it_is_sent(office: Office) -> None:
    key = str(uuid4())
    first = await office.post("holds", GRADES, 201, key)
    answer = await office.http.post("/v1/holds", json=GRADES, headers={"Idempotency-Key": key})
    assert answer.json() == first
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert answer.headers["Location"] == f"/v1/holds/{first['id']}"
    other = GRADES | {"article": "17(3)(b)"}
    await office.post("holds", other, 422, key)
    read = await office.get(f"holds/{first['id']}")
    assert read == {name: first[name] for name in read}
    assert read["reason"] == CLAIM["reason"]
    await end(office, first)


async def test_holds_are_listed_a_page_at_a_time_with_filters(office: Office) -> None:
    placed = [await place(office, category="calendar") for _ in range(3)]
    wide = await place(office, record_type="note")
    found, url = [], "/v1/holds?state=in_force&category=calendar&limit=2"
    while True:
        answer = await office.http.get(url)
        found += answer.json()["items"]
        if "next" not in answer.links:
            break
        url = answer.links["next"]["url"]
    assert [each["id"] for each in found] == [each["id"] for each in reversed(placed)]
    other = await office.http.get("/v1/holds", params={"cursor": "AAAA"})
    assert other.status_code == 400
    for each in (*placed, wide):
        await end(office, each)
    assert (await office.get("holds?state=in_force&category=calendar"))["items"] == []


async def test_a_hold_gets_another_last_day_and_ends_once(office: Office) -> None:
    hold = await place(office, record_type="note")
    day = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    change = {"ends_on": day, "reason": "The court has set a date."}
    answer = await office.http.patch(f"/v1/holds/{hold['id']}", json=change)
    assert answer.json()["ends_on"] == day
    ended = await end(office, hold)
    assert (ended["state"], ended["ended_at"] is not None) == ("ended", True)
    assert (await end(office, hold, 409))["type"] == "/problems/hold-not-in-force"
    answer = await office.http.patch(f"/v1/holds/{hold['id']}", json=change)
    assert answer.status_code == 409
    actions = [row["action"] for row in await office.trail() if row["action"] != "call.refused"][:3]
    assert actions == ["hold.ended", "hold.changed", "hold.placed"]


WRONG: dict[str, Json] = {
    "about nothing": CLAIM,
    "a category and a record type": GRADES | {"category": "assessments"},
    "no such record type": GRADES | {"record_type": "secret"},
    "no such article": GRADES | {"article": "17(3)(f)"},
    "a last day that is over": GRADES | {"ends_on": "2020-01-01"},
    "a last day that is no day": GRADES | {"ends_on": "2027-02-30"},
    "a moment for a day": GRADES | {"ends_on": 1_800_000_000},
    "no reason": {"record_type": "grade", "article": "17(3)(e)"},
    "an unknown field": GRADES | {"until": "2027-01-01"},
    "no confirmation of ours": CLAIM | {"confirmation": "gAAAAA"},
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_is_not_as_documented_places_no_hold(office: Office, name: str) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    answer = await office.http.post("/v1/holds", json=WRONG[name], headers=headers)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (await office.get("holds?state=in_force"))["items"] == []


async def test_another_controllers_hold_is_not_there_and_holds_nothing_here(
    office: Office,
) -> None:
    async with office.of_another_controller() as other:
        theirs = await place(other, record_type="note")
        for answer in (
            await office.http.get(f"/v1/holds/{theirs['id']}"),
            await office.http.post(f"/v1/holds/{theirs['id']}/end", json={"reason": "mine"}),
            await office.http.patch(
                f"/v1/holds/{theirs['id']}", json={"ends_on": None, "reason": "mine"}
            ),
        ):
            assert answer.status_code == 404
        assert (await other.get("holds"))["items"][0]["state"] == "in_force"
        assert theirs["id"] not in [each["id"] for each in (await office.get("holds"))["items"]]
        person = await somebody(office, "note.owner_id")
        await office.erase(person)
        assert await office.lms("SELECT count(*) FROM note WHERE owner_id = $1", person.id) == 0


async def test_a_hold_says_which_erasures_it_comes_too_late_for(office: Office) -> None:
    person = await somebody(office, "grade.student_id")
    place_of = office.workplace
    request = await place_of.accept(str(person.id), Right.ERASURE)
    async with transaction(place_of.database, place_of.controller.id) as connection:
        await jobs.claim(connection, request.job_id, BACKEND, 30)
    await place_of.execute(
        "UPDATE job SET subject_digest = $1 WHERE id = $2",
        await digest_of(office, person.id),
        request.job_id,
    )
    wide = await place(office, record_type="note")
    assert wide["too_late_for"] == [str(request.id)]
    of_person = CLAIM | {"confirmation": await office.confirmed(person)}
    refused = await office.post("holds", of_person, 409)
    assert refused["type"] == "/problems/hold-too-late"
    await place_of.execute("DELETE FROM wakeable_job WHERE job_id = $1", request.job_id)
    await place_of.execute(
        "UPDATE job SET state = 'cancelled', lease_until = NULL, owner_pid = NULL,"
        " owner_started_at = NULL, finished_at = now() WHERE id = $1",
        request.job_id,
    )
    await end(office, wide)


async def digest_of(office: Office, subject_key: int) -> bytes:
    """Give the keyed digest of a person."""
    keyring = office.workplace.context.keyring
    return digest(keyring.unwrap(office.workplace.controller.digest_key), str(subject_key))


async def test_a_hold_whose_last_day_is_over_has_expired_before_anybody_looks(
    office: Office, student: Person
) -> None:
    hold = await place(office, student)
    await last_day(office, hold, (datetime.now(UTC) - timedelta(days=1)).date())
    shown = await office.get(f"holds/{hold['id']}")
    assert shown["state"] == "expired"
    listed = [each["id"] for each in (await office.get("holds?state=in_force"))["items"]]
    assert hold["id"] not in listed
    again = {"ends_on": None, "reason": "it goes on"}
    changed = await office.http.patch(f"/v1/holds/{hold['id']}", json=again)
    assert changed.json()["type"] == "/problems/hold-not-in-force"
    assert (await end(office, hold, 409))["type"] == "/problems/hold-not-in-force"
