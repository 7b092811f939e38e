"""Seal a stream of bytes in segments, so that any part can be opened alone.

Each segment of 1 MiB is encrypted by AES-256-GCM. Its nonce is its index and whether it is
the last one; the bundle's id is bound to it. So a segment that was moved, swapped, taken from
another bundle, cut off or changed does not open.

Reference:
    ``docs/decisions/0003-sealed-bundles.md``; Hoang, Reyhanitabar, Rogaway, Vizár, "Online
    authenticated-encryption and its nonce-reuse misuse-resistance" (2015), STREAM.
"""

from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.domain.errors import IntegrityViolation

SEGMENT_BYTES = 1 << 20
"""Plain bytes a segment; only the last one may hold fewer."""

TAG_BYTES = 16
"""What sealing adds to a segment."""

KEY_BYTES = 32


class Sink(Protocol):
    """Where sealed bytes go."""

    def write(self, sealed: memoryview, /) -> None:
        """Take all of the bytes, or raise. They change after."""


def segment_count(plain_size: int) -> int:
    """Say how many segments hold a number of plain bytes.

    Args:
        plain_size: Plain bytes, 0 or more. Nothing at all is one empty segment.
    """
    return max(1, -(-plain_size // SEGMENT_BYTES))


def plain_size(size: int) -> int:
    """Say how many plain bytes lie in sealed ones.

    Args:
        size: Sealed bytes.

    Raises:
        IntegrityViolation: Nothing that was sealed whole has this size.
    """
    segments = max(1, -(-size // (SEGMENT_BYTES + TAG_BYTES)))
    plain = size - segments * TAG_BYTES
    if plain < 0 or segment_count(plain) != segments:
        raise IntegrityViolation("a sealed bundle has an impossible size")
    return plain


class SegmentCipher:
    """Seals and opens the segments of one bundle.

    Args:
        data_key: 32 bytes that no other bundle uses.
        bundle_id: Bound to every segment.
    """

    def __init__(self, data_key: bytes, bundle_id: UUID) -> None:
        if len(data_key) != KEY_BYTES:
            raise IntegrityViolation("the key of a sealed bundle has 32 bytes")
        self._cipher = AESGCM(data_key)
        self._bundle_id = bundle_id.bytes

    def seal(self, index: int, plain: memoryview, sealed: memoryview, *, is_last: bool) -> None:
        """Encrypt one segment.

        Args:
            index: Its place, from 0; never used twice.
            plain: At most ``SEGMENT_BYTES``, and exactly so many where it is not the last.
            sealed: Filled with the segment and its tag; ``TAG_BYTES`` longer than ``plain``.
            is_last: Whether no segment follows.
        """
        nonce = _nonce(index, is_last=is_last)
        self._cipher.encrypt_into(nonce, plain, self._bundle_id, sealed)

    def open(self, index: int, sealed: bytes, *, is_last: bool) -> bytes:
        """Decrypt one segment.

        Args:
            index: Its place, from 0.
            sealed: The segment with its tag.
            is_last: Whether no segment follows.

        Raises:
            IntegrityViolation: This is not the segment that was sealed for this place.
        """
        try:
            return self._cipher.decrypt(_nonce(index, is_last=is_last), sealed, self._bundle_id)
        except InvalidTag as error:
            raise IntegrityViolation("a segment of a sealed bundle is not authentic") from error


class SealingStream:
    """Cuts what is written into segments, and seals each as soon as another one must follow.

    It holds one plain and one sealed segment, and makes neither anew.

    Args:
        sink: Takes the sealed segments in order, and keeps none.
        cipher: Of this bundle alone.
    """

    def __init__(self, sink: Sink, cipher: SegmentCipher) -> None:
        self._sink = sink
        self._cipher = cipher
        self._plain = memoryview(bytearray(SEGMENT_BYTES))
        self._sealed = memoryview(bytearray(SEGMENT_BYTES + TAG_BYTES))
        self._filled = 0
        self._index = 0

    def write(self, plain: bytes, /) -> None:
        """Take bytes, and pass full segments on.

        Args:
            plain: Any number of bytes.
        """
        rest = memoryview(plain)
        while rest:
            if self._filled == SEGMENT_BYTES:
                self._seal(is_last=False)
            taken = rest[: SEGMENT_BYTES - self._filled]
            self._plain[self._filled : self._filled + len(taken)] = taken
            self._filled += len(taken)
            rest = rest[len(taken) :]

    def finish(self) -> None:
        """Pass on the last segment. Nothing may be written after."""
        self._seal(is_last=True)

    def _seal(self, *, is_last: bool) -> None:
        sealed = self._sealed[: self._filled + TAG_BYTES]
        plain = self._plain[: self._filled]
        self._cipher.seal(self._index, plain, sealed, is_last=is_last)
        self._sink.write(sealed)
        self._filled = 0
        self._index += 1


def _nonce(index: int, *, is_last: bool) -> bytes:
    """Twelve bytes: the index in eleven, then one that says whether the stream ends here."""
    return index.to_bytes(11, "big") + bytes([is_last])
