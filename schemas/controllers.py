"""What a controller sets for itself, on top of the data map."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StrictBool, StringConstraints, model_validator

from schemas.data_map import Duration, Name, Text
from schemas.paging import Cursor, Limit
from schemas.subjects import Reason
from schemas.vocabulary import Category, Right
from schemas.wire import Day, Moment, Wire

Line = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
Address = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"^https?://")]

CalendarCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
"""A country or one of its parts: `NO`, `DE-BY` (ISO 3166-1 and -2)."""
EnabledRight = Literal[Right.ACCESS, Right.ERASURE, Right.RESTRICTION, Right.PORTABILITY]
"""A right that a controller can do without. Lifting a restriction cannot be switched off."""
EVERY_RIGHT: tuple[EnabledRight, ...] = (
    Right.ACCESS,
    Right.ERASURE,
    Right.RESTRICTION,
    Right.PORTABILITY,
)


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
    ends_on: Day
    """The last day, in UTC, on which it counts."""

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.record_type is None) == (self.category is None):
            raise ValueError("must name a record_type or a category, and not both")
        return self


class VolumeBrake(Wire):
    """From how many erasures a day on a second person has to look: the larger where both are said."""

    daily_limit: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | None = None
    """So many erasures in 24 hours."""
    daily_share_percent: Annotated[float, Field(strict=True, gt=0, le=100)] | None = None
    """Such a part of the controller's persons in 24 hours."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.daily_limit is None and self.daily_share_percent is None:
            raise ValueError("must hold daily_limit or daily_share_percent")
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
    """Purposes of the map that this controller did not agree to: bundles do not name them. Records are
    found, exported and erased all the same."""
    retention_overrides: Annotated[dict[Name, Duration], Field(max_length=1_000)] = {}
    """By record type, a period in place of the map's."""
    enabled_rights: Annotated[tuple[EnabledRight, ...], Field(max_length=4)] = EVERY_RIGHT
    """The rights that may be requested here. A restriction can always be lifted."""
    two_person_erasure: StrictBool = False
    """Whether a second person has to approve an erasure before it is carried out."""
    volume_brake: VolumeBrake | None = None
    """What holds erasures that come in unusual numbers; the larger of 10 persons and 0.5 % of them where
    this is left out."""
    deadline_calendar: CalendarCode | None = None
    """Whose public holidays a deadline does not end on; weekends only where this is left out."""
    time_zone: Annotated[str, StringConstraints(max_length=64)] | None = None
    """When the days of a deadline begin, as in `Europe/Oslo`; UTC where this is left out."""
    request_retention_days: Annotated[int, Field(strict=True, ge=30, le=36_500)] | None = None
    """For how many days closed subject requests are kept, so longer or shorter than the operator says;
    that where this is left out."""
    erasure_exceptions: Annotated[tuple[ErasureException, ...], Field(max_length=1_000)] = ()
    """What is kept although the map would erase it, until when and why."""


ShortName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Reference = ShortName
"""Under what number the case is kept."""
KeyInLms = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""The value of the data map's controller column for this institution."""


class NewController(Wire):
    """A controller that begins."""

    name: ShortName
    """How support calls it."""
    key_in_lms: KeyInLms | None = None
    """None where the learning platform has one controller."""


class ControllerChange(Wire):
    """What support binds a controller to; all of it is replaced."""

    name: ShortName
    key_in_lms: KeyInLms | None = None
    data_map_version_id: UUID | None = None
    """One of the controller's published data maps; its settings have to fit."""


class EnablementChange(Wire):
    """Whether rights are carried out for a controller."""

    is_enabled: StrictBool
    reason: Reason
    """Why it is enabled or disabled."""
    reference: Reference
    """Under what number support keeps the case."""
    ends_at: Moment | None = None
    """From when on it is disabled again; until further notice where this is left out."""

    @model_validator(mode="after")
    def _ends_only_what_begins(self) -> Self:
        if self.ends_at is not None and not self.is_enabled:
            raise ValueError("ends_at says when an enablement ends; leave it out to disable")
        return self


class Enablement(Wire):
    """That rights are carried out for a controller."""

    enabled_at: Moment
    ends_at: Moment | None = None
    reference: str


class Controller(Wire):
    """A controller as support sees it."""

    id: UUID
    name: str
    key_in_lms: str | None = None
    data_map_version_id: UUID | None = None
    """The data map that new subject requests run under."""
    is_enabled: bool
    """Whether rights are carried out for it now."""
    enablement: Enablement | None = None
    """The last one; null where it was never enabled, or was disabled."""
    created_at: Moment


class ControllerPage(Wire):
    """Some controllers, oldest first."""

    items: tuple[Controller, ...]
    next_cursor: Cursor | None = None
    """Send it as `cursor` for the next page; null on the last page. Also in the header `Link`."""


class ControllerFilter(Wire):
    """Which controllers to list."""

    limit: Limit = 50
    """How many a page holds at most."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""
