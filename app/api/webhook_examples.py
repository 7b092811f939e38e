"""The examples of the documentation: webhook endpoints and what is delivered to them."""

from typing import Any

from app.api.examples import COMPLETED

ENDPOINT_ID = "01a20330-8d64-7c43-9a0e-51a8cf1d2b77"

ENDPOINT: dict[str, Any] = {
    "id": ENDPOINT_ID,
    "url": "https://school.example/habeas",
    "event_types": ["bundle.ready", "subject_request.needs_attention"],
    "state": "active",
    "disabled_because": None,
    "keys": [
        {
            "public_key": "whpk_Nk9TS0dCQmZtWkpKVE9nUFVrZ1hSdGVQd1hCbU5hQmQ=",
            "created_at": "2026-11-22T09:30:00.102Z",
            "expires_at": None,
        }
    ],
    "created_at": "2026-11-22T09:30:00.102Z",
}
ISSUED: dict[str, Any] = ENDPOINT | {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwq1cZc0Zz3u0="}
ENDPOINTS: dict[str, Any] = {"items": [ENDPOINT], "next_cursor": None}
DISABLED: dict[str, Any] = ENDPOINT | {"state": "disabled", "disabled_because": "requested"}

REGISTRATIONS: dict[str, Any] = {
    "some": {
        "summary": "Be told of some events",
        "value": {"url": ENDPOINT["url"], "event_types": ENDPOINT["event_types"]},
    },
    "all": {"summary": "Be told of everything", "value": {"url": ENDPOINT["url"]}},
}
CHANGES: dict[str, Any] = {
    "enable": {"summary": "Enable it again", "value": {"state": "active"}},
    "disable": {"summary": "Send nothing more", "value": {"state": "disabled"}},
    "move": {"summary": "Move it", "value": {"url": "https://school.example/new"}},
    "widen": {"summary": "Be told of everything", "value": {"event_types": None}},
}
ROTATIONS: dict[str, Any] = {
    "overlap": {"summary": "Both sign for a day", "value": {"overlap_hours": 24}},
    "at once": {"summary": "The former has become known", "value": {"overlap_hours": 0}},
}
REPLAYS: dict[str, Any] = {
    "since": {"summary": "Of the last days", "value": {"since": "2026-11-19T00:00:00Z"}}
}
REPLAYED: dict[str, Any] = {"count": 17}

DELIVERY: dict[str, Any] = {
    "id": "01a20331-5be1-7c07-8a3f-4a5e3f1f7d92",
    "endpoint_id": ENDPOINT_ID,
    "event_type": "bundle.ready",
    "subject_request_id": COMPLETED["id"],
    "data": {"bundle_id": COMPLETED["bundle_id"]},
    "occurred_at": "2026-11-22T09:31:02.418Z",
    "state": "pending",
    "attempts": 2,
    "next_attempt_at": "2026-11-22T09:36:08.020Z",
    "last_attempt_at": "2026-11-22T09:31:08.011Z",
    "last_failure": "status",
    "last_status": 503,
    "delivered_at": None,
}
DELIVERIES: dict[str, Any] = {"items": [DELIVERY], "next_cursor": None}
TEST: dict[str, Any] = DELIVERY | {
    "event_type": "webhook_endpoint.test",
    "subject_request_id": None,
    "data": {},
    "attempts": 0,
    "next_attempt_at": "2026-11-22T09:31:02.418Z",
    "last_attempt_at": None,
    "last_failure": None,
    "last_status": None,
}
