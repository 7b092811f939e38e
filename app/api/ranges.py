"""Reads what part of a file a client wants, and whether it has it already.

Reference:
    RFC 9110, sections 13 and 14.
"""

import re
from dataclasses import dataclass

from app.domain.errors import Refused
from schemas.problem_vocabulary import Problem

_RANGE = re.compile(r"bytes[ \t]*=[ \t,]*(\d{0,18})[ \t]*-[ \t]*(\d{0,18})[ \t,]*", re.IGNORECASE)
_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Some bytes of a file: at least one.

    Attributes:
        start: The first, from 0.
        stop: The one after the last.
    """

    start: int
    stop: int


class NoSuchRange(Refused):
    """The range begins after the end of the file.

    Args:
        size: How long the file is, in bytes.
    """

    def __init__(self, size: int) -> None:
        super().__init__(
            Problem.RANGE_NOT_SATISFIABLE,
            f"The file is {size} bytes long. Start from its beginning.",
        )
        self.size = size


def wanted(header: str | None, size: int) -> ByteRange | None:
    """Say which bytes a `Range` header asks for.

    Args:
        header: The header, of any content.
        size: How long the file is, in bytes.

    Returns:
        The bytes; None for all of them: no header, several ranges, another unit, or not a range.

    Raises:
        NoSuchRange: None of the bytes asked for exist.
    """
    found = _RANGE.fullmatch(header.strip()) if header is not None else None
    if found is None or found.group(1, 2) == ("", ""):
        return None
    first, last = found.group(1, 2)
    if not first:
        start, stop = max(size - int(last), 0), size
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size or start >= stop:
        raise NoSuchRange(size)
    return ByteRange(start, stop)


def is_still(if_range: str | None, etag: str) -> bool:
    """Say whether a range continues what the client has: `If-Range` with our strong tag, or none.

    Args:
        if_range: The header; a date never fits, for no file is ever changed.
        etag: The file's strong tag, with its quotes.
    """
    return if_range is None or if_range.strip() == etag


def has_it(if_none_match: str | None, etag: str) -> bool:
    """Say whether the client has the file already.

    Args:
        if_none_match: The header: a list of tags, or `*`.
        etag: The file's strong tag, with its quotes.
    """
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag in _TAG.findall(if_none_match)
