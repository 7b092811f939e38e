"""data.xml is what the published schema says, whatever the texts hold."""

from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from app.bundles import document
from app.bundles.contents import FileEntry, RecordTypeSummary
from app.bundles.xml_text import attribute_text, cleaned, element_text
from schemas.controllers import ControllerSettings
from schemas.vocabulary import Category, FieldType, LawfulBasis, Right
from tests.fixtures import bundles

XSD = Path(__file__).parents[2] / "schemas" / "xsd" / "bundle.xsd"
NS = {"b": document.NAMESPACE}
SHA256 = "0123456789abcdef" * 4

HOSTILE = (
    "]]> <b>&amp; \" ' \r\n\t\r \x00\x01\x0b\x1f\x7f \ud800 \ufffe\uffff \u2028 "
    "\U0001f600\U0010ffff <!-- --> <?pi?> &#0;"
)

hostile_texts = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("<>&\"'\r\n\t\x00\x0b\ud800\udfff\ufffe\uffff]"),
    ),
    min_size=1,
    max_size=60,
)


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(XSD))


def check(schema: etree.XMLSchema, xml: bytes) -> Element:
    """Let two independent parsers and the schema accept a document; give expat's tree."""
    parsed = etree.fromstring(xml)
    assert schema.validate(parsed), schema.error_log
    tree: Element = ElementTree.fromstring(xml)
    texts = [each.text or "" for each in parsed.iter()]
    assert [each.text or "" for each in tree.iter()] == texts
    return tree


def with_records() -> bytes:
    grades = bundles.section(
        "grade",
        bundles.record("1", "student", {"value": "5", "feedback": "Good"}),
        bundles.record("2", "student", {}),
        files=(FileEntry("1", "feedback"),),
    )
    return bundles.data_xml(bundles.header(), bundles.contents({"grade": grades}))


def test_a_bundle_without_any_record_still_names_every_record_type(
    schema: etree.XMLSchema,
) -> None:
    tree = check(schema, bundles.data_xml(bundles.header(), bundles.contents()))
    told = {
        name
        for name, spec in bundles.campus().record_types.items()
        if spec.category is not Category.INTERNAL_LOGIC and spec.holds_nothing is None
    }
    counts = {
        each.get("name"): each.find("b:summary", NS)
        for each in tree.iterfind("b:category/b:record-type", NS)
    }
    assert told <= set(counts)
    assert all(
        summary.get("count") == "0" for name in told if (summary := counts[name]) is not None
    )


def test_internal_logic_is_named_as_not_included(schema: etree.XMLSchema) -> None:
    tree = check(schema, with_records())
    category = tree.find("b:category[@name='internal_logic']", NS)
    assert category is not None
    assert category.get("included") == "false"
    assert category.findtext("b:reason", namespaces=NS)
    assert len(category.findall("b:record-type", NS)) > 0
    assert category.find(".//b:record", NS) is None


def test_the_head_tells_what_article_15_asks_for(schema: etree.XMLSchema) -> None:
    tree = check(schema, with_records())
    told = tree.find("b:header/b:information", NS)
    assert told is not None
    assert [each.tag.split("}")[1] for each in told] == [
        *("purposes", "categories", "recipients", "retention", "rights"),
        *("complaint", "origins", "automated-decisions", "transfers"),
    ]
    assert all(len(each) > 0 or each.text for each in told)


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY])
def test_the_head_names_the_right(schema: etree.XMLSchema, right: Right) -> None:
    xml = bundles.data_xml(bundles.header(right), bundles.contents())
    assert check(schema, xml).findtext("b:header/b:right", namespaces=NS) == right


def test_a_controller_that_has_set_nothing_is_told_by_its_name(schema: etree.XMLSchema) -> None:
    head = bundles.header(settings=ControllerSettings())
    tree = check(schema, bundles.data_xml(head, bundles.contents()))
    assert tree.findtext("b:header/b:controller/b:name", namespaces=NS) == "Fjordvik"


def test_values_null_empty_and_redacted_are_told_apart(schema: etree.XMLSchema) -> None:
    values = {"thread": "", "sender": None, "body": bundles.WITHHELD, "attachment": "a.pdf"}
    message = bundles.section(
        "message",
        bundles.record("1", "author recipient", values),
        summary=RecordTypeSummary(1, redactions={"body": 1, "sender": 0}),
    )
    tree = check(schema, bundles.data_xml(bundles.header(), bundles.contents({"message": message})))
    fields = tree.findall("b:category/b:record-type/b:records/b:record/b:field", NS)
    assert [(each.text, each.get("null"), each.get("redacted")) for each in fields] == [
        (None, None, None),
        (None, "true", None),
        (None, None, "third-party"),
        ("a.pdf", None, None),
    ]
    redaction = tree.find(".//b:redaction", NS)
    assert redaction is not None
    assert redaction.attrib == {"field": "body", "count": "1", "reason": "third-party"}


def test_uploads_are_listed_and_missing_ones_named(schema: etree.XMLSchema) -> None:
    files = (
        FileEntry("1", "attachment", HOSTILE, "files/000001-a.pdf", 12, SHA256),
        FileEntry(HOSTILE, "attachment"),
    )
    rows = [bundles.record(key, "author", {}) for key in ("1", HOSTILE)]
    message = bundles.section("message", *rows, files=files)
    tree = check(schema, bundles.data_xml(bundles.header(), bundles.contents({"message": message})))
    first, second = tree.iterfind(".//b:file", NS)
    assert first.get("path") == "files/000001-a.pdf"
    assert first.get("original-name") == cleaned(HOSTILE)[0]
    assert second.get("missing") == "true"
    assert second.get("path") is None


def test_a_hundred_thousand_uploads_are_listed_piece_by_piece() -> None:
    entry = FileEntry("1", "attachment", "a.pdf", "files/000001-a.pdf", 12, SHA256)
    pieces = list(document.files(entry for _ in range(100_000)))
    assert max(map(len, pieces)) < 80_000
    assert sum(piece.count(b"<file ") for piece in pieces) == 100_000
    assert list(document.files([])) == []


@settings(max_examples=60, deadline=None)
@given(text=hostile_texts)
def test_any_text_can_stand_anywhere_in_the_head_and_headings(
    schema: etree.XMLSchema, text: str
) -> None:
    xml = bundles.data_xml(bundles.renamed(bundles.header(), text), bundles.contents())
    tree = check(schema, xml)
    subject = tree.find("b:header/b:subject/b:field", NS)
    assert subject is not None
    assert subject.text == cleaned(text)[0]
    assert subject.get("title") == cleaned(text)[0]


@given(text=st.one_of(hostile_texts, st.just(HOSTILE)))
def test_text_reads_back_the_same_in_elements_and_attributes(text: str) -> None:
    xml = f'<a b="{attribute_text(text)}">{element_text(text)}</a>'.encode()
    for parsed in (etree.fromstring(xml), ElementTree.fromstring(xml)):
        assert parsed.text == cleaned(text)[0]
        assert parsed.get("b") == cleaned(text)[0]


def test_replaced_characters_are_counted() -> None:
    assert cleaned("a\x00b\x1f\ud800\uffffc\t\n\r\x7f") == (
        "a\ufffdb\ufffd\ufffd\ufffdc\t\n\r\x7f",
        4,
    )


def enumerated(name: str) -> set[str]:
    schema: Any = etree.parse(XSD)
    space = {"xs": "http://www.w3.org/2001/XMLSchema"}
    path = f"//xs:simpleType[@name='{name}']//xs:enumeration/@value"
    return set(schema.xpath(path, namespaces=space))


def test_the_schema_lists_the_words_of_the_vocabulary() -> None:
    assert enumerated("FieldType") == set(FieldType)
    assert enumerated("CategoryName") == set(Category)
    assert enumerated("LawfulBasis") == set(LawfulBasis)
    assert enumerated("RightName") == set(Right) - {Right.RESTRICTION_LIFT}


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ('<summary count="2"', '<summary count="-1"'),
        ('type="string"', 'type="text"'),
        ('name="grade"', 'name="message"'),
        ('<record key="1" roles="student"', '<record key="1"'),
        ('<record key="1" roles="student"', '<record key="1" roles=""'),
        ('<file record-key="1" field="feedback"', '<file record-key="1" field="nothing"'),
        ('<file record-key="1"', '<file record-key="3"'),
        ('<record key="2"', '<record key="1"'),
        ('<category name="assessments"', '<category name="communication"'),
        ("<right>access</right>", "<right>erasure</right>"),
        ('version="1"', 'version="2"'),
        ("</header>", "<more/></header>"),
        ('<purpose name="assessment"/>', '<purpose name="profit"/>'),
    ],
    ids=[
        "a negative count",
        "an unknown field type",
        "a record type twice",
        "a record without roles",
        "a record with empty roles",
        "an upload of an unknown field",
        "an upload of an unknown record",
        "a record twice",
        "a category twice",
        "a right that gives no bundle",
        "another version",
        "an unknown element",
        "a purpose that the head does not tell",
    ],
)
def test_the_schema_refuses(schema: etree.XMLSchema, good: str, bad: str) -> None:
    xml = with_records().decode()
    assert good in xml
    assert not schema.validate(etree.fromstring(xml.replace(good, bad).encode()))
