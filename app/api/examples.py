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
            "school": "Granskolan",
        },
        "confirmation": CONFIRMATION,
        "expires_at": "2026-11-22T10:00:00Z",
    }


SEARCH_RESULT: dict[str, Any] = {
    "candidates": [
        _candidate("linnea.sjoberg8@granskolan.hagastad.example"),
        _candidate("linnea.sjoberg10@granskolan.hagastad.example"),
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
_RECEIPT_ID = "019aab2c-6a9b-7d10-8e4f-0c9b3a7d5e21"

_SUMMARY: dict[str, Any] = {
    "id": _REQUEST_ID,
    "right": "access",
    "state": "completed",
    "subject": SEARCH_RESULT["candidates"][0]["display"],
    "received_at": "2026-11-19T08:00:00Z",
    "accepted_at": "2026-11-22T09:31:02.115Z",
    "completed_at": "2026-11-22T09:31:02.204Z",
    "bundle_id": BUNDLE_ID,
    "receipt_id": _RECEIPT_ID,
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
    "receipt_id": None,
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

_FROM_MESSAGES: dict[str, Any] = {
    "category": "communication",
    "record_type": "message",
    "title": "Messages",
    "role": "author",
    "position": 1,
    "because": "others still take part in the conversation",
}
_FROM_GRADES: dict[str, Any] = {
    "category": "assessments",
    "record_type": "grade",
    "title": "Grades",
    "role": "assessor",
    "position": 0,
    "because": "affects the rights of the student",
}

RECEIPT: dict[str, Any] = {
    "format": "habeas-receipt",
    "version": 1,
    "id": "019aab3e-0c52-7f31-a4b8-6d0e2f9b7c15",
    "subject_request_id": "019aab3d-f4a0-7b9e-8c21-0b7d5e3a9f44",
    "right": "erasure",
    "controller": {"id": "019a9c10-7d3e-7a52-9e44-1f6b8c2d5a03", "name": "North School"},
    "data_map": {
        "name": "campus",
        "sha256": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    },
    "subject_digest": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
    "received_at": "2026-11-19T08:00:00Z",
    "completed_at": "2026-11-22T10:02:41.318000Z",
    "approval": {"approved_at": "2026-11-22T09:15:00Z", "reference": "2026-0151"},
    "preview_digest": "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9",
    "lines": [
        _FROM_MESSAGES | {"outcome": "anonymised", "previewed": 214, "done": 214},
        _FROM_GRADES | {"outcome": "deferred", "previewed": 96, "done": 97},
    ],
    "left": [
        _FROM_GRADES | {"outcome": "deferred", "count": 97, "until": "the student is erased"},
    ],
    "uploads": {"removed": 3, "missing": 0},
    "verification": {"passes": 1, "verified_at": "2026-11-22T10:02:41.290000Z"},
    "tallies": "exact",
}

EXPORT_RECEIPT: dict[str, Any] = {
    name: RECEIPT[name]
    for name in ("format", "version", "controller", "data_map", "subject_digest", "tallies")
} | {
    "id": _RECEIPT_ID,
    "subject_request_id": _REQUEST_ID,
    "right": "access",
    "received_at": "2026-11-19T08:00:00Z",
    "completed_at": "2026-11-22T09:31:02.204000Z",
    "approval": {"approved_at": "2026-11-22T09:15:00Z", "reference": "2026-0147"},
    "lines": [],
    "left": [],
    "bundle": {
        "id": BUNDLE_ID,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "size_bytes": 48_211,
        "expires_at": "2026-12-22T09:31:02.201000Z",
        "records": [
            {
                "category": "communication",
                "record_type": "message",
                "title": "Messages",
                "count": 214,
                "withheld": 97,
                "files": 3,
                "missing_files": 1,
            }
        ],
    },
}

RECEIPTS: dict[str, Any] = {
    "erasure": {"summary": "Of an erasure", "value": RECEIPT},
    "access": {"summary": "Of a bundle", "value": EXPORT_RECEIPT},
}
_RECEIPT_URL = f"/v1/receipts/{RECEIPT['id']}"

SIGNED_RECEIPT: dict[str, Any] = {
    "id": RECEIPT["id"],
    "subject_request_id": RECEIPT["subject_request_id"],
    "created_at": RECEIPT["completed_at"],
    "key_id": "k3f9a01c2",
    "json_form": {
        "url": f"{_RECEIPT_URL}/receipt.json",
        "media_type": "application/json",
        "text": '{"approval":{"approved_at":"2026-11-22T09:15:00Z", …',
        "signature": "kGf0T3xZ…",
    },
    "xml_form": {
        "url": f"{_RECEIPT_URL}/receipt.xml",
        "media_type": "application/xml",
        "text": '<?xml version="1.0" encoding="utf-8"?>\n<receipt …',
        "signature": "kGf0T3xZ…",
    },
}

RECEIPT_KEYS: dict[str, Any] = {
    "keys": [
        {
            "id": "k3f9a01c2",
            "is_active": True,
            "algorithm": "Ed25519",
            "hex": "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "pem": "-----BEGIN PUBLIC KEY-----\n"
            "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
            "-----END PUBLIC KEY-----\n",
        }
    ]
}

DOWNLOAD_LINK: dict[str, Any] = {
    "id": "019aab2c-7f10-7d55-9c3e-6a1f0b2c4d88",
    "path": "/d/q3J5s9…",
    "expires_at": "2026-11-22T10:00:00Z",
}
