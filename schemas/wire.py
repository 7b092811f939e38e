"""The base of everything on the wire."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, model_validator


def _refuse_unstorable(value: object) -> None:
    """Refuse text that PostgreSQL or UTF-8 cannot hold, however deep it stands."""
    match value:
        case str():
            if "\x00" in value:
                raise ValueError("text must not hold the character NUL")
            if any("\ud800" <= character <= "\udfff" for character in value):
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


Moment = Annotated[AwareDatetime, AfterValidator(utc)]
"""An aware moment, always UTC."""
