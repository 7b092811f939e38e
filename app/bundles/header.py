"""What stands at the head of a bundle: whose it is, who holds the data, and Art. 15(1) and (2)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schemas.vocabulary import Category, LawfulBasis, Right


@dataclass(frozen=True, slots=True)
class ControllerDetails:
    """Who decides about the data.

    Attributes:
        name: Full name.
        address: Postal address, any number of lines.
        contact: Where data subjects turn to.
        data_protection_officer: Name or address.
        supervisory_authority: Where to complain.
        processing_agreement_url: ``https://…``
        request_form_url: ``https://…``
    """

    name: str
    address: str | None = None
    contact: str | None = None
    data_protection_officer: str | None = None
    supervisory_authority: str | None = None
    processing_agreement_url: str | None = None
    request_form_url: str | None = None


@dataclass(frozen=True, slots=True)
class SubjectField:
    """A line by which the person recognises themself.

    Attributes:
        name: As in the data map.
        title: For people.
        value: None where the LMS holds none.
    """

    name: str
    title: str
    value: str | None


@dataclass(frozen=True, slots=True)
class PurposeNote:
    """A purpose (Art. 15(1)(a))."""

    name: str
    text: str
    lawful_basis: LawfulBasis


@dataclass(frozen=True, slots=True)
class RecipientNote:
    """A recipient (Art. 15(1)(c)); with a safeguard, a transfer (Art. 15(2))."""

    name: str
    country: str
    why: str
    safeguard: str | None


@dataclass(frozen=True, slots=True)
class RetentionNote:
    """How long a record type is held (Art. 15(1)(d)).

    Attributes:
        period: ISO 8601 duration, where there is a fixed one.
        text: The same or the criteria, in words.
    """

    record_type: str
    title: str
    period: str | None
    text: str


@dataclass(frozen=True, slots=True)
class RightNote:
    """A right that the person has (Art. 15(1)(e))."""

    right: Right
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class OriginNote:
    """Where a record type comes from (Art. 15(1)(g))."""

    record_type: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Information:
    """What Art. 15(1)(a) to (h) and 15(2) ask a controller to tell."""

    purposes: tuple[PurposeNote, ...]
    categories: tuple[Category, ...]
    recipients: tuple[RecipientNote, ...]
    retention: tuple[RetentionNote, ...]
    rights: tuple[RightNote, ...]
    complaint: str
    origins: tuple[OriginNote, ...]
    automated_decisions: str

    @property
    def transfers(self) -> tuple[RecipientNote, ...]:
        """The recipients outside the European Economic Area."""
        return tuple(each for each in self.recipients if each.safeguard is not None)


@dataclass(frozen=True, slots=True)
class BundleHeader:
    """The head of a bundle.

    Attributes:
        bundle_id: Also bound to the seal.
        right: ``access`` or ``portability``.
        generated_at: Aware moment of the source snapshot.
        subject_request_id: The request that this answers.
        controller: Who decides about the data.
        data_map_name: The map's name or title.
        data_map_digest: SHA-256 of the map's version, hexadecimal.
        subject: How the person recognises themself.
        information: What Art. 15 asks for.
    """

    bundle_id: UUID
    right: Right
    generated_at: datetime
    subject_request_id: UUID
    controller: ControllerDetails
    data_map_name: str
    data_map_digest: str
    subject: tuple[SubjectField, ...]
    information: Information
