"""The closed word lists of Habeas, each with the article or seed section that it comes from.

With the lists beside it (`audit_vocabulary`, `problem_vocabulary`, `webhook_vocabulary`) the only thing
that the domain shares with the wire.
"""

from enum import StrEnum


class Right(StrEnum):
    """A right of a data subject.

    Reference:
        GDPR Art. 15 to 21.
    """

    ACCESS = "access"  # Art. 15
    RECTIFICATION = "rectification"  # Art. 16
    ERASURE = "erasure"  # Art. 17
    RESTRICTION = "restriction"  # Art. 18
    RESTRICTION_LIFT = "restriction_lift"  # Art. 18(3)
    PORTABILITY = "portability"  # Art. 20
    OBJECTION = "objection"  # Art. 21


class Category(StrEnum):
    """One of the seven kinds of personal data.

    Reference:
        Seed 002, "The right to access and data portability".
    """

    PERSONAL_INFORMATION = "personal_information"
    COMMUNICATION = "communication"
    COURSE_MATERIAL = "course_material"
    ASSESSMENTS = "assessments"
    CALENDAR = "calendar"
    STUDENT_RESPONSES = "student_responses"
    INTERNAL_LOGIC = "internal_logic"


class Effect(StrEnum):
    """What happens to a record, strongest first.

    Reference:
        Seed 002, "possible outcomes when a user is deleted".
    """

    DELETE = "delete"
    ANONYMISE = "anonymise"
    HIDE = "hide"
    KEEP = "keep"


class LawfulBasis(StrEnum):
    """Why processing is lawful.

    Reference:
        GDPR Art. 6(1)(a) to (f).
    """

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTERESTS = "legitimate_interests"


class Rectifier(StrEnum):
    """Who corrects a record.

    Reference:
        Seed 002, "The right to rectification".
    """

    SELF = "self"
    STUDENT_SYSTEM = "student_system"
    TEACHER = "teacher"
    ADMINISTRATOR = "administrator"
    AUTHOR = "author"


class SourceKind(StrEnum):
    """What kind of back end a source is."""

    SQL = "sql"
    HTTP = "http"
    FILES = "files"


class FieldType(StrEnum):
    """How the text of an exported field reads.

    Reference:
        ``schemas/xsd/bundle.xsd``.
    """

    STRING = "string"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"  # with an offset, always UTC
    LOCAL_DATETIME = "local_datetime"  # without one, as the source holds it
    DURATION = "duration"
    BINARY = "binary"  # base64
    JSON = "json"
    ARRAY = "array"  # as a JSON array
    UUID = "uuid"
    OTHER = "other"  # as PostgreSQL prints it


class RequestState(StrEnum):
    """Where a subject request stands."""

    AWAITING_INFORMATION = "awaiting_information"  # Art. 18(3): the subject is told before a lift
    AWAITING_APPROVAL = "awaiting_approval"  # an erasure waits for a second person
    HELD = "held"  # more erasures a day than usual: a second person has to release it
    ACCEPTED = "accepted"
    RUNNING = "running"
    COMPLETED = "completed"
    NEEDS_ATTENTION = "needs_attention"
    CANCELLED = "cancelled"
    REFUSED = "refused"  # Art. 12(4)


class RefusalArticle(StrEnum):
    """On what a controller refuses to act on a request.

    Reference:
        GDPR Art. 12(4).
    """

    CANNOT_IDENTIFY = "11(2)"
    UNFOUNDED_OR_EXCESSIVE = "12(5)"
    RIGHTS_OF_OTHERS_IN_A_COPY = "15(4)"
    NO_GROUND_FOR_ERASURE = "17(1)"
    FREE_EXPRESSION = "17(3)(a)"
    LEGAL_OBLIGATION = "17(3)(b)"
    PUBLIC_HEALTH = "17(3)(c)"
    ARCHIVING_OR_RESEARCH = "17(3)(d)"
    LEGAL_CLAIMS = "17(3)(e)"
    NO_GROUND_FOR_RESTRICTION = "18(1)"
    NOT_PORTABLE = "20(1)"
    PUBLIC_TASK = "20(3)"
    RIGHTS_OF_OTHERS_IN_PORTING = "20(4)"
    RESTRICTED_BY_LAW = "23(1)"


class MisdirectedState(StrEnum):
    """Where an end user's own request stands, which is the controller's to answer."""

    RECEIVED = "received"
    HANDED_OVER = "handed_over"
    EXPIRED = "expired"  # nobody took it in time


class RestrictionGround(StrEnum):
    """Why a subject is restricted.

    Reference:
        GDPR Art. 18(1), Art. 21; seed 002, "soft delete".
    """

    ACCURACY_CONTESTED = "accuracy_contested"  # Art. 18(1)(a)
    UNLAWFUL_PROCESSING = "unlawful_processing"  # Art. 18(1)(b)
    NEEDED_FOR_CLAIMS = "needed_for_claims"  # Art. 18(1)(c)
    OBJECTION_PENDING = "objection_pending"  # Art. 18(1)(d) with Art. 21(1)
    NORMAL_FLOW = "normal_flow"  # no right: the trashcan of the learning platform


class RestrictionState(StrEnum):
    """Where a restriction stands."""

    ACTIVE = "active"
    LIFTED = "lifted"
    ERASED = "erased"  # ended by the subject's erasure
    CANCELLED = "cancelled"  # rolled back before it was complete


class HoldState(StrEnum):
    """Where a hold stands."""

    IN_FORCE = "in_force"
    ENDED = "ended"  # by a person
    EXPIRED = "expired"  # its last day is over


class HoldArticle(StrEnum):
    """What a hold, or a controller's exception, rests on.

    Reference:
        GDPR Art. 17(3)(a) to (e), 18(1)(c).
    """

    FREEDOM_OF_EXPRESSION = "17(3)(a)"
    LEGAL_OBLIGATION = "17(3)(b)"
    PUBLIC_HEALTH = "17(3)(c)"
    ARCHIVING = "17(3)(d)"
    LEGAL_CLAIMS = "17(3)(e)"
    NEEDED_BY_SUBJECT = "18(1)(c)"


class HeldBy(StrEnum):
    """Why an erasure keeps a record for now, whatever the data map says."""

    HOLD = "hold"
    EXCEPTION = "exception"  # one that the controller has set
    DEPENDENCE = "dependence"  # what is held hangs on it


class IntentState(StrEnum):
    """Whether it is known that an intent's transaction was committed."""

    OPEN = "open"
    SETTLED = "settled"


class TallyPhase(StrEnum):
    """What a tally counts."""

    PLANNED = "planned"
    DONE = "done"
    LEFT = "left"  # found by the verification


class Outcome(StrEnum):
    """What happened to a record, as a tally and a receipt say it."""

    REMOVED = "removed"
    ANONYMISED = "anonymised"
    HIDDEN = "hidden"
    KEPT = "kept"
    DEFERRED = "deferred"
    ALREADY_GONE = "already_gone"
    RESTORED = "restored"
    LEFT_CHANGED = "left_changed"  # somebody changed it meanwhile: not restored


class JobKind(StrEnum):
    """What a job is for."""

    SUBJECT_REQUEST = "subject_request"
    RE_EXAMINATION = "re_examination"  # of the controller's deferrals


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    NEEDS_ATTENTION = "needs_attention"
    CANCELLED = "cancelled"


class StepState(StrEnum):
    """Where a step of a job stands."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"


class AttentionReason(StrEnum):
    """Why a job waits for a person; it reports, and drives nothing."""

    DISK_FULL = "disk_full"
    BUNDLE_TOO_LARGE = "bundle_too_large"
    CRASHED_REPEATEDLY = "crashed_repeatedly"
    SOURCE_UNREACHABLE = "source_unreachable"
    SOURCE_DISAGREES = "source_disagrees"
    SUBJECT_NOT_FOUND = "subject_not_found"
    INTEGRITY = "integrity"
    APPROVAL_OUTDATED = "approval_outdated"
    UNEXPLAINED_RECORDS = "unexplained_records"
    INTENT_UNKNOWN = "intent_unknown"
    UPLOADS_REMAIN = "uploads_remain"
    VAULT_REMAINS = "vault_remains"


class Scope(StrEnum):
    """What an API client may do."""

    SUBJECTS_READ = "subjects:read"
    ACCESS_REQUEST = "access:request"
    BUNDLES_READ = "bundles:read"
    AUDIT_READ = "audit:read"
    RESTRICTION_REQUEST = "restriction:request"
    ERASURE_REQUEST = "erasure:request"
    DEFERRALS_READ = "deferrals:read"
    RECEIPTS_READ = "receipts:read"
    LMS_EVENTS_WRITE = "lms_events:write"
    ERASURE_APPROVE = "erasure:approve"
    HOLDS_MANAGE = "holds:manage"
    WEBHOOKS_MANAGE = "webhooks:manage"
    CONTROLLER_READ = "controller:read"
    SUPPORT = "support"  # of the processor's own staff; no client of a controller has it
    MISDIRECTED_WRITE = "misdirected_requests:write"
    MISDIRECTED_READ = "misdirected_requests:read"


class EventType(StrEnum):
    """What the outbox announces to a controller; each stands in `app/api/webhook_events.py`."""

    REQUEST_ACCEPTED = "subject_request.accepted"
    REQUEST_COMPLETED = "subject_request.completed"
    REQUEST_NEEDS_ATTENTION = "subject_request.needs_attention"
    REQUEST_CANCELLED = "subject_request.cancelled"
    RESTRICTION_APPLIED = "restriction.applied"
    RESTRICTION_LIFTED = "restriction.lifted"
    ERASURE_COMPLETED = "erasure.completed"
    BUNDLE_READY = "bundle.ready"
    BUNDLE_EXPIRED = "bundle.expired"
    BUNDLE_DOWNLOADED = "bundle.downloaded"
    RESTRICTION_AWAITING_INFORMATION = "restriction.awaiting_information"
    DEFERRALS_RELEASED = "deferrals.released"
    REQUEST_HELD = "subject_request.held"
    REQUEST_APPROVED = "subject_request.approved"
    REQUEST_REFUSED = "subject_request.refused"
    REQUEST_EXTENDED = "subject_request.extended"
    REQUEST_DUE_SOON = "subject_request.due_soon"
    REQUEST_OVERDUE = "subject_request.overdue"
    MISDIRECTED_RECEIVED = "misdirected_request.received"
    RECIPIENT_ANSWERED = "recipient.answered"
    AUDIT_CHECKPOINT = "audit.checkpoint"
    WEBHOOK_ENDPOINT_TEST = "webhook_endpoint.test"


class RecipientOutcome(StrEnum):
    """What a recipient of data has answered to what it was told.

    Reference:
        GDPR Art. 19, 28(3)(e).
    """

    DONE = "done"  # it did the same with what it holds
    NOTHING_HELD = "nothing_held"
    REFUSED = "refused"  # it will not, or need not: the reason says why


class LmsEventType(StrEnum):
    """What the learning platform tells.

    Reference:
        Seed 002, "Move the user(s) to the trashcan", "deleted when the course they belong to is".
    """

    CONTAINER_DELETED = "container.deleted"
    PERSON_DELETED = "person.deleted"
    PERSON_TRASHED = "person.trashed"
    PERSON_RESTORED = "person.restored"
