"""What a controller sets for itself, on top of the data map."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from schemas.data_map import Duration, Name, Text
from schemas.vocabulary import Category
from schemas.wire import Wire

Line = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
Address = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"^https?://")]


class ErasureException(Wire):
    """What this controller keeps where the map would erase it, and on which exception.

    Reference:
        GDPR Art. 17(3).
    """

    record_type: Name | None = None
    """The kind of record that is kept; this or `category`."""
    category: Category | None = None
    """The category whose records are all kept."""
    article: Literal["a", "b", "c", "d", "e"]
    """The letter of Art. 17(3) that it rests on."""
    reason: Text
    """Why, in words that may be shown to the data subject."""
    ends_on: date
    """The last day, in UTC, on which it counts."""

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.record_type is None) == (self.category is None):
            raise ValueError("must name a record_type or a category, and not both")
        return self


class ControllerSettings(Wire):
    """Who the controller is to its data subjects, and where it wants less than the map allows.

    Reference:
        GDPR Art. 13(1)(a)(b), 15(1)(f).
    """

    legal_name: Line | None = None
    """The institution's full name; its name in Habeas where this is left out."""
    address: Text | None = None
    contact: Line | None = None
    """Where data subjects turn to: an e-mail address, a telephone number, a page."""
    data_protection_officer: Line | None = None
    supervisory_authority: Line | None = None
    processing_agreement_url: Address | None = None
    request_form_url: Address | None = None
    excluded_fields: dict[Name, tuple[Name, ...]] = {}
    """By record type, the fields that this controller does not let Habeas see (minimisation)."""
    excluded_purposes: tuple[Name, ...] = ()
    """Purposes of the map that this controller did not agree to."""
    retention_overrides: Annotated[dict[Name, Duration], Field(max_length=1_000)] = {}
    """By record type, a period in place of the map's."""
    erasure_exceptions: Annotated[tuple[ErasureException, ...], Field(max_length=1_000)] = ()
    """What is kept although the map would erase it, until when and why."""
