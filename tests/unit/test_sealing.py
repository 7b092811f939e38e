"""What was sealed opens as it was, and nothing else opens."""

import secrets
from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bundles.sealing import (
    KEY_BYTES,
    SEGMENT_BYTES,
    TAG_BYTES,
    SealingStream,
    SegmentCipher,
    plain_size,
    segment_count,
)
from app.domain.errors import IntegrityViolation

BUNDLE = UUID("018f0000-0000-7000-8000-000000000001")
OTHER_BUNDLE = UUID("018f0000-0000-7000-8000-000000000002")
KEY = secrets.token_bytes(KEY_BYTES)
SEALED_SEGMENT = SEGMENT_BYTES + TAG_BYTES

around_borders = st.builds(
    lambda segments, step: max(0, segments * SEGMENT_BYTES + step),
    st.integers(0, 3),
    st.integers(-17, 17),
)


class Collected:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.segments: list[bytes] = []

    def write(self, sealed: memoryview, /) -> None:
        self.segments.append(bytes(sealed))


def seal(plain: bytes, *, piece: int = 100_000, bundle_id: UUID = BUNDLE) -> list[bytes]:
    sink = Collected()
    stream = SealingStream(sink, SegmentCipher(KEY, bundle_id))
    for start in range(0, len(plain), piece):
        stream.write(plain[start : start + piece])
    stream.finish()
    return sink.segments


def unseal(segments: list[bytes], *, bundle_id: UUID = BUNDLE, key: bytes = KEY) -> bytes:
    cipher = SegmentCipher(key, bundle_id)
    last = len(segments) - 1
    return b"".join(
        cipher.open(index, segment, is_last=index == last) for index, segment in enumerate(segments)
    )


def content(size: int) -> bytes:
    return (b"0123456789abcdefghijklmnopqrstuvwxyz\n" * (size // 37 + 1))[:size]


@settings(max_examples=40, deadline=None)
@given(size=around_borders, piece=st.integers(1 << 12, 3 << 20))
def test_what_is_sealed_opens_as_it_was_at_every_size_around_a_border(
    size: int, piece: int
) -> None:
    plain = content(size)
    segments = seal(plain, piece=piece)
    assert unseal(segments) == plain
    assert len(segments) == segment_count(size)
    sealed_size = sum(map(len, segments))
    assert sealed_size == size + len(segments) * TAG_BYTES
    assert plain_size(sealed_size) == size


@pytest.mark.parametrize("size", [1, TAG_BYTES - 1, SEALED_SEGMENT + 1, SEALED_SEGMENT + TAG_BYTES])
def test_a_size_that_sealing_never_gives_is_refused(size: int) -> None:
    with pytest.raises(IntegrityViolation):
        plain_size(size)


def flip_a_bit(segments: list[bytes]) -> list[bytes]:
    first = bytearray(segments[0])
    first[1000] ^= 1
    return [bytes(first), *segments[1:]]


def cut_the_tag(segments: list[bytes]) -> list[bytes]:
    return [*segments[:-1], segments[-1][:-1]]


TAMPERINGS: list[tuple[str, Callable[[list[bytes]], list[bytes]]]] = [
    ("a flipped bit", flip_a_bit),
    ("the last segment missing", lambda s: s[:-1]),
    ("the first segment missing", lambda s: s[1:]),
    ("a segment missing in the middle", lambda s: [s[0], *s[2:]]),
    ("two segments swapped", lambda s: [s[1], s[0], *s[2:]]),
    ("a segment twice", lambda s: [s[0], s[0], *s[1:]]),
    ("a segment appended", lambda s: [*s, s[-1]]),
    (
        "a segment of another bundle",
        lambda s: [
            seal(content(3 * SEGMENT_BYTES), bundle_id=OTHER_BUNDLE)[0],
            *s[1:],
        ],
    ),
    ("the end of the last segment missing", cut_the_tag),
    ("an empty segment", lambda s: [b"", *s[1:]]),
]


@pytest.mark.parametrize(
    "tamper", [case[1] for case in TAMPERINGS], ids=[case[0] for case in TAMPERINGS]
)
def test_what_was_tampered_with_does_not_open(
    tamper: Callable[[list[bytes]], list[bytes]],
) -> None:
    segments = seal(content(3 * SEGMENT_BYTES))
    assert unseal(segments) == content(3 * SEGMENT_BYTES)
    with pytest.raises(IntegrityViolation):
        unseal(tamper(segments))


def test_a_bundle_opens_neither_with_another_key_nor_under_another_id() -> None:
    segments = seal(b"everything about a person")
    with pytest.raises(IntegrityViolation):
        unseal(segments, key=secrets.token_bytes(KEY_BYTES))
    with pytest.raises(IntegrityViolation):
        unseal(segments, bundle_id=OTHER_BUNDLE)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(IntegrityViolation):
        SegmentCipher(b"short", BUNDLE)
