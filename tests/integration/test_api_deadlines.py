"""Deadlines over HTTP: shown, filtered, extended, resting, announced once; and requests refused."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from app.engine import deadlines
from schemas.vocabulary import RefusalArticle
from tests.fixtures.office import APPROVAL, Json, Office
from tests.fixtures.second_persons import (
    KARI,
    OLA,
    REASON,
    actions,
    done,
    erasure,
    events,
    newcomers,
    settings,
)

REFUSAL = {"article": "17(3)(b)", "reason": "kept by law"}
NOBODY = "019aab2c-5e10-7c44-8a51-3f0c7d1b9e20"


def days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def told(**changed: object) -> Json:
    now = datetime.now(UTC).isoformat()
    return {"months": 2, "reason": "many", "informed_at": now, "how": "By letter"} | changed


async def waiting(office: Office, name: str, received_at: str | None = None) -> Json:
    """Submit an erasure that waits for a second person."""
    async with settings(office, two_person_erasure=True):
        (person,) = await newcomers(office, name, 1)
        body = await erasure(office, person) | {"received_at": received_at}
        return await done(office, "subject-requests", body)


async def close(office: Office, request: Json) -> None:
    """Call a request off, so that it stands in nobody's way."""
    await done(office, f"subject-requests/{request['id']}/cancellation", REASON, status=200)


async def test_a_request_says_until_when_it_has_to_be_answered(office: Office) -> None:
    async with settings(office, deadline_calendar="SE", time_zone="Europe/Stockholm"):
        (person,) = await newcomers(office, "answered", 1)
        body = {
            "right": "access",
            "confirmation": await office.confirmed(person),
            "approval": APPROVAL,
            "received_at": "2025-11-25T10:00:00Z",
        }
        accepted = await done(office, "subject-requests", body)
    assert accepted["due_at"] == "2025-12-29T23:00:00Z"
    assert (accepted["overdue"], accepted["due_soon"]) == (True, False)
    ended = await office.carried_out(accepted)
    assert (ended["due_at"], ended["overdue"]) == (accepted["due_at"], False)


async def test_those_that_are_overdue_or_close_are_listed(office: Office) -> None:
    late = await waiting(office, "late", days_ago(60))
    near = await waiting(office, "near", days_ago(27))
    early = await waiting(office, "early")

    async def listed(query: str) -> set[str]:
        page = await office.get(f"subject-requests?limit=200&{query}")
        return {each["id"] for each in page["items"]}

    every = {late["id"], near["id"], early["id"]}
    assert await listed("overdue=true") & every == {late["id"]}
    assert await listed("due_soon=true") & every == {near["id"]}
    assert await listed("state=awaiting_approval") & every == every
    assert near["due_soon"]
    for each in (late, near, early):
        await close(office, each)
    assert await listed("overdue=true") & every == set()


async def test_a_list_of_overdue_requests_goes_on_with_its_filter(office: Office) -> None:
    requests = [await waiting(office, f"page{n}", days_ago(50)) for n in range(3)]
    first = await office.http.get("/v1/subject-requests?overdue=true&limit=2")
    rest = await office.http.get(first.headers["link"][1:].partition(">")[0])
    found = [each["id"] for page in (first, rest) for each in page.json()["items"]]
    assert set(found) >= {each["id"] for each in requests}
    cursor = first.json()["next_cursor"]
    refused = await office.http.get(f"/v1/subject-requests?due_soon=true&cursor={cursor}")
    assert refused.json()["type"] == "/problems/invalid-cursor"
    for each in requests:
        await close(office, each)


async def test_an_extension_moves_the_deadline_once(office: Office) -> None:
    request = await waiting(office, "extended", days_ago(10))
    url = f"subject-requests/{request['id']}/extension"
    extended = await done(office, url, told(), status=200)
    assert extended["extended_months"] == 2
    moved = datetime.fromisoformat(extended["due_at"]) - datetime.fromisoformat(request["due_at"])
    assert timedelta(days=55) <= moved <= timedelta(days=66)
    assert "subject_request.extended" in await events(office, request["id"])
    entry = (await office.trail())[0]
    assert entry["action"] == "subject_request.extended"
    assert "many" not in entry["details"]
    refused = await done(office, url, told(), status=409)
    assert refused["type"] == "/problems/cannot-extend"
    await close(office, request)


async def test_a_person_of_whom_it_is_not_said_when_was_told_now(office: Office) -> None:
    request = await waiting(office, "told-now")
    url = f"subject-requests/{request['id']}/extension"
    before = datetime.now(UTC)
    await done(office, url, told(informed_at=None), status=200)
    entry = (await office.trail())[0]
    informed_at = json.loads(entry["details"])["informed_at"]
    assert before <= datetime.fromisoformat(informed_at) <= datetime.now(UTC)
    await close(office, request)


async def test_an_extension_comes_within_the_first_month(office: Office) -> None:
    late = await waiting(office, "too-late", days_ago(40))
    refused = await done(office, f"subject-requests/{late['id']}/extension", told(), status=409)
    assert refused["type"] == "/problems/cannot-extend"
    early = await waiting(office, "too-early", days_ago(5))
    url = f"subject-requests/{early['id']}/extension"
    before = await done(office, url, told(informed_at=days_ago(6)), status=422)
    assert before["errors"][0]["pointer"] == "/informed_at"
    for each in (late, early):
        await close(office, each)
    refused = await done(office, url, told(), status=409)
    assert refused["type"] == "/problems/cannot-extend"


@pytest.mark.parametrize(
    "changed",
    [
        {"months": 0},
        {"months": 3},
        {"months": "2"},
        {"months": 1.5},
        {"reason": " "},
        {"informed_at": "2099-01-01T00:00:00Z"},
        {"informed_at": "yesterday"},
        {"how": ""},
        {"until": "2027"},
    ],
    ids=str,
)
async def test_an_extension_is_as_documented_or_refused(office: Office, changed: Json) -> None:
    refused = await done(
        office, f"subject-requests/{NOBODY}/extension", told(**changed), status=422
    )
    assert refused["errors"]


async def test_a_deadline_rests_while_it_is_in_doubt_who_sent_the_request(office: Office) -> None:
    request = await waiting(office, "doubted", days_ago(40))
    url = f"subject-requests/{request['id']}"
    assert request["overdue"]
    resting = await done(office, f"{url}/identity-doubt", REASON, status=200)
    assert (resting["due_at"], resting["overdue"]) == (None, False)
    assert resting["identity_doubted_at"] is not None
    for path in ("identity-doubt", "extension", "approval"):
        body = told() if path == "extension" else REASON
        refused = await done(office, f"{url}/{path}", body, OLA, status=409)
        assert refused["type"] == "/problems/identity-in-doubt"
    await office.workplace.execute(
        "UPDATE subject_request SET doubted_at = doubted_at - interval '20 days'"
        " WHERE id = $1::uuid",
        request["id"],
    )
    known = await done(office, f"{url}/identity-doubt/end", REASON, status=200)
    moved = datetime.fromisoformat(known["due_at"]) - datetime.fromisoformat(request["due_at"])
    assert timedelta(days=17) <= moved <= timedelta(days=23)
    assert known["identity_doubted_at"] is None
    refused = await done(office, f"{url}/identity-doubt/end", REASON, status=409)
    assert refused["type"] == "/problems/identity-not-in-doubt"
    done_since = [e for e in await actions(office, request["id"]) if e != "call.refused"]
    assert done_since[-2:] == ["identity.doubted", "identity.cleared"]
    async with settings(office, two_person_erasure=True):  # as when it was previewed
        await done(office, f"{url}/approval", REASON, OLA)
    await office.work()


async def test_a_lift_does_not_begin_while_it_is_in_doubt_who_asked(office: Office) -> None:
    (person,) = await newcomers(office, "lifted", 1)
    restricted = await office.restrict(person)
    url = f"restrictions/{restricted['restriction_id']}/lift"
    lift = await done(office, url, {"approval": APPROVAL})
    await done(office, f"subject-requests/{lift['id']}/identity-doubt", REASON, status=200)
    informed = {"override_reason": "a test"}
    url = f"subject-requests/{lift['id']}/information"
    refused = await done(office, url, informed, status=409)
    assert refused["type"] == "/problems/identity-in-doubt"
    await done(office, f"subject-requests/{lift['id']}/identity-doubt/end", REASON, status=200)
    await office.carried_out(await done(office, url, informed))


async def test_a_deadline_is_announced_once_however_many_look(office: Office) -> None:
    near, late = (
        await waiting(office, "soon", days_ago(27)),
        await waiting(office, "over", days_ago(99)),
    )
    early = await waiting(office, "fresh")
    context = office.workplace.context
    await asyncio.gather(*(deadlines.announce_deadlines(context) for _ in range(4)))
    assert await deadlines.announce_deadlines(context) == 0
    assert (await events(office, near["id"])).count("subject_request.due_soon") == 1
    assert (await events(office, late["id"]))[-1:] == ["subject_request.overdue"]
    assert "subject_request.due_soon" not in await events(office, late["id"])
    assert "subject_request.due_soon" not in await events(office, early["id"])
    await office.workplace.execute(
        "UPDATE subject_request SET due_at = now() WHERE id = $1::uuid", near["id"]
    )
    assert await deadlines.announce_deadlines(context) == 1
    assert (await events(office, near["id"]))[-1] == "subject_request.overdue"
    assert (await actions(office, near["id"]))[-1] == "subject_request.overdue"
    for each in (near, late, early):
        await close(office, each)
    assert await deadlines.announce_deadlines(context) == 0


async def test_a_refusal_says_what_is_owed_to_the_person(office: Office) -> None:
    async with settings(office, supervisory_authority="IMY, Stockholm"):
        request = await waiting(office, "refused", days_ago(3))
        url = f"subject-requests/{request['id']}/refusal"
        async with settings(office, supervisory_authority="IMY, Stockholm"):
            answer = await done(office, url, REFUSAL, OLA, status=200)
    refused, owed = answer["subject_request"], answer["owed"]
    assert (refused["state"], refused["refusal_article"]) == ("refused", "17(3)(b)")
    assert refused["completed_at"] is not None
    assert owed["supervisory_authority"] == "IMY, Stockholm"
    assert owed["until"] == request["due_at"]
    assert "(Art. 17(3)(b))" in owed["reasons"]
    assert "Art. 77" in owed["complaint"]
    assert "Art. 79" in owed["judicial_remedy"]
    assert (await events(office, request["id"]))[-1] == "subject_request.refused"
    entry = (await office.trail())[0]
    assert "17(3)(b)" in entry["details"]
    assert "kept by law" not in entry["details"]
    for path in ("refusal", "cancellation", "approval", "extension"):
        body: Json = {"refusal": REFUSAL, "extension": told()}.get(path, REASON)
        again = await done(
            office, f"subject-requests/{request['id']}/{path}", body, OLA, status=409
        )
        assert again["type"].removeprefix("/problems/") in {
            "cannot-refuse",
            "cannot-cancel",
            "approval-not-awaited",
            "cannot-extend",
        }


async def test_what_is_queued_can_be_refused_and_what_has_begun_cannot(office: Office) -> None:
    (person,) = await newcomers(office, "queued", 1)
    body = {"right": "access", "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(person)
    first = await done(office, "subject-requests", body)
    second = await done(office, "subject-requests", body)
    unfounded = {"article": "12(5)", "reason": "the tenth this week"}
    url = f"subject-requests/{first['id']}/refusal"
    answer = await done(office, url, unfounded, status=200)
    assert answer["subject_request"]["job"]["state"] == "cancelled"
    await office.carried_out(second)
    url = f"subject-requests/{second['id']}/refusal"
    assert (await done(office, url, unfounded, status=409))["type"] == "/problems/cannot-refuse"
    assert (await office.get(f"subject-requests/{first['id']}"))["state"] == "refused"


@pytest.mark.parametrize("article", [each for each in RefusalArticle if each.startswith("17")])
async def test_an_article_has_to_apply_to_the_right(office: Office, article: str) -> None:
    (person,) = await newcomers(office, f"article{article[-2]}", 1)
    body = {"right": "access", "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(person)
    accepted = await done(office, "subject-requests", body)
    url = f"subject-requests/{accepted['id']}/refusal"
    refused = await done(office, url, REFUSAL | {"article": article}, status=422)
    assert refused["errors"][0]["pointer"] == "/article"
    await close(office, accepted)


async def test_an_article_that_is_none_is_refused_unrepeated(office: Office) -> None:
    url = f"subject-requests/{NOBODY}/refusal"
    refused = await done(office, url, REFUSAL | {"article": "canarywood"}, KARI, status=422)
    assert "canarywood" not in str(refused)


async def test_another_controllers_deadlines_are_not_there(office: Office) -> None:
    request = await waiting(office, "theirs")
    async with office.of_another_controller() as other:
        for path, body in (
            ("refusal", REFUSAL),
            ("extension", told()),
            ("identity-doubt", REASON),
            ("identity-doubt/end", REASON),
        ):
            url = f"subject-requests/{request['id']}/{path}"
            assert (await done(other, url, body, status=404))["type"] == "/problems/not-found"
    await close(office, request)
