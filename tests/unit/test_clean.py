"""What COPY sends becomes well-formed XML, and whatever XML cannot hold is counted."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from app.sources.sql.clean import clean


def row(text: str) -> bytes:
    """One record as COPY sends it: quotes doubled, then quoted, one line a row."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("\x01", "\x01\x01")
    return f"\x01<record><field>{escaped}</field></record>\x01\n".encode()


def read(xml: bytes) -> list[str]:
    whole = b"<r>" + xml + b"</r>"
    texts = [each.text or "" for each in ET.fromstring(whole).iter("field")]  # noqa: S314 - our own
    assert texts == [each.text or "" for each in etree.fromstring(whole).iter("field")]
    return texts


@pytest.mark.parametrize(
    ("text", "expected", "replaced"),
    [
        pytest.param("plain", "plain", 0, id="plain text stays"),
        pytest.param("a\x01b", "a\ufffdb", 1, id="the quoting character itself is replaced"),
        pytest.param("\x01", "\ufffd", 1, id="a field of one quoting character"),
        pytest.param("\x01\n\x01", "\ufffd\n\ufffd", 2, id="content that looks like a row's end"),
        pytest.param(
            "a\x02\x1f\x0b", "a\ufffd\ufffd\ufffd", 3, id="control characters are replaced"
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
    xml, count = clean(row(text))

    assert read(xml) == [expected]
    assert count == replaced


@given(st.lists(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"))))
def test_any_rows_are_well_formed_and_every_loss_is_counted(texts: list[str]) -> None:
    xml, count = clean(b"".join(map(row, texts)))

    forbidden = {*map(chr, range(0x20)), "\ufffe", "\uffff"} - set("\t\n\r")
    expected = ["".join("\ufffd" if c in forbidden else c for c in text) for text in texts]
    assert read(xml) == expected
    assert count == sum(c in forbidden for text in texts for c in text)
