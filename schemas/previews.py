"""What exercising a right for persons would come to, counted and changed by nothing."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Discriminator, Field, Tag

from schemas.data_map import Name
from schemas.receipts import Count, Sha256, Text, UnderRule
from schemas.subjects import Reason, Token
from schemas.submissions import MOST_SUBJECTS, Confirmations
from schemas.vocabulary import Category, Outcome, Right
from schemas.wire import Moment, Wire

ExportRight = Literal[Right.ACCESS, Right.PORTABILITY]
"""The rights that give a bundle."""

EffectRight = Literal[Right.RESTRICTION, Right.ERASURE]
"""The rights that change records."""

PreviewRight = Literal[ExportRight, EffectRight]
"""The rights that can be previewed."""

RestrictionIds = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=MOST_SUBJECTS)]
"""Restrictions of the normal flow."""

Days = Annotated[int, Field(strict=True, ge=0, le=36_500)]


class SubjectPreview(Wire):
    """Ask for a preview of one person."""

    right: PreviewRight
    """`access`, `portability`, `restriction` or `erasure`."""
    confirmation: Token
    """The confirmation of the candidate who is meant."""
    reason: Reason
    """Why you look."""


class BatchPreview(Wire):
    """Ask for one preview of several persons."""

    right: PreviewRight
    """`access`, `portability`, `restriction` or `erasure`."""
    confirmations: Confirmations
    """The confirmations of the candidates who are meant, at most 1,000."""
    reason: Reason
    """Why you look."""


class RestrictedPreview(Wire):
    """Ask for one preview of emptying the trashcan of listed persons."""

    right: Literal[Right.ERASURE]
    """`erasure`."""
    restriction_ids: RestrictionIds
    """Active restrictions of the normal flow, at most 1,000; whom a right restricts, too, is left out."""
    reason: Reason
    """Why you look."""


class AgedPreview(Wire):
    """Ask for one preview of emptying the trashcan of all who have long been in it."""

    right: Literal[Right.ERASURE]
    """`erasure`."""
    older_than_days: Days
    """Active restrictions of the normal flow that are older; the 1,000 oldest of them. Whom a right
    restricts, too, is left out."""
    reason: Reason
    """Why you look."""


def _kind(value: object) -> str:
    """Tell which shape a body has by how it names the persons."""
    names = value if isinstance(value, dict) else {}
    for field, tag in (
        ("confirmations", "@several"),
        ("restriction_ids", "@restricted"),
        ("older_than_days", "@aged"),
    ):
        if field in names:
            return tag
    return "@one"


PreviewQuestion = Annotated[
    Annotated[SubjectPreview, Tag("@one")]
    | Annotated[BatchPreview, Tag("@several")]
    | Annotated[RestrictedPreview, Tag("@restricted")]
    | Annotated[AgedPreview, Tag("@aged")],
    Discriminator(_kind),
]
"""Whatever can be previewed."""


class PreviewLine(UnderRule):
    """Records that would fall under one rule."""

    outcome: Literal[
        Outcome.REMOVED, Outcome.ANONYMISED, Outcome.HIDDEN, Outcome.KEPT, Outcome.DEFERRED
    ]
    count: Count
    until: str | None = None
    """What has to come about before more follows."""


class PreviewTotals(Wire):
    """How many records would fare how."""

    removed: Count = 0
    anonymised: Count = 0
    hidden: Count = 0
    kept: Count = 0
    deferred: Count = 0
    """Kept until something holds."""


class Preview(Wire):
    """What would happen, as one moment shows it."""

    right: EffectRight
    subject_count: Count
    """Of how many persons."""
    digest: Sha256
    """Names what would happen by its kinds, not by how often. Send it with the approval."""
    expires_at: Moment
    """Until when the digest can be approved on."""
    data_map_sha256: Sha256
    """The version of the data map whose rules were looked at."""
    totals: PreviewTotals
    lines: tuple[PreviewLine, ...]
    """By record type, role and rule, in the order of the data map."""


class ExportPreviewLine(Wire):
    """Records of one type that would be exported."""

    category: Category
    record_type: Name
    title: Text
    """The record type, as a person would call it."""
    outcome: Literal["exported"] = "exported"
    count: Count


class ExportPreviewTotals(Wire):
    """How many records would be exported."""

    exported: Count


class ExportPreview(Wire):
    """What a bundle would hold, as one moment of each source shows it. Nothing is to be approved."""

    right: ExportRight
    subject_count: Count
    """Of how many persons."""
    data_map_sha256: Sha256
    """The version of the data map that says what is exported."""
    totals: ExportPreviewTotals
    lines: tuple[ExportPreviewLine, ...]
    """By record type, as in the bundle; also those without a record."""


AnyPreview = Annotated[Preview | ExportPreview, Field(discriminator="right")]
"""What is shown of a right: its effects, or what it exports."""
