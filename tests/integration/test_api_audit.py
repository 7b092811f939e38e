"""The audit trail over HTTP: read, searched, signed, exported, and verified without Habeas."""

import csv
import io
import json
from typing import Any
from uuid import uuid4

import pytest

from app.domain.checkpoints import verifier_key
from app.engine import checkpoints
from app.services.exported_trails import NotATrail, verify
from app.signing import public_keys
from app.store.audit import VerificationResult
from tests.fixtures.office import APPROVAL, Json, Office
from workers import tasks


async def entries(office: Office, query: str = "") -> list[Json]:
    listed: list[Json] = (await office.get(f"audit-entries?limit=200&{query}"))["items"]
    return listed


async def exported(office: Office, query: str = "") -> bytes:
    answer = await office.http.get(f"/v1/audit/export?{query}")
    assert answer.status_code == 200, answer.text
    assert "attachment" in answer.headers["content-disposition"]
    return answer.content


def keys(office: Office) -> list[bytes]:
    return [each.raw for each in public_keys(office.workplace.context.keyring)]


def followed(office: Office, content: bytes, notes: tuple[str, ...] = ()) -> VerificationResult:
    return verify(content.splitlines(keepends=True), keys(office), notes)


async def test_an_entry_says_who_did_what_when_and_why(office: Office) -> None:
    person = office.workplace.campus.facts.namesakes[0]
    preview = await office.preview("restriction", person)
    newest = (await entries(office))[0]
    assert newest["action"] == "preview.made"
    assert newest["details"]["digest"] == preview["digest"]
    assert newest["texts"] == {"reason": "a test", "acting_person": "Kari Holm"}
    assert newest["client_id"]
    assert newest["subject_digest"]
    search = (await entries(office, "action=subject.searched"))[0]
    assert search["subject_digest"] == newest["subject_digest"]


async def test_an_approval_is_in_the_trail_in_its_own_words(office: Office) -> None:
    body = {"right": "access", "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(office.workplace.campus.facts.teacher)
    accepted = await office.post("subject-requests", body)
    (entry,) = await entries(office, f"subject_request_id={accepted['id']}")
    said = {name: APPROVAL[name] for name in ("reason", "reference", "approved_by")}
    said["acting_person"] = "Kari Holm"
    assert entry["texts"] == said
    await office.work()
    actions = [
        each["action"] for each in await entries(office, f"subject_request_id={accepted['id']}")
    ]
    assert actions == [
        "subject_request.completed",
        "bundle.ready",
        "job.started",
        "subject_request.accepted",
    ]


async def test_every_entry_is_on_one_page_newest_first(office: Office) -> None:
    listed: list[Json] = []
    url = "/v1/audit-entries?limit=3"
    while True:
        answer = await office.http.get(url)
        listed += answer.json()["items"]
        if "next" not in answer.links:
            break
        url = answer.links["next"]["url"]
    sequences = [each["sequence"] for each in listed]
    assert sequences == list(range(len(listed), 0, -1))


async def test_the_trail_is_narrowed_down_by_time_and_client(office: Office) -> None:
    for _ in range(3):
        await office.preview("access", office.workplace.campus.facts.teacher)
    everything = await entries(office)
    middle = next(each for each in everything[1:] if each["client_id"])
    at = middle["at"].replace("+", "%2B")
    since = await entries(office, f"since={at}")
    until = await entries(office, f"until={at}")
    assert since + until == everything
    assert since[-1] == middle
    assert {
        each["client_id"] for each in await entries(office, f"client_id={middle['client_id']}")
    } == {middle["client_id"]}
    assert await entries(office, f"client_id={uuid4()}") == []


async def test_a_subject_is_looked_for_by_confirmation_and_never_in_an_address(
    office: Office,
) -> None:
    person = office.workplace.campus.facts.namesakes[1]
    await office.preview("erasure", person)
    confirmation = await office.confirmed(person)
    body = {"confirmation": confirmation, "reason": "she asks", "limit": 1}
    answer = await office.http.post("/v1/audit-searches", json=body)
    assert answer.status_code == 200, answer.text
    (newest,) = answer.json()["items"]
    assert newest["action"] == "audit.searched"
    assert newest["texts"] == {"reason": "she asks", "acting_person": "Kari Holm"}
    following = (await office.http.get(answer.links["next"]["url"])).json()["items"]
    assert following[0]["action"] == "subject.searched"
    assert {each["subject_digest"] for each in (newest, *following)} == {newest["subject_digest"]}


async def test_a_search_of_the_trail_takes_somebody_and_a_reason(office: Office) -> None:
    nobody = await office.http.post("/v1/audit-searches", json={"reason": "x"})
    assert (nobody.status_code, nobody.json()["type"]) == (422, "/problems/invalid-body")
    why = await office.http.post("/v1/audit-searches", json={"acting_person": "Kari Holm"})
    assert (why.status_code, why.json()["type"]) == (422, "/problems/reason-missing")


async def test_what_is_refused_is_in_the_trail_without_its_body(office: Office) -> None:
    before = (await entries(office))[0]["sequence"]
    body = {"right": "access", "confirmation": "Canarywood", "approval": APPROVAL}
    await office.post("subject-requests", body, 422)
    await office.post("subject-requests", {"right": "access", "approval": APPROVAL}, 422)
    await office.post(f"subject-requests/{uuid4()}/cancellation", {"reason": "x"}, 404)
    newest = [each for each in await entries(office) if each["sequence"] > before]
    assert [(each["action"], each["details"]) for each in reversed(newest)] == [
        ("call.refused", {"operation": operation, "problem": problem})
        for operation, problem in (
            ("submit_subject_request", "confirmation-invalid"),
            ("submit_subject_request", "confirmation-missing"),
            ("cancel_subject_request", "not-found"),
        )
    ]
    assert "Canarywood" not in json.dumps(newest)


async def test_guessing_and_malformed_bodies_fill_no_trail(office: Office) -> None:
    before = (await entries(office))[0]["sequence"]
    assert (await office.http.get(f"/v1/subject-requests/{uuid4()}")).status_code == 404
    assert (await office.http.get("/v1/audit-entries?cursor=x")).status_code == 400
    await office.post("subject-requests", {"right": "made up"}, 422)
    assert (await entries(office))[0]["sequence"] == before


async def test_a_batch_tells_how_many_were_refused(office: Office) -> None:
    known = await office.confirmed(office.workplace.campus.facts.teacher)
    body = {
        "right": "restriction",
        "ground": "accuracy_contested",
        "subjects": [known, known, "made up"],
        "approval": APPROVAL,
    }
    await office.post("subject-requests", body)
    refused = (await entries(office, "action=call.refused"))[0]
    assert refused["details"] == {"refused": {"invalid-body": 1, "confirmation-invalid": 1}}
    await office.work()


async def test_a_checkpoint_is_signed_once_an_entry_and_announced(office: Office) -> None:
    await office.preview("access", office.workplace.campus.facts.teacher)
    made = await office.post("audit/checkpoints", {}, 200)
    assert await office.post("audit/checkpoints", {}, 200) == made
    newest = (await entries(office))[0]
    assert (newest["action"], newest["sequence"]) == ("audit.signed", made["sequence"])
    assert newest["hash"] == made["hash"]
    assert newest["client_id"] is not None
    assert (await office.get("audit/checkpoints?limit=1"))["items"] == [made]
    origin = made["note"].splitlines()[0]
    assert made["verifier_key"] == verifier_key(origin, keys(office)[0])
    told = await office.workplace.execute(
        "SELECT payload FROM outbox WHERE event_type = 'audit.checkpoint' ORDER BY id DESC"
    )
    payload = json.loads(told[0]["payload"])
    assert payload == {name: made[name] for name in ("sequence", "hash", "note")}
    assert [json.loads(each["payload"])["sequence"] for each in told].count(made["sequence"]) == 1


async def test_trails_are_signed_by_the_clock(office: Office) -> None:
    await office.confirmed(office.workplace.campus.facts.teacher)
    context = office.workplace.context
    await tasks.sign_trails({"context": context})
    newest = (await office.get("audit/checkpoints?limit=1"))["items"][0]
    assert newest["sequence"] == (await entries(office))[0]["sequence"]
    count = "SELECT count(*) FROM audit_checkpoint"
    before = (await office.workplace.execute(count))[0][0]
    await checkpoints.make_all(context)
    assert (await office.workplace.execute(count))[0][0] == before


async def test_checkpoints_come_a_page_at_a_time(office: Office) -> None:
    await office.confirmed(office.workplace.campus.facts.teacher)
    await office.post("audit/checkpoints", {}, 200)
    whole = (await office.get("audit/checkpoints?limit=200"))["items"]
    answer = await office.http.get("/v1/audit/checkpoints?limit=1")
    following = (await office.http.get(answer.links["next"]["url"])).json()["items"]
    assert answer.json()["items"] + following == whole[:2]


async def test_an_exported_trail_verifies_without_habeas(office: Office) -> None:
    await office.confirmed(office.workplace.campus.facts.teacher)
    content = await exported(office)
    newest = (await entries(office))[0]
    assert newest["action"] == "audit.exported"
    assert newest["details"] == {"format": "jsonl", "is_whole": True, "has_texts": False}
    assert followed(office, content) == VerificationResult(newest["sequence"])
    assert b'"a test"' not in content


async def test_an_export_with_texts_holds_them_against_their_entries(office: Office) -> None:
    await office.confirmed(office.workplace.campus.facts.teacher)
    content = await exported(office, "texts=true")
    assert followed(office, content).reason is None
    assert b'"a test"' in content
    forged = content.replace(b'"a test"', b'"a jest"', 1)
    assert "text reason" in (followed(office, forged).reason or "")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda lines: [*lines[:-1]], id="the last line is cut off"),
        pytest.param(lambda lines: [*lines[:-3], *lines[-2:]], id="a line is missing"),
        pytest.param(lambda lines: [*lines[:-2], lines[-1], lines[-2]], id="two are swapped"),
        pytest.param(lambda lines: [*lines, lines[-1]], id="one stands twice"),
        pytest.param(
            lambda lines: [*lines[:-1], lines[-1].replace(b"jsonl", b"csv")], id="one is edited"
        ),
        pytest.param(
            lambda lines: [*lines[:-1], lines[-1].replace(b"{", b'{"more": 1, ', 1)],
            id="something is added",
        ),
        pytest.param(
            lambda lines: [line for line in lines if b"checkpoint" not in line[:30]],
            id="no checkpoint is left",
        ),
        pytest.param(lambda lines: [*lines[:-1], b"[]\n"], id="a line is no object"),
        pytest.param(lambda lines: [*lines[:-1], b"{\n"], id="a line is no JSON"),
    ],
)
async def test_an_exported_trail_that_was_changed_does_not_verify(
    office: Office, change: Any
) -> None:
    lines = (await exported(office)).splitlines(keepends=True)
    content = b"".join(change(lines))
    try:
        result = followed(office, content)
    except NotATrail:
        return
    assert result.first_broken_sequence is not None


async def test_a_checkpoint_kept_elsewhere_tells_a_shorter_trail(office: Office) -> None:
    earlier = await exported(office)
    await office.confirmed(office.workplace.campus.facts.teacher)
    note = (await office.post("audit/checkpoints", {}, 200))["note"]
    assert followed(office, earlier).reason is None
    assert "the trail had" in (followed(office, earlier, (note,)).reason or "")
    assert followed(office, await exported(office), (note,)).reason is None


async def test_a_selection_is_exported_but_verified_by_nobody(office: Office) -> None:
    content = await exported(office, "action=subject.searched")
    lines = [json.loads(line) for line in content.splitlines()]
    assert {each["action"] for each in lines if each["type"] == "entry"} == {"subject.searched"}
    with pytest.raises(NotATrail, match="selection"):
        followed(office, content)


async def test_a_spreadsheet_calculates_nothing_of_an_export(office: Office) -> None:
    body = {"right": "access", "approval": APPROVAL | {"reason": '=HYPERLINK("http://x")'}}
    body["confirmation"] = await office.confirmed(office.workplace.campus.facts.teacher)
    await office.post("subject-requests", body)
    content = (await exported(office, "format=csv&texts=true")).decode()
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    assert [int(row["sequence"]) for row in rows] == list(range(1, len(rows) + 1))
    assert """'=HYPERLINK("http://x")""" in {row["reason"] for row in rows}
    plain = (await exported(office, "format=csv")).decode()
    assert "HYPERLINK" not in plain
    await office.work()


async def test_another_controller_sees_nothing_of_a_trail(office: Office) -> None:
    known = (await entries(office))[0]
    async with office.of_another_controller() as other:
        own = await entries(other)
        assert {each["action"] for each in own} == {
            "controller.created",
            "data_map.published",
            "api_client.issued",
        }
        assert await entries(other, f"subject_digest={known['subject_digest'] or '0' * 64}") == []
        assert (await other.get("audit/checkpoints"))["items"] == []
        assert (await other.get("audit/verification"))["entry_count"] == len(own)
        assert known["hash"].encode() not in await exported(other)


async def test_an_erasure_takes_the_texts_and_leaves_the_trail_whole(office: Office) -> None:
    person = office.workplace.campus.facts.twins[0]
    await office.preview("erasure", person)
    before = await office.get("audit/verification")
    request = await office.erase(person)
    receipt = await office.get(f"receipts/{request['receipt_id']}/receipt.json")
    about = await entries(office, f"subject_digest={receipt['subject_digest']}")
    said = [each["texts"] for each in about if each["texts"]]
    assert said
    assert {text for texts in said for name, text in texts.items() if name == "reason"} == {None}
    accepted = next(each for each in about if each["action"] == "subject_request.accepted")
    assert accepted["texts"]["approved_by"] == APPROVAL["approved_by"]
    after = await office.get("audit/verification")
    assert after["is_whole"]
    assert after["erased_text_count"] > before["erased_text_count"]
    assert followed(office, await exported(office)).reason is None
