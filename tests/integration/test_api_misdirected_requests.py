"""What end users sent to the wrong one: kept sealed, handed over, never acted on."""

from uuid import uuid4

import pytest

from app.engine import deadlines
from tests.fixtures.office import Json, Office
from tests.fixtures.second_persons import REASON, done, send

SENT = {"message": "Canarywood: erase my account!", "contact": "canarywood@home.example"}
URL = "misdirected-requests"


async def test_it_is_kept_sealed_and_the_controller_is_told_without_a_word_of_it(
    office: Office,
) -> None:
    taken = await done(office, URL, SENT, status=201)
    assert (taken["state"], "message" in taken) == ("received", False)
    for table in ("misdirected_request", "outbox", "audit_entry", "idempotency_key"):
        rows = await office.workplace.execute(f"SELECT t::text AS row FROM {table} AS t")
        assert not [row for row in rows if "anarywood" in row["row"]], table
    (event,) = await office.workplace.execute(
        "SELECT event_type, payload, subject_request_id FROM outbox ORDER BY id DESC LIMIT 1"
    )
    assert event["event_type"] == "misdirected_request.received"
    assert event["payload"] == f'{{"misdirected_request_id": "{taken["id"]}"}}'
    assert event["subject_request_id"] is None


async def test_the_controller_reads_it_and_takes_it_over_and_it_is_gone(office: Office) -> None:
    taken = await done(office, URL, SENT, status=201)
    read = await office.get(f"{URL}/{taken['id']}")
    assert (read["message"], read["contact"]) == (SENT["message"], SENT["contact"])
    assert (await office.trail())[0]["action"] == "misdirected_request.read"
    handed = await done(office, f"{URL}/{taken['id']}/handover", REASON, status=200)
    assert (handed["state"], handed["ended_at"] is None) == ("handed_over", False)
    assert (await office.trail())[0]["action"] == "misdirected_request.handed_over"
    gone = await office.get(f"{URL}/{taken['id']}")
    assert (gone["message"], gone["contact"], gone["state"]) == (None, None, "handed_over")
    again = await done(office, f"{URL}/{taken['id']}/handover", REASON, status=409)
    assert again["type"] == "/problems/already-handed-over"
    (row,) = await office.workplace.execute(
        "SELECT sealed, wrapped_key FROM misdirected_request WHERE id = $1::uuid", taken["id"]
    )
    assert tuple(row) == (None, None)


async def test_nothing_is_done_about_it(office: Office) -> None:
    before = await office.workplace.execute("SELECT count(*) FROM subject_request")
    await done(office, URL, SENT, status=201)
    assert await office.workplace.execute("SELECT count(*) FROM subject_request") == before


async def test_it_is_taken_once(office: Office) -> None:
    key = str(uuid4())
    first = await send(office, URL, SENT, key=key)
    again = await send(office, URL, SENT, key=key)
    assert (again.status_code, again.text) == (201, first.text)
    assert again.headers["idempotency-replayed"] == "true"
    other = await send(office, URL, SENT | {"contact": "another"}, key=key)
    assert other.json()["type"] == "/problems/idempotency-key-reused"


async def test_what_waits_is_listed_without_its_content(office: Office) -> None:
    ids = [(await done(office, URL, SENT, status=201))["id"] for _ in range(3)]
    await done(office, f"{URL}/{ids[0]}/handover", REASON, status=200)
    first = await office.http.get(f"/v1/{URL}?state=received&limit=1")
    second = await office.http.get(first.headers["link"][1:].partition(">")[0])
    found = [each["id"] for page in (first, second) for each in page.json()["items"]]
    assert found == [ids[2], ids[1]]
    assert "anarywood" not in first.text + second.text


async def test_what_nobody_takes_over_is_not_kept(office: Office) -> None:
    taken = await done(office, URL, SENT, status=201)
    context = office.workplace.context
    assert await deadlines.expire_misdirected_requests(context) == 0
    await office.workplace.execute(
        "UPDATE misdirected_request SET expires_at = now() WHERE id = $1::uuid", taken["id"]
    )
    assert await deadlines.expire_misdirected_requests(context) == 1
    gone = await office.get(f"{URL}/{taken['id']}")
    assert (gone["state"], gone["message"]) == ("expired", None)
    assert any(each["action"] == "misdirected_request.expired" for each in await office.trail())
    late = await done(office, f"{URL}/{taken['id']}/handover", REASON, status=409)
    assert late["type"] == "/problems/already-handed-over"


async def test_another_controllers_are_not_there(office: Office) -> None:
    taken = await done(office, URL, SENT, status=201)
    async with office.of_another_controller() as other:
        assert (await other.http.get(f"/v1/{URL}/{taken['id']}")).status_code == 404
        await done(other, f"{URL}/{taken['id']}/handover", REASON, status=404)
        assert (await other.get(URL))["items"] == []
    assert (await office.get(f"{URL}/{taken['id']}"))["state"] == "received"


@pytest.mark.parametrize(
    "changed",
    [
        {"message": ""},
        {"message": "x" * 20_001},
        {"message": "canarywood\x00"},
        {"message": ["canarywood"]},
        {"contact": " "},
        {"contact": None},
        {"received_at": "2099-01-01T00:00:00Z"},
        {"canarywood": 1},
    ],
    ids=["blank", "long", "NUL", "a list", "blank contact", "no contact", "future", "unknown"],
)
async def test_what_is_not_as_documented_is_refused_unrepeated(
    office: Office, changed: Json
) -> None:
    answer = await send(office, URL, SENT | changed)
    assert answer.status_code == 422
    assert "anarywood" not in answer.text
