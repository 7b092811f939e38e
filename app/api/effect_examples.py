"""The examples of the documentation: restriction, lift, erasure, and what follows from them."""

from typing import Any

from app.api.examples import (
    ACCEPTED,
    COMPLETED,
    CONFIRMATION,
    RECEIPT,
    SEARCH_RESULT,
    SUBMISSION,
)

Named = dict[str, Any]
"""Examples by name, as OpenAPI lists them."""

DIGEST = str(RECEIPT["preview_digest"])
RESTRICTION_ID = "019aab31-77c0-7d19-a2a4-9c41f0b6d2e8"
_OTHER_ID = "019aab32-0b1e-7c60-8f5d-2ad94e7710c3"
_CONFIRMATIONS = [CONFIRMATION, "gAAAAABpIW4b7XoPzKd…"]
_APPROVAL: dict[str, Any] = SUBMISSION["approval"] | {
    "reference": "2026-0151",
    "reason": "The student asked to be forgotten on 19 November.",
}
_TRASHCAN_APPROVAL = _APPROVAL | {"reason": "Moved to the trashcan when the school year ended."}


def _example(summary: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"summary": summary, "value": value}


_COMES_NOW = {name: each for name, each in SUBMISSION.items() if name != "received_at"}
_RESTRICTION = _COMES_NOW | {
    "right": "restriction",
    "ground": "accuracy_contested",
    "approval": _APPROVAL | {"reason": "The student contests her grades of the autumn."},
}
_ERASURE = _COMES_NOW | {
    "right": "erasure",
    "preview_digest": DIGEST,
    "approval": _APPROVAL,
}
SUBMISSIONS: Named = {
    "access": _example("Everything held (Art. 15)", SUBMISSION),
    "portability": _example(
        "What the person provided (Art. 20)", _COMES_NOW | {"right": "portability"}
    ),
    "restriction": _example("Restrict on a ground (Art. 18)", _RESTRICTION),
    "erasure": _example("Erase what was previewed (Art. 17)", _ERASURE),
    "batch": _example(
        "Erase several persons under one preview",
        {
            "right": "erasure",
            "subjects": _CONFIRMATIONS,
            "preview_digest": DIGEST,
            "approval": _APPROVAL,
        },
    ),
}

_QUESTION = {"right": "erasure", "reason": "Erasure request 2026-0151 of 19 November"}
_EXPORT_QUESTION = {"right": "access", "reason": "Access request 2026-0117 of 9 November"}
PREVIEW_QUESTIONS: Named = {
    "erasure": _example("Erase one person", _QUESTION | {"confirmation": CONFIRMATION}),
    "access": _example(
        "Export what is held of one person", _EXPORT_QUESTION | {"confirmation": CONFIRMATION}
    ),
    "restriction": _example(
        "Restrict one person", _QUESTION | {"right": "restriction", "confirmation": CONFIRMATION}
    ),
    "batch": _example("Erase several persons", _QUESTION | {"confirmations": _CONFIRMATIONS}),
    "trashcan": _example("Empty the whole trashcan", _QUESTION | {"older_than_days": 0}),
    "listed": _example(
        "Empty the trashcan of some", _QUESTION | {"restriction_ids": [RESTRICTION_ID]}
    ),
}

PREVIEW: dict[str, Any] = {
    "right": "erasure",
    "subject_count": 1,
    "digest": DIGEST,
    "expires_at": "2026-11-23T09:20:00Z",
    "data_map_sha256": RECEIPT["data_map"]["sha256"],
    "totals": {"removed": 702, "anonymised": 214, "hidden": 0, "kept": 0, "deferred": 96},
    "lines": [
        {
            "category": "communication",
            "record_type": "message",
            "title": "Messages",
            "role": "author",
            "position": 1,
            "outcome": "anonymised",
            "because": "others still take part in the conversation",
            "article": None,
            "count": 214,
            "until": "nobody else is left in its thread",
        },
        {
            "category": "assessments",
            "record_type": "grade",
            "title": "Grades",
            "role": "assessor",
            "position": 0,
            "outcome": "deferred",
            "because": "affects the rights of the student",
            "article": None,
            "count": 96,
            "until": "the student is erased",
        },
    ],
}

EXPORT_PREVIEW: dict[str, Any] = {
    "right": "access",
    "subject_count": 1,
    "data_map_sha256": RECEIPT["data_map"]["sha256"],
    "totals": {"exported": 217},
    "lines": [
        {
            "category": "personal_information",
            "record_type": "person",
            "title": "Person",
            "outcome": "exported",
            "count": 1,
        },
        {
            "category": "communication",
            "record_type": "message",
            "title": "Messages",
            "outcome": "exported",
            "count": 216,
        },
    ],
}
PREVIEWS: Named = {
    "erasure": _example("What an erasure would do", PREVIEW),
    "access": _example("What a bundle would hold", EXPORT_PREVIEW),
}

MISTAKEN = {"reason": "Submitted for the wrong one of two students of the same name."}
CANCELLED: dict[str, Any] = ACCEPTED | {
    "state": "cancelled",
    "completed_at": "2026-11-22T09:31:04.100Z",
    "job": {"state": "cancelled", "attempts": 0, "steps": []},
}
BEING_CANCELLED: dict[str, Any] = ACCEPTED | {
    "right": "restriction",
    "state": "running",
    "ground": "accuracy_contested",
    "restriction_id": RESTRICTION_ID,
    "is_being_cancelled": True,
    "job": {"state": "running", "attempts": 1, "steps": []},
}

INFORMED = {"informed_at": "2026-11-22T09:00:00Z", "how": "By letter"}
OVERRIDDEN = {"override_reason": "The address is unknown and the person has no e-mail address."}
LIFT_ACCEPTED: dict[str, Any] = ACCEPTED | {
    "right": "restriction_lift",
    "restriction_id": RESTRICTION_ID,
}
LIFT_WAITING: dict[str, Any] = LIFT_ACCEPTED | {"state": "awaiting_information", "job": None}
_LIFT = {"approval": _APPROVAL | {"reason": "The grades have been looked at again."}}
LIFTS: Named = {
    "informed": _example("The person was told", _LIFT | {"information": INFORMED}),
    "waiting": _example("The person is still to be told", _LIFT),
    "overridden": _example(
        "It does not wait until the person is told", _LIFT | {"information": OVERRIDDEN}
    ),
}

RESTRICTION: dict[str, Any] = {
    "id": RESTRICTION_ID,
    "subject_request_id": COMPLETED["id"],
    "ground": "normal_flow",
    "state": "active",
    "subject": SEARCH_RESULT["candidates"][0]["display"],
    "created_at": "2026-04-11T08:12:44.019Z",
    "ended_at": None,
    "age_days": 225,
    "record_count": 871,
}
RESTRICTIONS: dict[str, Any] = {"items": [RESTRICTION], "next_cursor": None}
EMPTYINGS: Named = {
    "aged": _example(
        "All who are in it",
        {
            "older_than_days": 0,
            "preview_digest": DIGEST,
            "approval": _TRASHCAN_APPROVAL,
        },
    ),
    "listed": _example(
        "Some of them",
        {
            "restriction_ids": [RESTRICTION_ID, _OTHER_ID],
            "preview_digest": DIGEST,
            "approval": _TRASHCAN_APPROVAL,
        },
    ),
}
_ERASURE_ACCEPTED: dict[str, Any] = ACCEPTED | {
    "right": "erasure",
    "preview_digest": DIGEST,
    "restriction_id": RESTRICTION_ID,
}
EMPTIED: dict[str, Any] = {
    "items": [
        {
            "restriction_id": RESTRICTION_ID,
            "status": 202,
            "subject_request": _ERASURE_ACCEPTED,
            "problem": None,
        },
        {
            "restriction_id": _OTHER_ID,
            "status": 409,
            "subject_request": None,
            "problem": {
                "type": "/problems/not-restricted",
                "title": "There is no such restriction in force",
                "status": 409,
                "detail": "This restriction has been lifted, cancelled or ended by an erasure.",
                "instance": "urn:uuid:6d2b5f5e-1f6a-4a39-9f57-0d3d1f6f3c0b",
                "errors": [],
            },
        },
    ]
}

DEFERRALS: dict[str, Any] = {
    "items": [
        {
            "id": "019aab3e-0c4f-7a2c-9b81-5fd0a3c1e6b7",
            "category": "communication",
            "record_type": "message",
            "title": "Messages",
            "role": "author",
            "position": 1,
            "because": "others still take part in the conversation",
            "until": "nobody else is left in its thread",
            "then": "delete",
            "since": "2026-11-22T10:02:41.101Z",
            "container": {"thread_id": "1204"},
            "released_by": ["person.deleted"],
        },
        {
            "id": "019aab3e-0c4f-7a2c-9b81-5fd0a3c1e6b8",
            "category": "assessments",
            "record_type": "grade",
            "title": "Grades",
            "role": "assessor",
            "position": 0,
            "because": "affects the rights of the student",
            "until": "the student is erased",
            "then": "delete",
            "since": "2026-11-22T10:02:41.101Z",
            "container": {},
            "released_by": ["person.deleted"],
        },
    ],
    "next_cursor": None,
}

_MOVED = {"moved_by": "Kari Holm", "moved_at": "2026-11-22T09:15:00Z", "reference": "SIS-88412"}
EVENTS: Named = {
    "course": _example(
        "A course was deleted", {"type": "container.deleted", "table": "course", "key": "201"}
    ),
    "person": _example("A person was deleted", {"type": "person.deleted", "subject_key": "10009"}),
    "trashed": _example(
        "A person was moved to the trashcan",
        _MOVED | {"type": "person.trashed", "identifier": "username", "value": "linsjo10010"},
    ),
    "restored": _example(
        "A person was taken out of the trashcan",
        _MOVED | {"type": "person.restored", "subject_key": "10010"},
    ),
}
EVENT_RESULT = {"is_re_examined": True, "subject_request_ids": []}
