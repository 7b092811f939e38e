"""Reading receipts over HTTP: exactly as signed, by their controller alone."""

import json
import subprocess
import sys
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain.ids import ReceiptId, new_id
from app.engine import receipts
from app.store.transaction import transaction
from schemas.receipts import Receipt
from tests.fixtures.api import Institution, Service, confirmed, fresh_key, submission
from tests.fixtures.patience import PATIENCE_SECONDS
from tests.fixtures.receipts import read_xml, receipt

SCRIPT = Path(__file__).parents[2] / "docs" / "verify_receipt.py"


@dataclass(frozen=True, slots=True)
class Issued:
    """A receipt that was stored.

    Attributes:
        id: Its id.
        says: What it says.
    """

    id: ReceiptId
    says: Receipt

    @property
    def url(self) -> str:
        return f"/v1/receipts/{self.id}"


async def issue(service: Service, http: httpx.AsyncClient, institution: Institution) -> Issued:
    """Submit a subject request and give it a receipt."""
    body = submission(await confirmed(http, institution, "S1"))
    accepted = await http.post("/v1/subject-requests", json=body, headers=fresh_key(institution))
    assert accepted.status_code == 202, accepted.text
    says = receipt(
        id=new_id(),
        subject_request_id=UUID(accepted.json()["id"]),
        controller={"id": institution.id, "name": "School 1"},
    )
    async with transaction(service.database, institution.id) as connection:
        return Issued(await receipts.issue(connection, service.keyring, says), says)


@pytest.fixture(scope="session")
async def issued(service: Service) -> Issued:
    async with httpx.AsyncClient(base_url=service.url, timeout=PATIENCE_SECONDS) as http:
        return await issue(service, http, service.one)


async def test_a_receipt_comes_in_both_forms_with_what_verifies_them(
    service: Service, http: httpx.AsyncClient, issued: Issued
) -> None:
    answer = await http.get(issued.url, headers=service.one.headers)
    assert answer.status_code == 200
    signed = answer.json()
    listed = (await http.get("/v1/receipt-keys", headers=service.one.headers)).json()["keys"]
    (key,) = [each for each in listed if each["id"] == signed["key_id"]]
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key["hex"]))
    for form in (signed["json_form"], signed["xml_form"]):
        public.verify(b64decode(form["signature"]), form["text"].encode())
        file = await http.get(form["url"], headers=service.one.headers)
        assert file.text == form["text"]
        assert file.headers["content-type"] == form["media_type"]
        assert file.headers["receipt-signature"] == form["signature"]
        assert file.headers["receipt-key-id"] == signed["key_id"]
    assert Receipt.model_validate_json(signed["json_form"]["text"]) == issued.says
    assert read_xml(signed["xml_form"]["text"].encode()) == json.loads(signed["json_form"]["text"])


@pytest.mark.parametrize("form", ["receipt.json", "receipt.xml"])
async def test_a_downloaded_receipt_is_genuine_by_the_script_of_the_manual(
    service: Service, http: httpx.AsyncClient, issued: Issued, form: str, tmp_path: Path
) -> None:
    file = await http.get(f"{issued.url}/{form}", headers=service.one.headers)
    listed = (await http.get("/v1/receipt-keys", headers=service.one.headers)).json()["keys"]
    paths = [tmp_path / name for name in (form, f"{form}.sig", "public.pem")]
    signature = file.headers["receipt-signature"].encode()
    pem = "".join(key["pem"] for key in listed).encode()
    for path, content in zip(paths, (file.content, signature, pem), strict=True):
        path.write_bytes(content)
    words: list[str | Path] = [sys.executable, SCRIPT, *paths]
    verified = subprocess.run(  # noqa: ASYNC221
        words, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")


@pytest.mark.parametrize("part", ["", "/receipt.json", "/receipt.xml"])
async def test_each_answer_has_its_fingerprints_and_is_kept_by_nobody(
    service: Service, http: httpx.AsyncClient, issued: Issued, part: str
) -> None:
    url = f"{issued.url}{part}"
    answer = await http.get(url, headers=service.one.headers)
    digest = sha256(answer.content)
    assert answer.headers["etag"] == f'"{digest.hexdigest()}"'
    assert answer.headers["repr-digest"] == f"sha-256=:{b64encode(digest.digest()).decode()}:"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    held = service.one.headers | {"If-None-Match": answer.headers["etag"]}
    same = await http.get(url, headers=held)
    assert (same.status_code, same.content) == (304, b"")
    head = await http.head(url, headers=service.one.headers)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(answer.content))


async def test_each_file_that_is_given_out_stands_in_the_trail(
    service: Service, http: httpx.AsyncClient, issued: Issued
) -> None:
    before = await downloads(service)
    json_file, xml_file = f"{issued.url}/receipt.json", f"{issued.url}/receipt.xml"
    given = await http.get(json_file, headers=service.one.headers)
    await http.get(xml_file, headers=service.one.headers)
    await http.head(json_file, headers=service.one.headers)
    held = service.one.headers | {"If-None-Match": given.headers["etag"]}
    await http.get(json_file, headers=held)
    await http.get(json_file, headers=service.two.headers)
    told = [(str(issued.id), form) for form in ("receipt.json", "receipt.xml")]
    assert (await downloads(service))[len(before) :] == told


async def downloads(service: Service) -> list[tuple[str, str]]:
    connection = await asyncpg.connect(service.superuser_url)
    rows = await connection.fetch(
        "SELECT details->>'receipt_id', details->>'form' FROM audit_entry "
        "WHERE action = 'receipt.downloaded' ORDER BY controller_id, sequence"
    )
    await connection.close()
    return [tuple(row) for row in rows]


async def test_another_controllers_receipt_is_not_there(
    service: Service, http: httpx.AsyncClient, issued: Issued
) -> None:
    for url in (issued.url, f"/v1/receipts/{new_id()}", "/v1/receipts/none"):
        for part in ("", "/receipt.json", "/receipt.xml"):
            answer = await http.get(f"{url}{part}", headers=service.two.headers)
            assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


async def test_a_stored_receipt_that_was_altered_is_not_given(
    service: Service, http: httpx.AsyncClient
) -> None:
    altered = await issue(service, http, service.one)
    connection = await asyncpg.connect(service.superuser_url)
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")  # past the trigger
        await connection.execute(
            "UPDATE receipt SET json_text = replace(json_text, '97', '96') WHERE id = $1",
            altered.id,
        )
    await connection.close()
    for part in ("", "/receipt.json", "/receipt.xml"):
        answer = await http.get(f"{altered.url}{part}", headers=service.one.headers)
        assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal-error")
