"""A receipt says the same as JSON and as XML, and anyone can verify it without Habeas."""

import json
import re
import subprocess
import sys
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pydantic import ValidationError

from app import signing
from app.api import examples
from app.bundles.receipts import write
from app.bundles.xml_text import cleaned
from app.keyring import KeyRing
from schemas.receipts import Receipt, ReceiptKeys, SignedReceipt
from schemas.vocabulary import Category, Outcome, RestrictionGround, Right
from tests.fixtures.patience import PATIENCE_SECONDS
from tests.fixtures.receipts import read_xml, receipt

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs" / "verify_receipt.py"
RIGHTS = [
    Right.ACCESS,
    Right.PORTABILITY,
    Right.RESTRICTION,
    Right.RESTRICTION_LIFT,
    Right.ERASURE,
]
BUNDLE = examples.EXPORT_RECEIPT["bundle"]
XS = "{http://www.w3.org/2001/XMLSchema}"

hostile_texts = st.text(
    st.one_of(
        st.characters(codec="utf-8", exclude_characters="\x00"),
        st.sampled_from("<>&\"'\r\n\t\x0b\ufffe"),
    ),
    min_size=1,
    max_size=40,
)


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(ROOT / "schemas" / "xsd" / "receipt.xsd"))


@pytest.mark.parametrize(
    ("right", "preview_digest"),
    [
        *(pytest.param(right, None, id=f"{right} without preview") for right in RIGHTS),
        *(pytest.param(right, "ab" * 32, id=f"{right} previewed") for right in RIGHTS[2:]),
    ],
)
def test_the_xml_is_valid_and_says_what_the_json_says(
    schema: etree.XMLSchema, right: Right, preview_digest: str | None
) -> None:
    made = receipt(right=right, preview_digest=preview_digest)
    written = write(made)
    xml = written.xml_text.encode()
    assert schema.validate(etree.fromstring(xml)), schema.error_log
    read = json.loads(written.json_text)
    assert read_xml(xml) == read
    assert Receipt.model_validate(read) == made


def test_the_smallest_receipt_is_valid_too(schema: etree.XMLSchema) -> None:
    line = examples.RECEIPT["lines"][0]
    bare = {name: value for name, value in line.items() if name not in ("because", "previewed")}
    for lines in ([], [bare]):
        written = write(receipt(lines=lines, left=[], preview_digest=None))
        assert schema.validate(etree.fromstring(written.xml_text.encode())), schema.error_log
        assert read_xml(written.xml_text.encode()) == json.loads(written.json_text)


@given(text=hostile_texts)
def test_whatever_a_text_holds_both_forms_say_it_alike(schema: etree.XMLSchema, text: str) -> None:
    line = examples.RECEIPT["lines"][0] | {"because": text, "title": text}
    made = receipt(
        controller=examples.RECEIPT["controller"] | {"name": text},
        approval=examples.RECEIPT["approval"] | {"reference": text},
        lines=[line],
    )
    written = write(made)
    xml = written.xml_text.encode()
    assert schema.validate(etree.fromstring(xml)), schema.error_log
    assert read_xml(xml) == json.loads(written.json_text)
    assert json.loads(written.json_text)["lines"][0]["because"] == cleaned(text)[0]


def test_the_bytes_are_the_same_whoever_writes_them() -> None:
    made = receipt()
    assert write(made) == write(Receipt.model_validate_json(write(made).json_text))
    assert ": " not in write(receipt(lines=[], left=[])).json_text
    assert list(json.loads(write(made).json_text)) == sorted(json.loads(write(made).json_text))


def test_the_schema_knows_every_word_of_the_vocabulary() -> None:
    tree = etree.parse(ROOT / "schemas" / "xsd" / "receipt.xsd")
    for name, words in (
        ("Outcome", Outcome),
        ("Ground", RestrictionGround),
        ("CategoryName", Category),
        ("ReceiptRight", RIGHTS),
    ):
        values = tree.iterfind(f"{XS}simpleType[@name='{name}']//{XS}enumeration")
        assert [each.get("value") for each in values] == [str(word) for word in words]


@pytest.mark.parametrize(
    ("right", "changed"),
    [
        pytest.param(Right.RESTRICTION, {"ground": None}, id="a restriction without a ground"),
        pytest.param(Right.ERASURE, {"ground": "normal_flow"}, id="an erasure with one"),
        pytest.param(Right.RESTRICTION_LIFT, {"lift": None}, id="a lift without its counts"),
        pytest.param(Right.RECTIFICATION, {}, id="a right that Habeas does not carry out"),
        pytest.param(Right.ACCESS, {"bundle": None}, id="an export without its bundle"),
        pytest.param(Right.ERASURE, {"bundle": BUNDLE}, id="an erasure with a bundle"),
        pytest.param(Right.ERASURE, {"uploads": None}, id="an erasure without its uploads"),
        pytest.param(Right.ERASURE, {"verification": None}, id="an erasure not looked at again"),
        pytest.param(
            Right.ACCESS, {"uploads": {"removed": 1, "missing": 0}}, id="an export that removes"
        ),
        pytest.param(
            Right.ACCESS, {"lines": examples.RECEIPT["lines"]}, id="an export under a rule"
        ),
        pytest.param(Right.ACCESS, {"preview_digest": "ab" * 32}, id="an export as previewed"),
        pytest.param(
            Right.ACCESS,
            {"bundle": BUNDLE | {"subject": "Linnéa Sjöberg"}},
            id="whose bundle it is",
        ),
        pytest.param(Right.ERASURE, {"approved_by": "Kari Holm"}, id="who approved it"),
        pytest.param(
            Right.ERASURE,
            {"approval": examples.RECEIPT["approval"] | {"reason": "she left"}},
            id="why it was approved",
        ),
        pytest.param(
            Right.ERASURE,
            {"left": [examples.RECEIPT["left"][0] | {"outcome": "kept"}]},
            id="kept until something",
        ),
        pytest.param(
            Right.ERASURE,
            {"left": [examples.RECEIPT["left"][0] | {"until": None}]},
            id="deferred until nothing",
        ),
    ],
)
def test_a_receipt_is_refused_that_says(right: Right, changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        receipt(right=right, **changed)


def test_the_examples_of_the_api_are_such_documents() -> None:
    signed = SignedReceipt.model_validate(examples.SIGNED_RECEIPT)
    assert signed.id == receipt().id
    (key,) = ReceiptKeys.model_validate(examples.RECEIPT_KEYS).keys
    public = load_pem_public_key(key.pem.encode())
    assert isinstance(public, Ed25519PublicKey)
    assert public.public_bytes_raw().hex() == key.hex


@dataclass(frozen=True, slots=True)
class Files:
    """What a person has who wants to verify a receipt.

    Attributes:
        receipt: In one of its forms.
        signature: Over it, in base64.
        keys: The published keys.
    """

    receipt: Path
    signature: Path
    keys: Path

    def verify(self) -> subprocess.CompletedProcess[str]:
        words: list[str | Path] = [sys.executable, "-I", SCRIPT, self.receipt]
        words += [self.signature, self.keys]
        return subprocess.run(
            words, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
        )


@pytest.fixture(params=["json", "xml"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    keyring = KeyRing.parse(f"{KeyRing.generate_entry()},{KeyRing.generate_entry()}")
    written = write(receipt())
    content = (written.json_text if request.param == "json" else written.xml_text).encode()
    made = Files(tmp_path / "receipt", tmp_path / "receipt.sig", tmp_path / "public.pem")
    made.receipt.write_bytes(content)
    made.signature.write_bytes(b64encode(signing.sign(keyring, content).value) + b"\n")
    published = [f"{key.key_id}\n{key.pem}" for key in reversed(signing.public_keys(keyring))]
    made.keys.write_text("".join(published))
    return made


def test_the_script_finds_a_signed_receipt_genuine(files: Files) -> None:
    verified = files.verify()
    assert (verified.returncode, verified.stderr) == (0, "")
    assert "Genuine" in verified.stdout


def test_the_script_finds_every_altered_receipt_out(files: Files) -> None:
    content = files.receipt.read_bytes()
    for altered in (
        content.replace(b"97", b"96", 1),
        content + b"\n",
        content.replace(b"2026-0151", b"2026-0152"),
    ):
        assert altered != content
        files.receipt.write_bytes(altered)
        verified = files.verify()
        assert (verified.returncode, verified.stdout) == (1, "")
        assert "NOT genuine" in verified.stderr


def test_the_script_finds_a_receipt_under_another_key_out(files: Files) -> None:
    (other,) = signing.public_keys(KeyRing.parse(KeyRing.generate_entry()))
    files.keys.write_text(other.pem)
    verified = files.verify()
    assert verified.returncode == 1
    assert "NOT genuine" in verified.stderr


@pytest.mark.parametrize("signature", ["", "AAAA", "A", "no base64"])
def test_the_script_takes_nothing_else_for_a_signature(files: Files, signature: str) -> None:
    files.signature.write_text(signature)
    assert files.verify().returncode == 1


def test_the_script_is_short_and_says_how_to_use_it() -> None:
    assert len(SCRIPT.read_text(encoding="utf-8").splitlines()) <= 30
    words: list[str | Path] = [sys.executable, SCRIPT]
    used = subprocess.run(
        words, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert used.returncode == 1
    assert "receipt.json.sig" in used.stderr


def test_the_manual_shows_a_receipt_as_it_is_written() -> None:
    manual = (ROOT / "docs" / "receipts.md").read_text(encoding="utf-8")
    shown_json, shown_bundle = re.findall(r"```json\n(.*?)```", manual, re.DOTALL)
    (shown_xml,) = re.findall(r"```xml\n(.*?)```", manual, re.DOTALL)
    (shown_script,) = re.findall(r"```python\n(.*?)```", manual, re.DOTALL)
    assert json.loads(shown_json) == json.loads(write(receipt()).json_text)
    exported = json.loads(write(receipt(right=Right.ACCESS)).json_text)
    assert json.loads(shown_bundle) == exported["bundle"]
    assert shown_xml.strip() == write(receipt()).xml_text
    assert shown_script == SCRIPT.read_text(encoding="utf-8")
