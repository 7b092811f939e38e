"""Bytes of small documents that open in the usual programs."""

import struct
import zlib
from random import Random

_LINE_LENGTH = 88


def pdf(title: str, text: str) -> bytes:
    """Draw a one-page PDF with a title and some lines.

    Args:
        title: The first line; letters that Latin-1 lacks are shown as question marks.
        text: At most some 50 lines are shown.
    """
    shown = [title, "", *_wrapped(text)][:52]
    lines = b"".join(b"(" + _escaped(line) + b") Tj T*\n" for line in shown)
    drawn = b"BT /F1 11 Tf 14 TL 56 780 Td\n" + lines + b"ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Font << /F1 5 0 R >> >>",
    ]
    return _joined(objects)


def _wrapped(text: str) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= _LINE_LENGTH:
            lines.append("")
        lines[-1] += f"{word} "
    return lines


def _escaped(line: str) -> bytes:
    plain = line.encode("latin-1", "replace")
    return plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _joined(objects: list[bytes]) -> bytes:
    document = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(document))
        document += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return document + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (size, table, size, len(document))
    )


def png(chance: Random, side: int = 48) -> bytes:
    """Paint a square picture with a gradient.

    Args:
        chance: Chooses the colours.
        side: Pixels, at least 1.
    """
    red, green, blue = (chance.randrange(256) for _ in range(3))
    line = bytearray(b"\x00")
    for column in range(side):
        shade = column * 255 // side
        line += bytes(((red + shade) // 2, (green + 255 - shade) // 2, blue))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(bytes(line) * side, 1)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
