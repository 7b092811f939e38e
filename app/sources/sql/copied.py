"""Turns what ``COPY`` sends into the XML of whole records, in bulk.

In the binary format a row of one text is framed by its count of fields (always 1) and its length:
six bytes, of which the first is 0. Text holds no byte 0, so that, read from the left, each one that
is met begins a frame.

Reference:
    PostgreSQL, "COPY", Binary Format. XML 1.0, sections 2.2 (characters), 2.4 (``]]>``),
    2.11 (line ends).
"""

import re

from app.domain.errors import IntegrityViolation

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"  # nor does text hold a byte 255
_FRAME = re.compile(rb"\x00(?=\x01[\x00-\x3f]).{5}", re.DOTALL)
"""One field and its length. A pattern whose only literal is one byte is searched for fastest."""

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
    text = _unframed(chunk)
    replaced = 0
    if _holds_forbidden(text):
        text, replaced = _FORBIDDEN.subn(_REPLACEMENT, text)
    if b"\r" in text:
        text = text.replace(b"\r", b"&#13;")
    if b"]" in text and b"]]>" in text:
        text = text.replace(b"]]>", b"]]&gt;")  # markup never follows "]]" with ">"
    return text, replaced


def _unframed(chunk: bytes) -> bytes:
    """Give the texts of whole rows, each ended by a line feed."""
    pieces = _FRAME.split(chunk)
    pieces[0] = pieces[0].removeprefix(_HEADER)
    pieces[-1] = pieces[-1].removesuffix(_TRAILER)
    before, *texts = pieces
    text = b"\n".join([*texts, b""])
    if before or b"\x00" in text:  # a frame of anything else is left where it was
        raise IntegrityViolation("a COPY sent something else than one text a row")
    return text


def _holds_forbidden(text: bytes) -> bool:
    """Look for each character apart: that is a multiple faster than one pass for all."""
    return any(control in text for control in _CONTROLS) or (
        b"\xef" in text and (b"\xef\xbf\xbe" in text or b"\xef\xbf\xbf" in text)
    )
