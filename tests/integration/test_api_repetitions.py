"""Who repeats a submission after an erasure makes nothing new, and reads nothing of the person."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from app.demo.school import Person
from tests.fixtures.office import APPROVAL, Json, Office
from tests.fixtures.second_persons import KARI, erasure, erasure_of, newcomers, send


async def submitted(office: Office, body: Json, key: str, path: str = "subject-requests") -> Json:
    answer = await send(office, path, body, KARI, key)
    assert answer.is_success, answer.text
    read: Json = answer.json()
    return read


async def count(office: Office) -> int:
    (row,) = await office.workplace.execute("SELECT count(*) AS count FROM subject_request")
    return int(row["count"])


async def kept(office: Office, key: str) -> str:
    (row,) = await office.workplace.execute(
        "SELECT t::text AS row FROM idempotency_key AS t WHERE key = $1", key
    )
    return str(row["row"])


def asked_by(person: Person) -> Json:
    return APPROVAL | {"reason": f"Asked for by {person.email}"}


def forgotten(shown: Json) -> Json:
    """Say how a subject request is shown once its person is erased."""
    return shown | {"subject": {}, "approval": shown["approval"] | {"reason": ""}}


def is_replayed(answer: httpx.Response, status: int) -> bool:
    marked = answer.headers.get("idempotency-replayed") == "true"
    return answer.status_code == status and marked


@pytest.fixture
async def persons(office: Office) -> Iterator[Person]:
    return iter(await newcomers(office, uuid4().hex[:12], 2))


async def test_an_erasure_that_is_repeated_after_it_was_completed_is_answered_and_not_made_again(
    office: Office, persons: Iterator[Person]
) -> None:
    person, key = next(persons), str(uuid4())
    body = await erasure(office, person) | {"approval": asked_by(person)}
    first = await submitted(office, body, key)
    assert person.email in await kept(office, key)  # it would be found
    await office.carried_out(first)
    before = await count(office)
    again = await send(office, "subject-requests", body, KARI, key)
    assert is_replayed(again, 202)
    assert again.headers["location"] == f"/v1/subject-requests/{first['id']}"
    assert again.json() == forgotten(first)
    assert await count(office) == before
    assert person.email not in await kept(office, key)


async def test_a_batch_that_is_repeated_after_one_of_its_erasures_makes_no_second_request_of_anybody(
    office: Office, persons: Iterator[Person]
) -> None:
    erased, waiting = persons
    key = str(uuid4())
    body = await erasure_of(office, [erased, waiting]) | {"approval": asked_by(erased)}
    body["subjects"].insert(1, "made up")
    items = (await submitted(office, body, key))["items"]
    waits = f"subject-requests/{items[2]['subject_request']['id']}"
    await office.post(f"{waits}/identity-doubt", {"reason": "a test"}, 200)
    await office.carried_out(items[0]["subject_request"])
    before = await count(office)
    again = await send(office, "subject-requests", body, KARI, key)
    assert is_replayed(again, 202)
    gone = items[0] | {"subject_request": forgotten(items[0]["subject_request"])}
    assert again.json()["items"] == [gone, *items[1:]]
    assert await count(office) == before
    await office.post(f"{waits}/cancellation", {"reason": "a test"}, 200)


async def test_what_was_submitted_or_held_of_the_person_before_is_not_made_again_either(
    office: Office, persons: Iterator[Person]
) -> None:
    person, keys = next(persons), [str(uuid4()) for _ in range(2)]
    whose = {"confirmation": await office.confirmed(person)}
    held = {"article": "17(3)(e)", "reason": f"Asked for by {person.email}"} | whose
    access = {"right": "access", "approval": asked_by(person)} | whose
    hold = await submitted(office, held, keys[0], "holds")
    export = await submitted(office, access, keys[1])
    await office.post(f"holds/{hold['id']}/end", {"reason": "a test"}, 200)
    await office.erase(person)
    again = await send(office, "holds", held, KARI, keys[0])
    assert is_replayed(again, 201)
    assert again.json() == hold | {"subject": {}, "reason": None}
    again = await send(office, "subject-requests", access, KARI, keys[1])
    assert is_replayed(again, 202)
    assert again.json() == forgotten(export)
    for key in keys:
        assert person.email not in await kept(office, key)
