"""The examples of the documentation: holds."""

from typing import Any

from app.api.examples import CONFIRMATION, SEARCH_RESULT

Named = dict[str, Any]
"""Examples by name, as OpenAPI lists them."""


def _example(summary: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"summary": summary, "value": value}


_CLAIM: dict[str, Any] = {
    "confirmation": CONFIRMATION,
    "article": "17(3)(e)",
    "reason": "The school defends itself against a claim, case 2026-0163.",
}
PLACEMENTS: Named = {
    "person": _example("Everything of one person", _CLAIM),
    "grades": _example("The assessments of one person", _CLAIM | {"category": "assessments"}),
    "archive": _example(
        "One kind of record, of everybody, until a day",
        {
            "record_type": "grade",
            "article": "17(3)(d)",
            "reason": "The grades of the year are handed over to the municipal archive.",
            "ends_on": "2099-06-30",
        },
    ),
}
HOLD: dict[str, Any] = {
    "id": "019aab41-6b0e-7a51-9d3c-7be1f0a2c455",
    "state": "in_force",
    "subject": SEARCH_RESULT["candidates"][0]["display"],
    "category": None,
    "record_type": None,
    "article": "17(3)(e)",
    "reason": _CLAIM["reason"],
    "ends_on": None,
    "created_at": "2026-11-22T10:12:09.512Z",
    "ended_at": None,
}
PLACED: dict[str, Any] = HOLD | {"too_late_for": []}
HOLDS: dict[str, Any] = {"items": [HOLD], "next_cursor": None}
CHANGED: dict[str, Any] = HOLD | {"ends_on": "2099-12-31"}
ENDED: dict[str, Any] = HOLD | {"state": "ended", "ended_at": "2027-03-02T08:30:00.004Z"}
CHANGES: Named = {
    "until": _example(
        "Until a day", {"ends_on": "2099-12-31", "reason": "The court has set a date."}
    ),
    "open": _example("Until it is ended", {"ends_on": None, "reason": "The date was put off."}),
}
ENDINGS: Named = {
    "settled": _example("It is needed no longer", {"reason": "The claim was settled."})
}
