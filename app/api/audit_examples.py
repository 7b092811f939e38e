"""Worked examples of the audit trail."""

from typing import Any

_HASH = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
_SUBJECT = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
_ORIGIN = "habeas/audit/019a9c10-7d3e-7a52-9e44-1f6b8c2d5a03"
_REQUEST = "019aab3d-f4a0-7b9e-8c21-0b7d5e3a9f44"
_CLIENT = "019a9c11-0aad-765a-9068-240eb1b5e8e7"

ENTRIES: dict[str, Any] = {
    "items": [
        {
            "sequence": 42,
            "at": "2026-11-22T10:02:41.318000Z",
            "action": "subject_request.accepted",
            "client_id": _CLIENT,
            "acting_person_digest": None,
            "subject_request_id": _REQUEST,
            "subject_digest": _SUBJECT,
            "details": {
                "right": "erasure",
                "data_map_version": "019a9c12-0275-71fd-a04b-517729280785",
            },
            "texts": {"reason": None, "reference": "2026-0151", "approved_by": "Kari Holm"},
            "hash": _HASH,
        }
    ],
    "next_cursor": None,
}

SEARCHES: dict[str, Any] = {
    "person": {
        "summary": "What did this administrator do?",
        "value": {"acting_person": "Kari Holm", "reason": "Yearly review"},
    },
    "subject": {
        "summary": "What was done about this person?",
        "value": {
            "confirmation": "gAAAAABpIZ5l3mZc…",
            "reason": "The person asks who has looked at the records.",
        },
    },
}

CHECKPOINT: dict[str, Any] = {
    "sequence": 42,
    "hash": _HASH,
    "key_id": "k3f9a01c2",
    "verifier_key": f"{_ORIGIN}+1f0a2b3c+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
    "note": f"{_ORIGIN}\n42\nX3C/GKCGAHAW6UiwSu07ghA6Nr6kF1W2zd+vEKzjxu8=\n\n— {_ORIGIN} HworPGtG…\n",
    "created_at": "2026-11-22T10:47:00.118000Z",
}

CHECKPOINTS: dict[str, Any] = {"items": [CHECKPOINT], "next_cursor": None}

VERIFICATION: dict[str, Any] = {
    "is_whole": True,
    "entry_count": 42,
    "first_broken_sequence": None,
    "reason": None,
    "checkpoint_count": 3,
    "unknown_checkpoint_count": 0,
    "text_count": 17,
    "unopened_text_count": 0,
    "erased_text_count": 4,
}

EXPORTS = {
    "application/jsonl": (
        f'{{"type": "trail", "version": 1, "origin": "{_ORIGIN}", "is_whole": true, …}}\n'
        f'{{"type": "checkpoint", "note": "{_ORIGIN}\\n42\\nX3C/GKCG…"}}\n'
        f'{{"type": "entry", "hash": "{_HASH}", "sequence": 1, "action": "controller.created", …}}\n'
    ),
    "text/csv": (
        "sequence,at,action,client_id,acting_person_digest,subject_request_id,subject_digest,"
        "details,hash\r\n"
        f"1,2026-11-02T08:00:00.000000+00:00,controller.created,,,,,{{}},{_HASH}\r\n"
    ),
}
"""What an exported trail looks like, by media type."""
