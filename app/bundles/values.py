"""How the value of a field reads on the page."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from schemas.vocabulary import FieldType

Shape = Literal["text", "code", "list", "moment", "note"]

MOST_CHARACTERS = 4_000
"""A longer text is cut on the page; data.xml has all of it."""

_MOST_ITEMS = 50
_FRACTION = re.compile(r"\.\d+")


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as the page shows it.

    Attributes:
        shape: ``text`` as it is; ``code`` with its layout; ``list`` of items; ``moment``, a time
            with its machine form; ``note``, a remark in place of a value.
        text: What is read.
        items: Of a ``list``.
        machine: Of a ``moment``, in ISO 8601.
        is_cut: Whether the rest is in data.xml only.
    """

    shape: Shape
    text: str = ""
    items: tuple[str, ...] = ()
    machine: str = ""
    is_cut: bool = False


EMPTY = Shown("note", "Empty text")


def shown(text: str, kind: FieldType) -> Shown:
    """Say how a value is shown.

    Args:
        text: As data.xml holds it; what its type does not promise is shown as it is.
        kind: How it reads.
    """
    if not text:
        return EMPTY
    match kind:
        case FieldType.DATETIME | FieldType.LOCAL_DATETIME | FieldType.DATE:
            return _moment(text, kind)
        case FieldType.BOOLEAN:
            return Shown("text", {"true": "Yes", "false": "No"}.get(text, text))
        case FieldType.BINARY:
            return _binary(text)
        case FieldType.JSON | FieldType.ARRAY:
            return _json(text)
        case _:
            return _cut("text", text)


def _cut(shape: Shape, text: str) -> Shown:
    is_cut = len(text) > MOST_CHARACTERS
    return Shown(shape, text[:MOST_CHARACTERS] if is_cut else text, is_cut=is_cut)


def _moment(text: str, kind: FieldType) -> Shown:
    try:
        if kind is FieldType.DATE:
            day = date.fromisoformat(text)
            return Shown("moment", day_text(day), machine=text)
        at = datetime.fromisoformat(text)
    except ValueError:  # infinity, years before Christ and after 9999
        return Shown("text", text)
    if kind is FieldType.DATETIME and at.tzinfo is not None:
        at = at.astimezone(UTC)
        return Shown("moment", moment_text(at), machine=_FRACTION.sub("", at.isoformat()))
    return Shown("moment", f"{day_text(at)}, {at:%H:%M}", machine=_FRACTION.sub("", text))


def day_text(day: date) -> str:
    """Say a day: "4 March 2026".

    Args:
        day: A date or a moment.
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def moment_text(at: datetime) -> str:
    """Say a moment: "4 March 2026, 05:06 UTC".

    Args:
        at: In UTC.
    """
    return f"{day_text(at)}, {at:%H:%M} UTC"


def bytes_text(size: int) -> str:
    """Say a size: "12 bytes", "3.4 KB", "1.2 GB".

    Args:
        size: Bytes.
    """
    if size < 1_000:
        return f"{size} byte{'' if size == 1 else 's'}"
    value = float(size)
    for unit in ("KB", "MB", "GB"):
        value /= 1_000
        if value < 999.95:
            return f"{value:.1f} {unit}"
    return f"{value / 1_000:.1f} TB"


def _binary(text: str) -> Shown:
    try:
        size = len(base64.b64decode(text.replace("\n", ""), validate=True))
    except (binascii.Error, ValueError):
        return Shown("note", "Binary data, in data.xml as base64")
    return Shown("note", f"{bytes_text(size)} of binary data, in data.xml as base64")


def _json(text: str) -> Shown:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return _cut("code", text)
    match value:
        case list() if value and all(isinstance(item, str | int | float) for item in value):
            items = tuple(_item(item) for item in value[:_MOST_ITEMS])
            return Shown("list", items=items, is_cut=len(value) > _MOST_ITEMS)
        case []:
            return Shown("note", "Empty list")
        case str():
            return _cut("text", value) if value else EMPTY
        case _:
            return _cut("code", json.dumps(value, ensure_ascii=False, indent=2))


def _item(value: str | float) -> str:
    return _cut("text", value if isinstance(value, str) else json.dumps(value)).text


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
