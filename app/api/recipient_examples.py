"""The examples of the documentation: recipients, and what they answered."""

from typing import Any

ANSWER: dict[str, Any] = {
    "recipient": "plagiarism_checker",
    "outcome": "done",
    "answered_at": "2026-11-22T14:30:00Z",
    "reason": "Told by e-mail on 22 November; it deleted the copies and confirmed by return.",
}
RECIPIENTS: dict[str, Any] = {
    "items": [
        {
            "recipient": "plagiarism_checker",
            "name": "The plagiarism checker that your institution has an agreement with",
            "country": "EU",
            "why": "Compares what students hand in with other texts.",
            "answer": {"outcome": "done", "answered_at": "2026-11-22T14:30:00Z"},
        },
        {
            "recipient": "hosting",
            "name": "Amazon Web Services",
            "country": "EU",
            "why": "Stores the data physically, in data centres inside the EU.",
            "answer": None,
        },
    ]
}
