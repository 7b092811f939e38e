"""What it takes to exercise a right: for one person, or for up to 1,000 under one approval."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from schemas.approvals import Approval
from schemas.receipts import Sha256
from schemas.subjects import Token
from schemas.vocabulary import RestrictionGround, Right
from schemas.wire import Moment, Wire

MOST_SUBJECTS = 1_000
"""More people than this need several batches."""

ExportRight = Literal[Right.ACCESS, Right.PORTABILITY]
"""The rights that end in a bundle."""

Confirmations = Annotated[tuple[Token, ...], Field(min_length=1, max_length=MOST_SUBJECTS)]
"""The confirmations of those who are meant."""


class _Approved(Wire):
    approval: Approval
    received_at: Moment | None = None
    """When the controller received the person's request; now, where this is left out."""


class _Single(Wire):
    confirmation: Token
    """The confirmation of the candidate who is meant."""


class _Batch(Wire):
    subjects: Confirmations
    """The confirmations of the candidates who are meant, at most 1,000."""


class ExportSubmission(_Approved, _Single):
    """What it takes to export a person's data."""

    right: ExportRight
    """`access` (Art. 15: everything held) or `portability` (Art. 20: what the person provided)."""


class RestrictionSubmission(_Approved, _Single):
    """What it takes to restrict the processing of a person's data."""

    right: Literal[Right.RESTRICTION]
    """`restriction` (Art. 18)."""
    ground: RestrictionGround
    """On which ground of Art. 18(1), or `normal_flow`: the trashcan of the learning platform."""


class ErasureSubmission(_Approved, _Single):
    """What it takes to erase a person's data."""

    right: Literal[Right.ERASURE]
    """`erasure` (Art. 17)."""
    preview_digest: Sha256
    """The digest of the preview that the approval rests on."""


class ExportBatch(_Approved, _Batch):
    """What it takes to export the data of several persons."""

    right: ExportRight
    """`access` or `portability`."""


class RestrictionBatch(_Approved, _Batch):
    """What it takes to restrict several persons on one ground."""

    right: Literal[Right.RESTRICTION]
    """`restriction` (Art. 18)."""
    ground: RestrictionGround
    """The ground that holds for all of them."""


class ErasureBatch(_Approved, _Batch):
    """What it takes to erase several persons under one preview."""

    right: Literal[Right.ERASURE]
    """`erasure` (Art. 17)."""
    preview_digest: Sha256
    """The digest of the one preview that was made of all of them."""


_KINDS = {
    Right.ACCESS: "export",
    Right.PORTABILITY: "export",
    Right.RESTRICTION: "restriction",
    Right.ERASURE: "erasure",
}


def _kind(value: object) -> str | None:
    """Tell which shape a body has by its right, and by whether it names several persons."""
    if not isinstance(value, dict):
        return "@export"
    right = value.get("right")
    kind = _KINDS.get(Right(right)) if isinstance(right, str) and right in set(Right) else None
    if kind is None:
        return None
    return f"@{kind}s" if "subjects" in value else f"@{kind}"


Submission = ExportSubmission | RestrictionSubmission | ErasureSubmission
"""For one person."""

Batch = ExportBatch | RestrictionBatch | ErasureBatch
"""For several persons."""

AnySubmission = Annotated[
    Annotated[ExportSubmission, Tag("@export")]
    | Annotated[RestrictionSubmission, Tag("@restriction")]
    | Annotated[ErasureSubmission, Tag("@erasure")]
    | Annotated[ExportBatch, Tag("@exports")]
    | Annotated[RestrictionBatch, Tag("@restrictions")]
    | Annotated[ErasureBatch, Tag("@erasures")],
    Discriminator(
        _kind,
        custom_error_type="right_unknown",
        custom_error_message="names no right that can be exercised here",
    ),
]
"""Whatever can be submitted; tags begin with ``@``, so that they can be told from fields."""
