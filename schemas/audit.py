"""The audit trail on the wire: entries, checkpoints, and what verifying them found."""

from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, JsonValue, StringConstraints, model_validator

from schemas.audit_vocabulary import AuditAction, AuditText
from schemas.paging import Cursor, Limit
from schemas.subjects import Reason, Token
from schemas.wire import Moment, Wire

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""32 bytes in lower-case hexadecimal."""


class AuditEntry(Wire):
    """An entry of the audit trail."""

    sequence: int
    """Its place in the trail, from 1, without gaps."""
    at: Moment
    action: AuditAction
    client_id: UUID | None = None
    """The API client that did it; null where Habeas itself or its operator did."""
    acting_person_digest: Digest | None = None
    """Tells whether two entries name the same acting person, and does not name them."""
    subject_request_id: UUID | None = None
    subject_digest: Digest | None = None
    """Tells the subject, as receipts do, and does not name them."""
    details: dict[str, JsonValue]
    """Ids and counts."""
    texts: dict[AuditText, str | None]
    """What stands beside the entry; null where it was erased with the subject."""
    hash: Digest
    """Of this entry; it covers all entries before it."""


class AuditPage(Wire):
    """Some entries, newest first."""

    items: tuple[AuditEntry, ...]
    next_cursor: Cursor | None = None
    """Send it as `cursor` for the next page; null on the last page. Also in the header `Link`."""


class AuditSelection(Wire):
    """Which entries are wanted; what is left out does not matter."""

    subject_request_id: UUID | None = None
    """Those of this subject request."""
    subject_digest: Digest | None = None
    """Those about this subject, as a receipt or another entry tells it."""
    acting_person_digest: Digest | None = None
    """Those that name this acting person."""
    client_id: UUID | None = None
    """Those of this API client."""
    action: AuditAction | None = None
    """Those of this kind."""
    since: Moment | None = None
    """Those from this moment on."""
    until: Moment | None = None
    """Those before this moment."""


class AuditFilter(AuditSelection):
    """Which entries to list."""

    limit: Limit = 50
    """How many a page holds at most."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""


class AuditSearch(Wire):
    """Whom to look for in the trail. Persons are named in the body, never in an address."""

    confirmation: Token | None = None
    """The subject, as confirmed by a search."""
    acting_person: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    """The person who acted, exactly as the clients name them."""
    reason: Reason
    """Why you look."""
    limit: Limit = 50
    """How many entries the answer holds at most."""

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if self.confirmation is None and self.acting_person is None:
            raise ValueError("name a subject by confirmation, or an acting person")
        return self


class ExportFormat(StrEnum):
    """How an exported trail is written."""

    JSONL = "jsonl"
    CSV = "csv"


class AuditExport(AuditSelection):
    """What to export, and how."""

    format: ExportFormat = ExportFormat.JSONL
    """`jsonl` can be verified without Habeas; `csv` is for a spreadsheet."""
    texts: bool = False
    """Whether to write the texts, too. They name persons, and nobody erases them from your file."""


class AuditCheckpoint(Wire):
    """Where the trail stood, signed."""

    sequence: Annotated[int, Field(ge=1)]
    """The last entry that it covers."""
    hash: Digest
    """Of that entry."""
    key_id: str
    """Which of the receipt keys signed."""
    verifier_key: str | None = None
    """That key as programs that read notes take it; null where the service no longer has it."""
    note: str
    """The signed note (C2SP tlog-checkpoint), to the byte. Keep it: it is what you hold on to."""
    created_at: Moment


class AuditCheckpointPage(Wire):
    """Some checkpoints, newest first."""

    items: tuple[AuditCheckpoint, ...]
    next_cursor: Cursor | None = None
    """Send it as `cursor` for the next page; null on the last page. Also in the header `Link`."""


class AuditCheckpointFilter(Wire):
    """Which checkpoints to list."""

    limit: Limit = 50
    """How many a page holds at most."""
    cursor: Cursor | None = None
    """`next_cursor` of the page before."""


class AuditVerification(Wire):
    """What following the trail from its first entry to its last found."""

    is_whole: bool
    entry_count: int
    """How many entries hang together, from the first on."""
    first_broken_sequence: int | None = None
    """Where it breaks first; null where it is whole."""
    reason: str | None = None
    """What is wrong there."""
    checkpoint_count: int
    """How many checkpoints are genuine and hold."""
    unknown_checkpoint_count: int
    """How many were signed by keys that the service no longer has, and count for nothing."""
    text_count: int
    """How many texts are as their entries say."""
    unopened_text_count: int
    """How many texts were not looked at: their keys are wrapped by one that the service does not have."""
    erased_text_count: int
    """How many texts were erased; their entries still say that they were there."""
