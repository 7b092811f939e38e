"""The examples of the documentation: one case, from the search to the bundle."""

from typing import Any

CONFIRMATION = "gAAAAABpIW3n0Q6mJxJ…"

SEARCH: dict[str, Any] = {
    "identifier": "full_name",
    "value": "Linnéa Sjöberg",
    "reason": "Access request 2026-0147 of 19 November",
}


def _candidate(email: str) -> dict[str, Any]:
    return {
        "display": {
            "full_name": "Linnéa Sjöberg",
            "email": email,
            "role": "student",
            "school": "North School",
        },
        "confirmation": CONFIRMATION,
        "expires_at": "2026-11-22T10:00:00Z",
    }


SEARCH_RESULT: dict[str, Any] = {
    "candidates": [
        _candidate("linnea.sjoberg@north.example"),
        _candidate("linnea.sjoberg2@north.example"),
    ],
    "is_complete": True,
    "hint": "More than one person matches. Compare what is shown with the case before you go on.",
}

SUBMISSION: dict[str, Any] = {
    "right": "access",
    "confirmation": CONFIRMATION,
    "approval": {
        "approved_by": "Kari Holm, data protection officer",
        "approved_at": "2026-11-22T09:15:00Z",
        "reference": "2026-0147",
        "reason": "The student asked for a copy of her data on 19 November.",
    },
    "received_at": "2026-11-19T08:00:00Z",
}

_REQUEST_ID = "019aab2c-5e10-7c44-8a51-3f0c7d1b9e20"
BUNDLE_ID = "019aab2c-6a97-7e0d-9b1f-52d1a0c4f7aa"

_SUMMARY: dict[str, Any] = {
    "id": _REQUEST_ID,
    "right": "access",
    "state": "completed",
    "subject": SEARCH_RESULT["candidates"][0]["display"],
    "received_at": "2026-11-19T08:00:00Z",
    "accepted_at": "2026-11-22T09:31:02.115Z",
    "completed_at": "2026-11-22T09:31:02.204Z",
    "bundle_id": BUNDLE_ID,
}

COMPLETED: dict[str, Any] = _SUMMARY | {
    "approval": SUBMISSION["approval"],
    "job": {
        "state": "completed",
        "attempts": 1,
        "steps": [
            {
                "name": "message",
                "title": "Messages",
                "state": "completed",
                "record_count": 214,
                "started_at": "2026-11-22T09:31:02.140Z",
                "finished_at": "2026-11-22T09:31:02.151Z",
            }
        ],
    },
    "attention": None,
}

ACCEPTED: dict[str, Any] = COMPLETED | {
    "state": "accepted",
    "completed_at": None,
    "bundle_id": None,
    "job": {"state": "queued", "attempts": 0, "steps": []},
}

PAGE: dict[str, Any] = {"items": [_SUMMARY], "next_cursor": None}

_PARTS = {
    "content": ("content", "application/zip", 48_211),
    "preview": ("preview", "text/html", 20_480),
    "data": ("data.xml", "application/xml", 181_322),
}

BUNDLE: dict[str, Any] = {
    "id": BUNDLE_ID,
    "subject_request_id": _REQUEST_ID,
    "created_at": "2026-11-22T09:31:02.200Z",
    "expires_at": "2026-12-22T09:31:02.200Z",
    "record_count": 1_038,
    "file_count": 4,
    "missing_file_count": 0,
    "replaced_characters": 0,
} | {
    name: {
        "url": f"/v1/bundles/{BUNDLE_ID}/{path}",
        "media_type": media_type,
        "size_bytes": size,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    }
    for name, (path, media_type, size) in _PARTS.items()
}
