"""What a subject request consists of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.domain.ids import (
    BundleId,
    ClientId,
    ControllerId,
    DataMapVersionId,
    JobId,
    ReceiptId,
    SubjectRequestId,
)
from schemas.vocabulary import AttentionReason, RequestState, Right

OVER = frozenset({RequestState.COMPLETED, RequestState.CANCELLED, RequestState.REFUSED})
"""Nothing more happens to these."""

FOR_A_SECOND_PERSON = frozenset({RequestState.AWAITING_APPROVAL, RequestState.HELD})
"""These wait for somebody other than the one who submitted them."""

WAITING = FOR_A_SECOND_PERSON | {RequestState.AWAITING_INFORMATION}
"""These have no job until somebody lets them begin."""


@dataclass(frozen=True, slots=True)
class Approval:
    """The controller's leave to act.

    Attributes:
        approved_by: Who decided.
        approved_at: Aware moment of the decision.
        reference: The controller's number of the case.
        reason: Why this is done.
    """

    approved_by: str
    approved_at: datetime
    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class Attention:
    """Why a subject request waits for a person.

    Attributes:
        reason: The code that is reported.
        detail: What happened, without personal data.
    """

    reason: AttentionReason
    detail: str


@dataclass(frozen=True, slots=True)
class NewSubjectRequest:
    """A subject request to be accepted, with the id of its job.

    Attributes:
        id: Its id.
        job_id: The id of the job that carries it out.
        right: The right that is exercised.
        subject_key: The subject's key in the LMS, as text.
        subject_digest: The keyed digest of that key: jobs of one subject wait for each other.
        subject_display: What was shown of the subject.
        data_map_version_id: The data map that it runs under.
        client_id: The API client that sent it.
        approval: The controller's leave.
        received_at: Aware moment at which the controller received it; None: now.
        options: What the right needs beside the approval, as JSON writes it: the ground of a
            restriction, the digest of a preview, the id of a restriction. No personal data.
        due_at: Aware moment at which the subject must have been answered; None: never.
        batch_id: What it was submitted together with carries the same; None: alone.
        submitter_digest: The keyed digest of the person who acted, 32 bytes.
        confirmed_at: Aware moment at which the caller looked at the subject, if it did.
    """

    id: SubjectRequestId
    job_id: JobId
    right: Right
    subject_key: str
    subject_digest: bytes
    subject_display: Mapping[str, str | None]
    data_map_version_id: DataMapVersionId
    client_id: ClientId
    approval: Approval
    received_at: datetime | None
    options: Mapping[str, object] = field(default_factory=dict)
    due_at: datetime | None = None
    batch_id: UUID | None = None
    submitter_digest: bytes | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SubjectRequest:
    """A subject request as it stands: the parts of ``NewSubjectRequest``, and more.

    Once its subject is erased, the key is empty, nothing is shown of the subject, and the
    approval has lost its reason: Habeas does not keep what it erased.

    Attributes:
        controller_id: Whose it is.
        state: Where it stands.
        accepted_at: Aware UTC moment of acceptance.
        completed_at: Aware UTC moment of completion.
        attention: Why it waits for a person, while it does.
        bundle_id: Its bundle, once there is one.
        receipt_id: Its receipt, once there is one.
        extended_months: How many further months its subject was told of.
        doubted_at: Since when it is in doubt who sent it, while it is.
        paused_days: For how many days it was.
    """

    id: SubjectRequestId
    controller_id: ControllerId
    right: Right
    state: RequestState
    subject_key: str
    subject_digest: bytes
    subject_display: Mapping[str, str | None]
    data_map_version_id: DataMapVersionId
    client_id: ClientId
    approval: Approval
    received_at: datetime
    accepted_at: datetime
    completed_at: datetime | None
    attention: Attention | None
    bundle_id: BundleId | None
    options: Mapping[str, object] = field(default_factory=dict)
    receipt_id: ReceiptId | None = None
    due_at: datetime | None = None
    batch_id: UUID | None = None
    submitter_digest: bytes | None = None
    extended_months: int = 0
    doubted_at: datetime | None = None
    paused_days: int = 0


@dataclass(frozen=True, slots=True)
class Filter:
    """Which subject requests to list.

    Attributes:
        state: Only those that stand there.
        right: Only those of this right.
        due_before: Only those that are not over and have to be answered before this moment.
        due_from: Only those that are not over and have to be answered at this moment or later.
        batch_id: Only those that were submitted together.
        after: The last one of the page before.
        limit: At most so many, 1 ≤ x ≤ 1,000.
    """

    state: RequestState | None = None
    right: Right | None = None
    due_before: datetime | None = None
    due_from: datetime | None = None
    batch_id: UUID | None = None
    after: SubjectRequestId | None = None
    limit: int = 50
