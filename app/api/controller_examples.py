"""The examples of the documentation: a school is taken on, and helped once."""

from typing import Any

CONTROLLER_ID = "019a9c10-7d3e-7a52-9e44-1f6b8c2d5a03"
_VERSION_ID = "019a9c11-02b7-7d13-8f60-6b1e0b0c2d71"
_CLIENT_ID = "019a9c12-5a40-7c9e-b1d8-93a4c6f0e812"
_SUPPORT_ID = "019a9b00-1c2d-7e3f-8a4b-5c6d7e8f9a0b"

_DOCUMENT = """\
habeas: 1
name: school
automated_decisions: none
sources: {lms: {kind: sql, url: "${CAMPUS_DATABASE_URL}"}}
subject:
  source: lms
  table: person
  key: id
  controller: institution_id
  identifiers: {email: {column: email, ignore_case: true}}
  display: [full_name, email, school]
purposes:
  teaching: {text: To teach you, lawful_basis: public_task}
  assessment: {text: To assess your work, lawful_basis: public_task}
record_types:
  message:
    category: communication
    title: Messages
    table: message
    purposes: [teaching]
    retention: P3Y
    fields: {body: {title: Text, provided_by_subject: true}, sent_at: {title: Sent}}
    roles: {author: {column: sender_id}}
  grade:
    category: assessments
    title: Grades
    table: grade
    purposes: [assessment]
    retention: P5Y
    fields: {grade: {title: Grade}, given_at: {title: Given}}
    roles: {student: {column: student_id}}
"""

NEW_CONTROLLER: dict[str, Any] = {"name": "North School", "key_in_lms": "103"}
CHANGE: dict[str, Any] = NEW_CONTROLLER | {"data_map_version_id": _VERSION_ID}
UNBOUND_CHANGE: dict[str, Any] = NEW_CONTROLLER
CREATED: dict[str, Any] = {
    "id": CONTROLLER_ID,
    "name": "North School",
    "key_in_lms": "103",
    "data_map_version_id": None,
    "is_enabled": False,
    "enablement": None,
    "created_at": "2026-11-19T08:00:00Z",
}
CONTROLLER: dict[str, Any] = CREATED | {
    "data_map_version_id": _VERSION_ID,
    "is_enabled": True,
    "enablement": {
        "enabled_at": "2026-11-19T08:20:00Z",
        "ends_at": None,
        "reference": "S-2026-881",
    },
}
CONTROLLERS: dict[str, Any] = {"items": [CONTROLLER], "next_cursor": None}
ENABLE: dict[str, Any] = {
    "is_enabled": True,
    "reason": "The data processing agreement is signed; the school named its two administrators.",
    "reference": "S-2026-881",
}
DISABLE: dict[str, Any] = {
    "is_enabled": False,
    "reason": "The school leaves the platform at the end of the term.",
    "reference": "S-2026-902",
}
SETTINGS: dict[str, Any] = {
    "legal_name": "North School, Hagastad Municipality",
    "contact": "privacy@north.example",
    "data_protection_officer": "dpo@hagastad.example",
    "supervisory_authority": "The data protection authority of your country",
    "enabled_rights": ["access", "portability", "restriction", "erasure"],
    "two_person_erasure": True,
    "volume_brake": {"daily_limit": 50},
    "deadline_calendar": "SE",
    "request_retention_days": 1826,
    "erasure_exceptions": [
        {
            "category": "assessments",
            "article": "b",
            "reason": "Grades are kept for five years by the Education Act.",
            "ends_on": "2099-06-30",
        }
    ],
}
NEW_CLIENT: dict[str, Any] = {
    "name": "School portal",
    "scopes": ["subjects:read", "access:request", "bundles:read", "controller:read"],
    "allowed_networks": ["192.0.2.0/24"],
}
CLIENT: dict[str, Any] = NEW_CLIENT | {
    "id": _CLIENT_ID,
    "expires_at": "2027-11-19T00:00:00Z",
    "issuer_client_id": None,
    "former_key_until": None,
    "revoked_at": None,
}
CLIENTS: dict[str, Any] = {"items": [CLIENT]}
ISSUED: dict[str, Any] = CLIENT | {
    "api_key": "habeas_019a9c125a407c9eb1d893a4c6f0e812_ThSo2ZTcQKNB8URK7GHNO2kqAbs9gDJSA4EgSVMMxq5_…"
}
ROTATION: dict[str, Any] = {
    "reason": "The program moves to another machine.",
}
ROTATED: dict[str, Any] = ISSUED | {"former_key_until": "2026-11-19T08:31:00Z"}
REVOCATION: dict[str, Any] = {"reason": "The key was sent by e-mail by mistake."}
NEW_GRANT: dict[str, Any] = {
    "reason": "The school asks us to look why its export of yesterday needs attention.",
    "reference": "S-2026-940",
    "scopes": ["access:request", "bundles:read"],
}
GRANT: dict[str, Any] = {
    "id": "019aab2c-5e10-7c44-8a51-3f0c7d1b9e20",
    "granted_to": _SUPPORT_ID,
    "scopes": NEW_GRANT["scopes"],
    "reference": "S-2026-940",
    "created_at": "2026-11-22T09:30:00Z",
    "ends_at": "2026-11-22T12:00:00Z",
    "ended_at": None,
}
GRANTS: dict[str, Any] = {"items": [GRANT]}
GRANT_ENDING: dict[str, Any] = {"reason": "The cause is found and mended."}
NEW_DATA_MAP: dict[str, Any] = {
    "controller_id": CONTROLLER_ID,
    "document": _DOCUMENT,
    "reason": "First publication for North School.",
}
DATA_MAP: dict[str, Any] = {
    "id": _VERSION_ID,
    "controller_id": CONTROLLER_ID,
    "name": "school",
    "sha256": "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    "published_at": "2026-11-19T08:10:00Z",
    "is_bound": True,
}
DATA_MAPS: dict[str, Any] = {"items": [DATA_MAP]}


def one(summary: str, value: dict[str, Any]) -> dict[str, Any]:
    """Give the one example of a body."""
    return {"one": {"summary": summary, "value": value}}
