"""What was done about a subject request and under which rule, without personal data.

Reference:
    ``docs/receipts.md``, ``schemas/xsd/receipt.xsd``.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from schemas.data_map import Name
from schemas.vocabulary import Category, Outcome, RestrictionGround, Right
from schemas.wire import Moment, Wire

ReceiptRight = Literal[
    Right.ACCESS, Right.PORTABILITY, Right.RESTRICTION, Right.RESTRICTION_LIFT, Right.ERASURE
]
"""The rights that end in a receipt: those that give a bundle, and those that change records."""

_EXPORTS = (Right.ACCESS, Right.PORTABILITY)

Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
"""A number that every JSON reader reads exactly."""

Position = Annotated[int, Field(ge=0, le=999)]
"""The place of a rule in the list that a role has for the right, from 0."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Article = Annotated[str, StringConstraints(pattern=r"^(17\(3\)\([a-e]\)|18\(1\)\(c\))$")]


class ReceiptController(Wire):
    """The institution that decided."""

    id: UUID
    name: Text


class ReceiptDataMap(Wire):
    """The version of the data map that was gone by."""

    name: Text
    sha256: Sha256


class ReceiptApproval(Wire):
    """The controller's leave; who gave it and why stays in its own files."""

    approved_at: Moment
    reference: Text
    """Under what number the controller keeps the case."""


class UnderRule(Wire):
    """Which records, and the rule that they fell under."""

    category: Category
    record_type: Name
    title: Text
    """The record type, as a person would call it."""
    role: Name
    """In what part the records named the person, as far as it decided about them."""
    position: Position
    """The place of the rule in the list that the role has for this right, from 0."""
    outcome: Outcome
    because: Text | None = None
    """Why, as the rule says."""
    article: Article | None = None
    """The exception to erasure, or the hold, that the rule rests on."""


class ReceiptLine(UnderRule):
    """What happened to the records under one rule."""

    previewed: Count | None = None
    """How many the preview counted; left out where there was none."""
    done: Count


class ReceiptRemainder(UnderRule):
    """Records that are left, and the rule that leaves them."""

    outcome: Literal[Outcome.KEPT, Outcome.DEFERRED]
    count: Count
    until: Text | None = None
    """What a deferral waits for."""

    @model_validator(mode="after")
    def _waits_or_stays(self) -> "ReceiptRemainder":
        if (self.outcome is Outcome.DEFERRED) != (self.until is not None):
            raise ValueError("what is deferred, and nothing else, waits until something holds")
        return self


class ReceiptUploads(Wire):
    """What became of stored uploads."""

    removed: Count
    missing: Count
    """The file store did not have them."""


class ReceiptLift(Wire):
    """What became of restricted records when the restriction was lifted."""

    restored: Count
    """They are as they were before, to the byte."""
    left_changed: Count
    """Somebody had changed them meanwhile; that was left."""


class ReceiptRecords(Wire):
    """Records of one type that stand in a bundle."""

    category: Category
    record_type: Name
    title: Text
    """The record type, as a person would call it."""
    count: Count
    withheld: Count
    """Texts in them that were left out, since they are about third parties (Art. 15(4), 20(4))."""
    files: Count
    """Stored uploads of theirs that stand in the bundle."""
    missing_files: Count
    """Stored uploads that they name and the file store did not have."""


class ReceiptBundle(Wire):
    """The bundle that was given."""

    id: UUID
    sha256: Sha256
    """Of the zip file, as it is downloaded."""
    size_bytes: Count
    expires_at: Moment
    """From then on nobody can read it."""
    records: tuple[ReceiptRecords, ...]
    """By record type, in the order of the bundle; also those without a record."""


class ReceiptVerification(Wire):
    """The look that followed: located again, and every record that was acted on looked at."""

    passes: Annotated[int, Field(ge=1, le=99)]
    """How many it took until nothing was left that no rule explains."""
    verified_at: Moment


class Receipt(Wire):
    """What was done about a subject request and under which rule."""

    format: Literal["habeas-receipt"] = "habeas-receipt"
    version: Literal[1] = 1
    id: UUID
    subject_request_id: UUID
    right: ReceiptRight
    controller: ReceiptController
    data_map: ReceiptDataMap
    subject_digest: Sha256
    """Stands for the person: only Habeas can compute it from the person's key, and only while it
    holds the controller's digest key."""
    received_at: Moment
    """When the controller received the person's request."""
    completed_at: Moment
    approval: ReceiptApproval
    ground: RestrictionGround | None = None
    """Of a restriction."""
    preview_digest: Sha256 | None = None
    """Of the preview that was approved, where there was one."""
    lines: tuple[ReceiptLine, ...] = ()
    left: tuple[ReceiptRemainder, ...] = ()
    uploads: ReceiptUploads | None = None
    """Of every right that changes records."""
    lift: ReceiptLift | None = None
    """Of a lift."""
    bundle: ReceiptBundle | None = None
    """Of access and portability."""
    verification: ReceiptVerification | None = None
    """Of every right that changes records."""
    tallies: Literal["exact", "at_least_once"]
    """`exact`: every record was counted once, whatever was interrupted. `at_least_once`: a source
    cannot tell whether an interrupted change took place, so some may be counted twice."""

    @model_validator(mode="after")
    def _says_what_belongs_to_the_right(self) -> "Receipt":
        if (self.right is Right.RESTRICTION) != (self.ground is not None):
            raise ValueError("a restriction, and nothing else, has a ground")
        if (self.right is Right.RESTRICTION_LIFT) != (self.lift is not None):
            raise ValueError("a lift, and nothing else, says what was restored")
        return self

    @model_validator(mode="after")
    def _gives_a_bundle_or_changes_records(self) -> "Receipt":
        is_export = self.right in _EXPORTS
        if is_export != (self.bundle is not None):
            raise ValueError("access and portability, and nothing else, give a bundle")
        if {self.uploads is None, self.verification is None} != {is_export}:
            raise ValueError("what changes records, and nothing else, tells of uploads and a look")
        if is_export and (self.lines or self.left or self.preview_digest):
            raise ValueError("an export follows no rule")
        return self


class ReceiptDocument(Wire):
    """One form of a receipt, exactly as it was signed."""

    url: str
    media_type: str
    text: str
    """In UTF-8 these are the bytes that were signed."""
    signature: str
    """Ed25519 (RFC 8032) over these bytes, in base64."""


class SignedReceipt(Wire):
    """A receipt in both forms, with what it takes to verify it."""

    id: UUID
    subject_request_id: UUID
    created_at: Moment
    key_id: str
    """Which of the receipt keys signed both."""
    json_form: ReceiptDocument
    xml_form: ReceiptDocument


class ReceiptKey(Wire):
    """A public key that verifies receipts."""

    id: str
    is_active: bool
    """Whether new receipts are signed with it; the others verify older ones."""
    algorithm: Literal["Ed25519"] = "Ed25519"
    hex: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """The 32 bytes of RFC 8032."""
    pem: str
    """The same as SubjectPublicKeyInfo (RFC 8410)."""


class ReceiptKeys(Wire):
    """Every public key that verifies receipts, the active one first."""

    keys: tuple[ReceiptKey, ...]
