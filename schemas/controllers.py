"""What a controller sets for itself, on top of the data map."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from schemas.data_map import Duration, Name, Text
from schemas.vocabulary import Category, HoldArticle
from schemas.wire import Wire

Line = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
Address = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"^https?://")]


class ErasureException(Wire):
    """Records that this controller keeps whoever is erased: like a hold, but standing.

    Reference:
        GDPR Art. 17(3).
    """

    record_type: Name | None = None
    category: Category | None = None
    article: HoldArticle
    reason: Line
    """Why, without naming a person."""
    ends_on: date | None = None
    """The last day on which it holds, in UTC."""

    @model_validator(mode="after")
    def _is_about_one_thing(self) -> "ErasureException":
        if (self.record_type is None) == (self.category is None):
            raise ValueError("an exception is about a record type or a category")
        if self.article is HoldArticle.NEEDED_BY_SUBJECT:
            raise ValueError("a standing exception rests on Art. 17(3)")
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
    """What erasures keep beyond the data map, until the exception ends."""
