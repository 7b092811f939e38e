"""What COPY sends becomes well-formed XML, and whatever XML cannot hold is counted."""

import struct
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from app.domain.errors import IntegrityViolation
from app.sources.sql.copied import records_of

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"


def row(text: str) -> bytes:
    """One record as COPY sends it in the binary format: one field, its length, its bytes."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    record = f"<record><field>{escaped}</field></record>".encode()
    return struct.pack(">hi", 1, len(record)) + record


def read(xml: bytes) -> list[str]:
    whole = b"<r>" + xml + b"</r>"
    texts = [each.text or "" for each in ET.fromstring(whole).iter("field")]  # noqa: S314 - our own
    assert texts == [each.text or "" for each in etree.fromstring(whole).iter("field")]
    return texts


@pytest.mark.parametrize(
    ("text", "expected", "replaced"),
    [
        pytest.param("plain", "plain", 0, id="plain text stays"),
        pytest.param("a\x01b", "a\ufffdb", 1, id="a control character is replaced"),
        pytest.param("\x01", "\ufffd", 1, id="a field of one control character"),
        pytest.param("\x01\n\x01", "\ufffd\n\ufffd", 2, id="control characters around a line feed"),
        pytest.param(
            "a\x02\x1f\x0b", "a\ufffd\ufffd\ufffd", 3, id="several control characters are replaced"
        ),
        pytest.param("\t\n", "\t\n", 0, id="tab and line feed stay"),
        pytest.param("a\r\nb\r", "a\r\nb\r", 0, id="carriage returns survive the parser"),
        pytest.param("]]>", "]]>", 0, id="the end of a CDATA section"),
        pytest.param("x\ufffe\uffff", "x\ufffd\ufffd", 2, id="noncharacters are replaced"),
        pytest.param(
            "\ufeff\uff01 \u2764\ufe0f", "\ufeff\uff01 \u2764\ufe0f", 0, id="their neighbours stay"
        ),
        pytest.param(
            "\U0001f393\U0010ffff", "\U0001f393\U0010ffff", 0, id="astral characters stay"
        ),
        pytest.param("<a href='x'>&amp;", "<a href='x'>&amp;", 0, id="markup is text"),
    ],
)
def test_a_text_comes_back_as_it_was_but_for_what_xml_forbids(
    text: str, expected: str, replaced: int
) -> None:
    xml, count = records_of(row(text))

    assert read(xml) == [expected]
    assert count == replaced


@given(st.lists(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"))))
def test_any_rows_are_well_formed_and_every_loss_is_counted(texts: list[str]) -> None:
    xml, count = records_of(HEADER + b"".join(map(row, texts)) + TRAILER)

    forbidden = {*map(chr, range(0x20)), "\ufffe", "\uffff"} - set("\t\n\r")
    expected = ["".join("\ufffd" if c in forbidden else c for c in text) for text in texts]
    assert read(xml) == expected
    assert count == sum(c in forbidden for text in texts for c in text)


@pytest.mark.parametrize(
    "sizes",
    [
        pytest.param([1], id="one short row"),
        pytest.param([70_000], id="a row of more than 64 KiB"),
        pytest.param([1, 70_000, 1, 200_000, 3], id="long rows among short ones"),
        pytest.param([0x0100 - 41, 0x0001, 0x0200 - 41], id="lengths that hold a zero byte"),
        pytest.param([65_536 - 41, 65_535 - 41, 65_537 - 41], id="around 64 KiB"),
        pytest.param([0x010000 - 41 + 1, 0x010001], id="lengths that look like a frame"),
    ],
)
def test_rows_of_any_length_are_told_apart(sizes: list[int]) -> None:
    texts = ["x" * size for size in sizes]

    xml, replaced = records_of(HEADER + b"".join(map(row, texts)) + TRAILER)

    assert read(xml) == texts
    assert xml.count(b"</record>\n") == len(sizes)
    assert replaced == 0


@pytest.mark.parametrize("chunk", [b"", HEADER, TRAILER, HEADER + TRAILER])
def test_a_chunk_without_rows_is_no_record(chunk: bytes) -> None:
    assert records_of(chunk) == (b"", 0)


@pytest.mark.parametrize(
    "chunk",
    [
        pytest.param(struct.pack(">hi", 1, -1), id="a null"),
        pytest.param(row("a") + struct.pack(">hi", 1, -1) + row("b"), id="a null among texts"),
        pytest.param(struct.pack(">hi", 2, 1) + b"a", id="two fields"),
        pytest.param(row("a") + struct.pack(">hi", 0, 1) + row("b"), id="no field"),
        pytest.param(b"a" + row("b"), id="something before the first frame"),
        pytest.param(row("a") + b"\x00\x01\x00", id="a frame that is cut off"),
    ],
)
def test_what_is_not_one_text_a_row_is_an_alarm(chunk: bytes) -> None:
    with pytest.raises(IntegrityViolation):
        records_of(chunk)
