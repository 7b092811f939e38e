"""Write a zip archive piece by piece to something that cannot seek.

Every member is deflated and followed by its sizes (a data descriptor), since they are not known
before. The archive is ZIP64 throughout, so that neither members nor the whole have a limit. The
list of members is kept as packed bytes: about 100 a member.

Reference:
    PKWARE APPNOTE 6.3.10; ``docs/decisions/0004-zip-writer.md``.
"""

import hashlib
import stat
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from struct import Struct
from typing import Protocol

from isal import isal_zlib

from app.domain.errors import IntegrityViolation

FILES_PREFIX = "files/"
"""Members below it are stored uploads: compressed already, as a rule, so deflated at level 0."""

EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
"""The earliest moment that a zip archive can name."""

_ISAL_LEVEL = 1
_VERSION = 45  # ZIP64
_MADE_BY = (3 << 8) | _VERSION  # Unix
_FLAGS = 0x0808  # sizes follow the data; names are UTF-8
_DEFLATED = 8
_MODE = (stat.S_IFREG | 0o600) << 16
_MAX_16 = 0xFFFF
_MAX_32 = 0xFFFFFFFF

_LOCAL = Struct("<4sHHHHHIIIHH")
_LOCAL_ZIP64 = Struct("<HHQQ")
_DESCRIPTOR = Struct("<4sIQQ")
_CENTRAL = Struct("<4sHHHHHHIIIHHHHHII")
_CENTRAL_ZIP64 = Struct("<HHQQQ")
_END_ZIP64 = Struct("<4sQHHIIQQQQ")
_LOCATOR = Struct("<4sIQI")
_END = Struct("<4sHHHHIIH")


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


class PlainSink(Protocol):
    """Where the archive's bytes go."""

    def write(self, plain: bytes, /) -> None:
        """Take all of the bytes or raise."""


@dataclass(frozen=True, slots=True)
class MemberDigest:
    """What a finished member was.

    Attributes:
        name: In the archive.
        size_bytes: Before compression.
        sha256_hex: Of the same bytes.
    """

    name: str
    size_bytes: int
    sha256_hex: str


class ArchiveWriter:
    """Writes members one after the other.

    Args:
        out: Takes the archive's bytes in order.
        written_at: Aware moment that every member carries (to two seconds, 1980 to 2107).
    """

    def __init__(self, out: PlainSink, written_at: datetime) -> None:
        self._out = out
        self._moment = _dos_moment(written_at)
        self._hash = hashlib.sha256()
        self._central = bytearray()
        self._count = 0
        self._member: _Member | None = None
        self.size_bytes = 0

    @property
    def sha256_hex(self) -> str:
        """The SHA-256 of the archive so far."""
        return self._hash.hexdigest()

    def begin(self, name: str) -> None:
        """Open a member.

        Args:
            name: A relative path with ``/`` between its parts, at most 65,535 bytes.
        """
        if self._member is not None:
            raise IntegrityViolation("a member of an archive is begun inside another")
        self._member = _Member(name, self.size_bytes)
        encoded = name.encode()
        self._put(
            _LOCAL.pack(
                *(b"PK\x03\x04", _VERSION, _FLAGS, _DEFLATED, *self._moment),
                *(0, _MAX_32, _MAX_32, len(encoded), _LOCAL_ZIP64.size),
            )
        )
        self._put(encoded)
        self._put(_LOCAL_ZIP64.pack(1, _LOCAL_ZIP64.size - 4, 0, 0))

    def write(self, chunk: bytes) -> None:
        """Add bytes to the open member.

        Args:
            chunk: Best 64 KiB to 1 MiB.
        """
        self._put(self._open_member().deflate(chunk))

    def end(self) -> MemberDigest:
        """Close the open member."""
        member = self._open_member()
        self._put(member.finish())
        self._put(
            _DESCRIPTOR.pack(b"PK\x07\x08", member.crc, member.deflated_bytes, member.size_bytes)
        )
        self._central += member.central_entry(self._moment)
        self._count += 1
        self._member = None
        return MemberDigest(member.name, member.size_bytes, member.sha256.hexdigest())

    def finish(self) -> None:
        """Write the list of members. Nothing may be written after."""
        if self._member is not None:
            raise IntegrityViolation("an archive is finished inside a member")
        start, size, count = self.size_bytes, len(self._central), self._count
        self._put(bytes(self._central))
        self._put(
            _END_ZIP64.pack(
                *(b"PK\x06\x06", _END_ZIP64.size - 12, _MADE_BY, _VERSION),
                *(0, 0, count, count, size, start),
            )
        )
        self._put(_LOCATOR.pack(b"PK\x06\x07", 0, start + size, 1))
        few = min(count, _MAX_16)
        self._put(
            _END.pack(
                *(b"PK\x05\x06", 0, 0, few, few, min(size, _MAX_32), min(start, _MAX_32), 0),
            )
        )

    def _open_member(self) -> "_Member":
        if self._member is None:
            raise IntegrityViolation("no member of the archive is open")
        return self._member

    def _put(self, data: bytes) -> None:
        if data:
            self.size_bytes += len(data)
            self._hash.update(data)
            self._out.write(data)


class _Member:
    """The open member: what it is called, where it starts, and its sums so far."""

    def __init__(self, name: str, offset: int) -> None:
        self.name = name
        self.sha256 = hashlib.sha256()
        self.crc = 0
        self.size_bytes = 0
        self.deflated_bytes = 0
        self._offset = offset
        self._compressor = _compressor(name)

    def deflate(self, chunk: bytes) -> bytes:
        self.size_bytes += len(chunk)
        self.crc = isal_zlib.crc32(chunk, self.crc)
        self.sha256.update(chunk)
        return self._counted(self._compressor.compress(chunk))

    def finish(self) -> bytes:
        return self._counted(self._compressor.flush())

    def central_entry(self, moment: tuple[int, int]) -> bytes:
        encoded = self.name.encode()
        sizes = (self.size_bytes, self.deflated_bytes, self._offset)
        return (
            _CENTRAL.pack(
                *(b"PK\x01\x02", _MADE_BY, _VERSION, _FLAGS, _DEFLATED, *moment, self.crc),
                *(_MAX_32, _MAX_32, len(encoded), _CENTRAL_ZIP64.size, 0, 0, 0, _MODE, _MAX_32),
            )
            + encoded
            + _CENTRAL_ZIP64.pack(1, _CENTRAL_ZIP64.size - 4, *sizes)
        )

    def _counted(self, deflated: bytes) -> bytes:
        self.deflated_bytes += len(deflated)
        return deflated


def _compressor(name: str) -> _Compressor:
    if name.startswith(FILES_PREFIX):
        return zlib.compressobj(0, zlib.DEFLATED, -zlib.MAX_WBITS)
    made: _Compressor = isal_zlib.compressobj(_ISAL_LEVEL, isal_zlib.DEFLATED, -zlib.MAX_WBITS)
    return made


def _dos_moment(moment: datetime) -> tuple[int, int]:
    """Express a moment as a zip archive does: time, then date, in UTC."""
    at = max(moment.astimezone(UTC), EARLIEST)
    return (
        at.hour << 11 | at.minute << 5 | at.second // 2,
        (at.year - 1980) << 9 | at.month << 5 | at.day,
    )
