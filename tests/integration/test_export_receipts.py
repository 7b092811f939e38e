"""The receipt of a bundle: it says of the bundle what the bundle says of itself, and names nobody."""

import json
from base64 import b64decode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from lxml import etree

from tests.fixtures.office import APPROVAL, Json, Office
from tests.fixtures.opened_bundles import OpenedBundle
from tests.fixtures.receipts import read_xml

_ENTRIES = """
    SELECT details AS told FROM audit_entry
    WHERE subject_request_id = $1 AND action IN ('bundle.ready', 'subject_request.completed')
"""
_EVENTS = """
    SELECT payload AS told FROM outbox
    WHERE subject_request_id = $1 AND event_type IN ('bundle.ready', 'subject_request.completed')
"""
SCHEMA = Path(__file__).parents[2] / "schemas" / "xsd" / "receipt.xsd"


@dataclass(frozen=True, slots=True)
class Export:
    """An export that was carried out.

    Attributes:
        request: The subject request, as it ended.
        bundle: What was given.
        signed: Its receipt in both forms.
    """

    request: Json
    bundle: OpenedBundle
    signed: Json

    @property
    def receipt(self) -> Any:
        return json.loads(self.signed["json_form"]["text"])


@pytest.fixture(scope="module", params=["access", "portability"])
async def export(office: Office, request: pytest.FixtureRequest) -> Export:
    person = office.workplace.campus.facts.namesakes[0]
    body = {"right": request.param, "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(person)
    ended = await office.carried_out(await office.post("subject-requests", body))
    answer = await office.http.get(f"/v1/bundles/{ended['bundle_id']}/content")
    signed = await office.get(f"receipts/{ended['receipt_id']}")
    return Export(ended, OpenedBundle(answer.content), signed)


async def test_it_counts_what_stands_in_the_bundle(export: Export) -> None:
    bundle, records = export.bundle, export.receipt["bundle"]["records"]
    assert {each["record_type"]: each["count"] for each in records} == bundle.counts
    for each in records:
        name = each["record_type"]
        assert each["withheld"] == sum(bundle.redactions(name).values()), name
        files = bundle.files(name)
        missing = [file for file in files if file.get("missing") == "true"]
        assert each["missing_files"] == len(missing), name
        assert each["files"] == len(files) - len(missing), name
    assert sum(each["files"] for each in records) > 0
    if export.receipt["right"] == "access":
        assert sum(each["withheld"] for each in records) > 0
        assert sum(each["missing_files"] for each in records) > 0


async def test_it_names_the_bundle_by_its_bytes_and_its_end(office: Office, export: Export) -> None:
    given, content = export.receipt["bundle"], export.bundle.content
    assert given["id"] == export.request["bundle_id"]
    assert given["sha256"] == sha256(content).hexdigest()
    assert given["size_bytes"] == len(content)
    told = await office.get(f"bundles/{given['id']}")
    assert given["expires_at"] == told["expires_at"]


async def test_it_is_signed_and_says_the_same_in_both_forms(office: Office, export: Export) -> None:
    (key,) = (await office.get("receipt-keys"))["keys"]
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key["hex"]))
    for form in ("json_form", "xml_form"):
        text, signature = export.signed[form]["text"], export.signed[form]["signature"]
        public.verify(b64decode(signature), text.encode())
    xml = export.signed["xml_form"]["text"].encode()
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    assert schema.validate(etree.fromstring(xml)), schema.error_log
    assert read_xml(xml) == export.receipt


async def test_it_names_nobody(office: Office, export: Export) -> None:
    person = office.workplace.campus.facts.namesakes[0]
    for text in (export.signed["json_form"]["text"], export.signed["xml_form"]["text"]):
        for name in (person.email, *person.full_name.split(), "Kari", APPROVAL["reason"]):
            assert name not in text


async def test_trail_and_events_name_it_beside_the_bundle(office: Office, export: Export) -> None:
    wanted = {name: export.request[name] for name in ("bundle_id", "receipt_id")}
    for sql in (_ENTRIES, _EVENTS):
        rows = await office.workplace.execute(sql, export.request["id"])
        assert len(rows) == 2
        for row in rows:
            assert wanted.items() <= json.loads(row["told"]).items()


async def test_it_stays_when_the_person_is_erased(office: Office) -> None:
    person = office.workplace.campus.facts.namesakes[1]
    body = {"right": "access", "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(person)
    ended = await office.carried_out(await office.post("subject-requests", body))
    before = await office.get(f"receipts/{ended['receipt_id']}")
    await office.erase(person)
    assert (await office.http.get(f"/v1/bundles/{ended['bundle_id']}")).status_code == 410
    assert await office.get(f"receipts/{ended['receipt_id']}") == before
