"""The examples of the documentation: second persons, deadlines, refusals, misdirected requests."""

from typing import Any

from app.api.effect_examples import CANCELLED, DIGEST, LIFT_WAITING
from app.api.examples import ACCEPTED

BATCH_ID = "019aab40-1c2e-7d3f-8a60-55e0f1c7b2d4"
MISDIRECTED_ID = "019aab51-9e04-7a1b-b7c3-0d2e4f6a8b1c"

APPROVAL = {"reason": "The case is complete, and nothing else was asked for."}
_ERASURE: dict[str, Any] = ACCEPTED | {
    "right": "erasure",
    "preview_digest": DIGEST,
    "batch_id": BATCH_ID,
    "due_at": "2026-12-21T23:00:00Z",
}
APPROVED: dict[str, Any] = _ERASURE | {"second_approved_at": "2026-11-22T11:05:09.412Z"}
APPROVED_BATCH: dict[str, Any] = {
    "items": [{"status": 202, "subject_request": APPROVED, "problem": None}]
}

REFUSAL = {"article": "17(3)(b)", "reason": "Final grades are kept for fifty years by law."}
REFUSED: dict[str, Any] = {
    "subject_request": CANCELLED
    | {"right": "erasure", "state": "refused", "job": None, "refusal_article": "17(3)(b)"},
    "owed": {
        "until": "2026-12-21T23:00:00Z",
        "reasons": "The data is needed for a legal obligation or a task in the public interest. "
        "(Art. 17(3)(b))",
        "complaint": "You may lodge a complaint with a supervisory authority (Art. 77).",
        "supervisory_authority": "Datatilsynet, Oslo",
        "judicial_remedy": "You may seek a judicial remedy (Art. 79).",
    },
}

EXTENSION = {
    "months": 2,
    "reason": "Four other requests of the family came in the same week.",
    "how": "By letter",
}
EXTENDED: dict[str, Any] = _ERASURE | {
    "state": "awaiting_approval",
    "job": None,
    "extended_months": 2,
    "due_at": "2027-02-19T23:00:00Z",
}
DOUBT = {"reason": "The letter bears no signature; a copy of it was asked for."}
DOUBTED: dict[str, Any] = LIFT_WAITING | {
    "due_at": None,
    "identity_doubted_at": "2026-11-22T12:00:00Z",
}
CLEARED_REASON = {"reason": "The person came with an identity card."}
CLEARED: dict[str, Any] = LIFT_WAITING | {"due_at": "2026-12-22T23:00:00Z"}

MISDIRECTED = {
    "message": "Please tell me everything that you hold about my daughter.",
    "contact": "parent@home.example",
    "received_at": "2026-11-19T08:00:00Z",
}
MISDIRECTED_SUMMARY: dict[str, Any] = {
    "id": MISDIRECTED_ID,
    "state": "received",
    "received_at": "2026-11-19T08:00:00Z",
    "taken_at": "2026-11-22T09:40:00.271Z",
    "expires_at": "2027-02-20T09:40:00.271Z",
    "ended_at": None,
}
MISDIRECTED_PAGE: dict[str, Any] = {"items": [MISDIRECTED_SUMMARY], "next_cursor": None}
MISDIRECTED_READ: dict[str, Any] = MISDIRECTED_SUMMARY | {
    "message": MISDIRECTED["message"],
    "contact": MISDIRECTED["contact"],
}
HANDOVER = {"reason": "Answered by the school under 2026-0163."}
HANDED_OVER: dict[str, Any] = MISDIRECTED_SUMMARY | {
    "state": "handed_over",
    "ended_at": "2026-11-22T13:12:45.902Z",
}
