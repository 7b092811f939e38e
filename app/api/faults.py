"""What is wrong with a document, told without repeating any of it.

pydantic's own messages may quote a tag or a character of the input, and its locations the names of
unknown fields; both may be personal data. Here every sentence is made from the schema alone.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from app.domain.errors import Fault
from schemas.problem_vocabulary import Problem

_SENTENCES: dict[str, str] = {
    "missing": "is missing",
    "extra_forbidden": "holds a field that is not known",
    "string_type": "must be text",
    "string_unicode": "must be valid Unicode text",
    "string_too_short": "must not be blank",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "does not have the documented form",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "too_short": "must hold at least {min_length}",
    "too_long": "must hold at most {max_length}",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "json_invalid": "must be JSON",
    "ip_any_network": "must be a network, such as 10.20.0.0/16",
    "time_delta_type": "must be a duration, such as P30D",
    "time_delta_parsing": "must be a duration, such as P30D",
    "uuid_parsing": "must be an id",
    "uuid_type": "must be an id",
    "right_unknown": "must be a right that can be exercised here",
    "event_unknown": "must be an event that is known here",
    "timezone_aware": "must carry its offset from UTC, such as Z",
}
_OWN_SENTENCES = frozenset({"value_error", "too_deep"})

_PIECES: dict[tuple[str, ...], tuple[Problem, str]] = {
    ("header", "idempotency-key"): (
        Problem.IDEMPOTENCY_KEY_MISSING,
        "Send the header Idempotency-Key with a fresh random value, such as a UUID.",
    ),
    ("body", "confirmation"): (
        Problem.CONFIRMATION_MISSING,
        "Search for the person first and send the candidate's confirmation.",
    ),
    ("body", "approval"): (
        Problem.APPROVAL_MISSING,
        "Send approval with approved_by, approved_at, reference and reason.",
    ),
    ("body", "ground"): (
        Problem.GROUND_MISSING,
        "Say in ground on which ground of Art. 18(1) the restriction rests.",
    ),
    ("body", "preview_digest"): (
        Problem.PREVIEW_MISSING,
        "Make a preview, look at it, and send its digest.",
    ),
    ("body", "informed_at"): (
        Problem.INFORMATION_MISSING,
        "Say in informed_at and how that the person was told, or why not in override_reason.",
    ),
    ("body", "how"): (
        Problem.INFORMATION_MISSING,
        "Say in informed_at and how that the person was told.",
    ),
    ("body", "reason"): (Problem.REASON_MISSING, "Say in reason why this is done."),
    ("body", "approval", "reason"): (
        Problem.REASON_MISSING,
        "Say in approval.reason why this is done.",
    ),
}
_NAMED_BY_THE_CALLER = frozenset({"excluded_fields", "retention_overrides"})
"""Objects whose names the caller chooses: nothing below them is pointed at."""
_TELLING = {"right_unknown": "right", "event_unknown": "type"}
"""Which field tells the shape of a body, by the error where it tells none."""
_MEMBER = re.compile(r"<\w+\.\w+: ('[^']*')>")
"""A word of a vocabulary, as pydantic writes it."""
_ABSENT = frozenset({"missing", "string_too_short"})

Details = Mapping[str, Any]
"""One of pydantic's error details."""


def faults(errors: Sequence[Details]) -> tuple[Fault, ...]:
    """Say what is wrong where.

    Args:
        errors: pydantic's error details; at most the first 50 are told.
    """
    told = (Fault(pointer=_pointer(error), detail=_sentence(error)) for error in errors[:50])
    return tuple(dict.fromkeys(told))


def of_document(error: ValidationError) -> tuple[Fault, ...]:
    """Say what is wrong where in a document that is not the body of a request."""
    return faults([{**each, "loc": ("body", *each["loc"])} for each in error.errors()])


def missing_piece(errors: Sequence[Details]) -> tuple[Problem, str] | None:
    """Name the missing piece that has a problem of its own, if one is missing.

    Args:
        errors: pydantic's error details about a body and headers.

    Returns:
        The problem and its detail; None where something else is wrong.
    """
    for error in errors:
        place = tuple(str(part) for part in _place(error))
        place = tuple(part.lower() for part in place) if place[0] == "header" else place
        is_absent = error["type"] in _ABSENT or error.get("input") is None
        if is_absent and place in _PIECES:
            return _PIECES[place]
    return None


def _pointer(error: Details) -> str:
    """Point at the place, or at the object around a field whose name only the caller knows."""
    place = _place(error)
    place = place[1:] if place[0] == "body" else place
    if error["type"] in _TELLING:
        place = (*place, _TELLING[error["type"]])
    elif error["type"] == "extra_forbidden":
        place = place[:-1]
    elif error["type"] == "json_invalid":
        place = ()
    for name in _NAMED_BY_THE_CALLER.intersection(place):
        place = place[: place.index(name) + 1]
    return "".join(f"/{part}" for part in place)


def _place(error: Details) -> tuple[Any, ...]:
    """Give the place without the names of the shapes that a body may have; these begin with @."""
    head, *rest = error["loc"]
    return (head, *(part for part in rest if not str(part).startswith("@")))


def _sentence(error: Details) -> str:
    kind, context = error["type"], error.get("ctx") or {}
    if kind in _OWN_SENTENCES and "error" in context:
        return str(context["error"])
    sentence = _SENTENCES.get(kind, "is not valid").format_map(_Known(context))
    return _MEMBER.sub(r"\1", sentence)


class _Known(dict[str, Any]):
    """The bounds that a sentence names; a bound that is not told is left vague."""

    def __missing__(self, key: str) -> str:
        return "the documented bound"
