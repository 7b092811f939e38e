"""Every event that is announced, with an example: the section `webhooks` of the OpenAPI document.

Reference:
    OpenAPI 3.1, 4.8.1.1; Standard Webhooks.
"""

from dataclasses import dataclass
from typing import Any

from app.api.effect_examples import RESTRICTION_ID
from app.api.examples import COMPLETED, RECEIPT
from schemas.vocabulary import EventType
from schemas.webhooks import WebhookMessage

_REQUEST = {"subject_request_id": COMPLETED["id"]}
_BUNDLE = {"bundle_id": COMPLETED["bundle_id"]}
_RECEIPT = {"receipt_id": RECEIPT["id"]}
_RESTRICTION = {"restriction_id": RESTRICTION_ID}


@dataclass(frozen=True, slots=True)
class AnnouncedEvent:
    """What an event says.

    Attributes:
        meaning: When it is sent, in a sentence.
        data: An example of what it carries.
    """

    meaning: str
    data: dict[str, Any]


EVENTS: dict[EventType, AnnouncedEvent] = {
    EventType.REQUEST_ACCEPTED: AnnouncedEvent(
        "A subject request was accepted.", _REQUEST | {"right": "access"}
    ),
    EventType.REQUEST_HELD: AnnouncedEvent(
        "A subject request waits until a second person approves it or lets it go on.",
        _REQUEST | {"right": "erasure", "state": "awaiting_approval"},
    ),
    EventType.REQUEST_APPROVED: AnnouncedEvent(
        "A second person approved a subject request; it goes on.",
        _REQUEST | {"right": "erasure", "state": "accepted"},
    ),
    EventType.REQUEST_REFUSED: AnnouncedEvent(
        "A subject request was refused.", _REQUEST | {"right": "erasure", "article": "17(3)(b)"}
    ),
    EventType.REQUEST_EXTENDED: AnnouncedEvent(
        "The time for a subject request was extended; the person has to be told why (Art. 12(3)).",
        _REQUEST | {"months": 2, "due_at": "2027-03-22T09:31:02.418Z"},
    ),
    EventType.REQUEST_DUE_SOON: AnnouncedEvent(
        "A subject request must soon have been answered.",
        _REQUEST | {"due_at": "2026-12-22T09:31:02.418Z"},
    ),
    EventType.REQUEST_OVERDUE: AnnouncedEvent(
        "A subject request should have been answered by now.",
        _REQUEST | {"due_at": "2026-12-22T09:31:02.418Z"},
    ),
    EventType.REQUEST_COMPLETED: AnnouncedEvent(
        "A subject request is completed: its receipt can be read, and its bundle if it has one.",
        _REQUEST | _BUNDLE | _RECEIPT,
    ),
    EventType.REQUEST_NEEDS_ATTENTION: AnnouncedEvent(
        "A subject request cannot go on until a person has done something about it.",
        _REQUEST | {"reason": "source_unreachable"},
    ),
    EventType.REQUEST_CANCELLED: AnnouncedEvent(
        "A subject request was called off, and what it had done is read back.", _REQUEST
    ),
    EventType.BUNDLE_READY: AnnouncedEvent(
        "A bundle and its receipt can be read.", _REQUEST | _BUNDLE | _RECEIPT
    ),
    EventType.BUNDLE_DOWNLOADED: AnnouncedEvent(
        "A bundle, or a part of it, was read.", _REQUEST | _BUNDLE | {"part": "content"}
    ),
    EventType.BUNDLE_EXPIRED: AnnouncedEvent(
        "A bundle has expired and cannot be read any more.", _REQUEST | _BUNDLE
    ),
    EventType.RESTRICTION_APPLIED: AnnouncedEvent(
        "A person is restricted.", _REQUEST | _RESTRICTION | _RECEIPT
    ),
    EventType.RESTRICTION_AWAITING_INFORMATION: AnnouncedEvent(
        "A restriction is to be lifted, and the person has to be told before (Art. 18(3)). Tell them, "
        "then record it with `POST /v1/subject-requests/{id}/information`.",
        _REQUEST | _RESTRICTION,
    ),
    EventType.RESTRICTION_LIFTED: AnnouncedEvent(
        "A restriction was lifted. `is_subject_informed` says whether it was recorded that the person "
        "was told before (Art. 18(3)); otherwise a reason why not was.",
        _REQUEST | _RESTRICTION | {"is_subject_informed": True} | _RECEIPT,
    ),
    EventType.ERASURE_COMPLETED: AnnouncedEvent(
        "A person is erased, and that was verified.", _REQUEST | _RECEIPT
    ),
    EventType.DEFERRALS_RELEASED: AnnouncedEvent(
        "Records that were kept after erasures were released, since nothing they waited for is left.",
        {"record_count": 12},
    ),
    EventType.MISDIRECTED_RECEIVED: AnnouncedEvent(
        "An end user sent a request to the one who runs the platform. It is yours: read it and take it over.",
        {"misdirected_request_id": "01a20330-5c1e-7b55-9a3e-4f0d8c6e2b11"},
    ),
    EventType.RECIPIENT_ANSWERED: AnnouncedEvent(
        "It was recorded what a recipient or sub-processor answered that was told of a subject request "
        "(Art. 19).",
        _REQUEST | {"recipient": "plagiarism_checker", "outcome": "done"},
    ),
    EventType.AUDIT_CHECKPOINT: AnnouncedEvent(
        "A signed checkpoint of the audit trail. Keep it: a trail that was changed or cut since does "
        "not fit it.",
        {
            "sequence": 1042,
            "hash": "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a",
            "note": "habeas/01a20327-efc3-7228-ae34-b05eb9df2571\n1042\nn2SnR+G5…\n\n— habeas …\n",
        },
    ),
    EventType.WEBHOOK_ENDPOINT_TEST: AnnouncedEvent(
        "Somebody tests the endpoint. It is sent to that endpoint only, whatever its `event_types`.",
        {},
    ),
}
"""By type, in the order of what happens to a subject request."""

_ID = "The id of the delivery, the same on every attempt: what was seen before can be dropped."
_TIMESTAMP = (
    "When this attempt was made, in seconds since 1970. Drop what is older than five minutes."
)
_SIGNATURE = """\
Signatures, separated by blanks: `v1,` is HMAC-SHA256 by the secret `whsec_…`, `v1a,` Ed25519 by the
public key `whpk_…`, each over `id.timestamp.body`. While the secret is being rotated there are two
of each; one that verifies is enough."""
_HEADERS = {
    "webhook-id": (_ID, "01a20331-5be1-7c07-8a3f-4a5e3f1f7d92"),
    "webhook-timestamp": (_TIMESTAMP, "1795340000"),
    "webhook-signature": (
        _SIGNATURE,
        "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4= v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/…",
    ),
}

_ANSWERS = {
    "2XX": ("webhook-taken", "It was taken. Answer within 20 seconds, and work on it afterwards."),
    "410": ("webhook-gone", "The endpoint is disabled."),
    "default": (
        "webhook-failed",
        "It is sent again after 5 seconds, then over three days. `Retry-After` is heard.",
    ),
}


def webhooks() -> dict[str, Any]:
    """Write the section: one entry an event."""
    return {str(event_type): {"post": _operation(event_type)} for event_type in EVENTS}


def components() -> dict[str, dict[str, Any]]:
    """Write what the entries share, by the kind of component."""
    headers = {
        name: {
            "name": name,
            "in": "header",
            "required": True,
            "description": meaning,
            "schema": {"type": "string"},
            "example": value,
        }
        for name, (meaning, value) in _HEADERS.items()
    }
    answers = {name: {"description": meaning} for name, meaning in _ANSWERS.values()}
    return {"parameters": headers, "responses": answers}


def _operation(event_type: EventType) -> dict[str, Any]:
    announced = EVENTS[event_type]
    example = {
        "type": str(event_type),
        "timestamp": "2026-11-22T09:31:02.418215Z",
        "data": announced.data,
    }
    return {
        "operationId": f"on_{event_type.replace('.', '_')}",
        "summary": str(event_type),
        "description": announced.meaning,
        "parameters": [_shared("parameters", name) for name in _HEADERS],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": _shared("schemas", WebhookMessage.__name__),
                    "example": example,
                }
            },
        },
        "responses": {status: _shared("responses", name) for status, (name, _) in _ANSWERS.items()},
    }


def _shared(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}
