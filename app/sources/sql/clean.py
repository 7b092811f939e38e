"""Turns what ``COPY`` sends into XML, in bulk.

``COPY … (FORMAT csv, FORCE_QUOTE *)`` with control characters for quote and delimiter writes each
record as ``U+0001 <record …>…</record> U+0001 LF``. Characters that XML 1.0 forbids are therefore
removed in the same pass as the quotes; where any of them was content, U+FFFD takes its place.

Reference:
    XML 1.0, section 2.2 (characters), 2.4 (``]]>``), 2.11 (line ends).
"""

import re

QUOTE = "\x01"
DELIMITER = "\x02"

_FORBIDDEN = bytes(code for code in range(0x20) if code not in b"\t\n\r")
_END_OF_ROW = b"</record>\x01\n"  # content cannot hold "<"
_QUOTES_A_ROW = 2
_CONTENT = re.compile(
    rb"\x01\x01|[\x00\x02-\x08\x0b\x0c\x0e-\x1f]"
)  # a quote in content is doubled
_NONCHARACTER = re.compile(rb"\xef\xbf[\xbe\xbf]")
_REPLACEMENT = "\ufffd".encode()


def clean(chunk: bytes) -> tuple[bytes, int]:
    """Give the records of a chunk as XML.

    Args:
        chunk: Whole rows, as ``COPY`` sent them.

    Returns:
        The XML and the number of characters replaced by U+FFFD.
    """
    text = chunk.translate(None, _FORBIDDEN)
    replaced = 0
    if len(chunk) - len(text) != _QUOTES_A_ROW * chunk.count(_END_OF_ROW):
        text, replaced = _CONTENT.subn(_REPLACEMENT, chunk)
        text = text.replace(QUOTE.encode(), b"")
    if b"\xef" in text and b"\xef\xbf" in text:
        text, more = _NONCHARACTER.subn(_REPLACEMENT, text)
        replaced += more
    if b"\r" in text:
        text = text.replace(b"\r", b"&#13;")
    if b"]" in text and b"]]>" in text:
        text = text.replace(b"]]>", b"]]&gt;")
    return text, replaced
