"""An LMS whose own triggers undo an effect is found out: nothing is called erased that is not."""

import json
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain.ids import SubjectRequestId
from app.domain.subject_requests import NewSubjectRequest
from app.services import operator_clients
from schemas.vocabulary import Right
from tests.fixtures.api import SOMEBODY
from tests.fixtures.office import Json, Office
from tests.fixtures.workplace import Workplace

_TRIGGER = """
    CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;
    CREATE TRIGGER undo BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION undo()
"""


@dataclass(frozen=True, slots=True)
class Undoing:
    """What a trigger does.

    Attributes:
        table: On which.
        event: When.
        body: How.
        column: That names the person.
    """

    table: str
    event: str
    body: str
    column: str


CASES = {
    "a deleted row stays": Undoing("login_session", "DELETE", "RETURN NULL;", "person_id"),
    "a name is set back": Undoing(
        *("course", "UPDATE", "NEW.responsible_id := OLD.responsible_id; RETURN NEW;"),
        "responsible_id",
    ),
}


@pytest.fixture(params=CASES)
async def undoing(request: pytest.FixtureRequest, workplace: Workplace) -> AsyncIterator[Undoing]:
    case = CASES[request.param]
    await workplace.lms_does(_TRIGGER.format(body=case.body, event=case.event, table=case.table))
    yield case
    await mend(workplace)


async def mend(workplace: Workplace) -> None:
    """Take the trigger away, if it is there."""
    await workplace.lms_does("DROP FUNCTION IF EXISTS undo() CASCADE")


async def erased(workplace: Workplace, undoing: Undoing) -> tuple[int, NewSubjectRequest]:
    """Erase a person whom the trigger is in the way of, as far as that goes."""
    ((person,),) = await workplace.lms_rows(
        f"SELECT {undoing.column} FROM {undoing.table} JOIN person ON person.id = {undoing.column}"
        f" WHERE person.institution_id = {workplace.controller.key_in_lms} ORDER BY 1 LIMIT 1"
    )
    return person, await workplace.carry_out(str(person), Right.ERASURE)


async def resumed_by_support(office: Office, request_id: SubjectRequestId) -> None:
    """Resume a subject request under a support grant."""
    workplace = office.workplace
    _, key = await operator_clients.issue_of_support(
        workplace.database, workplace.context.keyring, "Support", timedelta(hours=1)
    )
    headers = {"Authorization": f"Bearer {key.text}"} | SOMEBODY
    grant = {"reason": "a test", "reference": "S-1", "scopes": ["erasure:request"]}
    for path, body in (
        (f"controllers/{workplace.controller.id}/support-grants", grant),
        (f"subject-requests/{request_id}/resumption", {}),
    ):
        once = headers | {"Idempotency-Key": str(uuid4())}
        answer = await office.http.post(f"/v1/{path}", json=body, headers=once)
        assert answer.is_success, answer.text
        headers["X-Controller"] = str(workplace.controller.id)


async def verified_receipt(office: Office, receipt_id: str) -> Json:
    """Read a receipt whose signature holds."""
    signed = await office.get(f"receipts/{receipt_id}")
    keys = {each["id"]: each["hex"] for each in (await office.get("receipt-keys"))["keys"]}
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys[signed["key_id"]]))
    form = signed["json_form"]
    public.verify(b64decode(form["signature"]), form["text"].encode())
    read: Json = json.loads(form["text"])
    return read


async def test_an_effect_that_the_lms_undoes_waits_for_a_person(
    workplace: Workplace, undoing: Undoing
) -> None:
    _, request = await erased(workplace, undoing)
    job = await workplace.job(request)
    assert (job["state"], job["attention_reason"]) == ("needs_attention", "unexplained_records")
    assert (
        await workplace.execute("SELECT FROM receipt WHERE subject_request_id = $1", request.id)
        == []
    )


async def test_once_the_cause_is_mended_support_resumes_it_and_it_completes(
    office: Office, undoing: Undoing
) -> None:
    workplace = office.workplace
    person, request = await erased(workplace, undoing)
    assert (await workplace.job(request))["state"] == "needs_attention"
    await mend(workplace)
    await resumed_by_support(office, request.id)
    await office.work()
    ended = await office.get(f"subject-requests/{request.id}")
    assert ended["state"] == "completed", ended["attention"]
    receipt = await verified_receipt(office, ended["receipt_id"])
    assert receipt["subject_request_id"] == str(request.id)
    kept = {line["record_type"] for line in receipt["left"]}
    left = await workplace.lms_rows(
        f"SELECT FROM {undoing.table} WHERE {undoing.column} = {person}"
    )
    assert left == []
    assert undoing.table not in kept
    named = await workplace.lms_rows(
        f"SELECT email, username, active FROM person WHERE id = {person}"
    )
    assert [tuple(row) for row in named] == [(None, None, False)] * len(named)
    assert bool(named) == ("person" in kept), "the row stays while something shows the name"
