"""The base of everything on the wire."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    model_validator,
)

_MOMENT = re.compile(
    r"(?:19|20)\d\d-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_DAY = re.compile(r"(?:19|20|21)\d\d-\d\d-\d\d")


def _refuse_unstorable(value: object) -> None:
    """Refuse text that PostgreSQL or UTF-8 cannot hold, however deep it stands."""
    match value:
        case str():
            if "\x00" in value:
                raise ValueError("text must not hold the character NUL")
            if not value.isascii() and _SURROGATE.search(value):
                raise ValueError("text must not hold half of a surrogate pair")
        case Mapping():
            for key, inner in value.items():
                _refuse_unstorable(key)
                _refuse_unstorable(inner)
        case list() | tuple():
            for inner in value:
                _refuse_unstorable(inner)
        case _:
            return


class Wire(BaseModel):
    """A frozen value that forbids unknown fields, NUL and lone surrogates."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False
    )

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, value: object) -> object:
        _refuse_unstorable(value)
        return value


def utc(value: datetime) -> datetime:
    """Express an aware moment in UTC.

    Args:
        value: Aware moment in any zone.

    Raises:
        ValueError: It lies before the year 1 or after 9999 there.
    """
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the moment lies outside the years 1 to 9999 in UTC") from error


def _written_moment(value: object) -> object:
    """Let through what RFC 3339 writes between 1900 and 2099, and nothing that only looks alike."""
    if isinstance(value, datetime):
        return value
    if not (isinstance(value, str) and _MOMENT.fullmatch(value)):
        raise ValueError("must be a date and time as RFC 3339 writes it: 2026-11-22T09:30:00Z")
    return value


def _written_day(value: object) -> object:
    """Let through what RFC 3339 writes as a full date between 1900 and 2199."""
    if isinstance(value, date):
        return value
    if not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise ValueError("must be a date as RFC 3339 writes it: 2027-06-30")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_written_moment), AfterValidator(utc)]
"""A date and time as RFC 3339 writes it, with its offset; from then on always UTC."""

Day = Annotated[date, BeforeValidator(_written_day)]
"""A date as RFC 3339 writes it."""
