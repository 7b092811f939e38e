"""Turns what ``COPY`` sends into the XML of whole records, in bulk.

In the binary format a row of one text is framed by its count of fields (always 1) and its length.
Text holds no byte 0, so that the frames of rows shorter than 64 KiB can be told from the text by
their first four bytes; other chunks are read frame by frame.

Reference:
    PostgreSQL, "COPY", Binary Format. XML 1.0, sections 2.2 (characters), 2.4 (``]]>``),
    2.11 (line ends).
"""

import re
from collections.abc import Iterator
from struct import Struct

from app.domain.errors import IntegrityViolation

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_FRAME = Struct(">hi")  # one field; its length in bytes
_SHORT_FRAME = b"\x00\x01\x00\x00"
_LENGTH_LEFT = 2  # bytes of a short frame that follow

_CONTROLS = tuple(bytes([code]) for code in range(1, 0x20) if code not in b"\t\n\r")
_FORBIDDEN = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_REPLACEMENT = "\ufffd".encode()


def records_of(chunk: bytes) -> tuple[bytes, int]:
    """Give the records of a chunk as XML, each ended by a line feed.

    Args:
        chunk: Whole messages of a ``COPY`` of one text column, as they came.

    Returns:
        The XML and the number of characters replaced by U+FFFD.

    Raises:
        IntegrityViolation: These are no such messages.
    """
    rows = chunk.removeprefix(_HEADER).removesuffix(_TRAILER)
    text = _joined(rows)
    replaced = 0
    if _holds_forbidden(text):
        text, replaced = _FORBIDDEN.subn(_REPLACEMENT, text)
    if b"\r" in text:
        text = text.replace(b"\r", b"&#13;")
    if b"]" in text and b"]]>" in text:
        text = text.replace(b"]]>", b"]]&gt;")  # markup never follows "]]" with ">"
    return text, replaced


def _joined(rows: bytes) -> bytes:
    first, *others = rows.split(_SHORT_FRAME)
    if not first:
        text = _lines([row[_LENGTH_LEFT:] for row in others])
        if b"\x00" not in text:
            return text
    return _lines(list(_unframed(rows)))


def _lines(records: list[bytes]) -> bytes:
    return b"\n".join([*records, b""])


def _unframed(rows: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(rows):
        frame = rows[start : start + _FRAME.size]
        count, size = _FRAME.unpack(frame.ljust(_FRAME.size, b"\xff"))
        start += _FRAME.size
        if count != 1 or size < 0 or start + size > len(rows):
            raise IntegrityViolation("a COPY sent something else than one text a row")
        yield rows[start : start + size]
        start += size


def _holds_forbidden(text: bytes) -> bool:
    """Look for each character apart: that is a multiple faster than one pass for all."""
    return any(control in text for control in _CONTROLS) or (
        b"\xef" in text and (b"\xef\xbf\xbe" in text or b"\xef\xbf\xbf" in text)
    )
