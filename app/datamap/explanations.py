"""What a part of a document that does not fit the grammar is told, in words for its author."""

from collections.abc import Mapping, Sequence
from itertools import groupby, islice

from pydantic_core import ErrorDetails

from app.datamap.document import Path, locate, spell
from app.datamap.findings import Finding, Severity
from app.datamap.grammar import keys_at, meaning_of, words_at
from app.datamap.suggestions import suggest

MOST_TOLD = 500
"""About how many places something is said: to guess at what was meant takes time."""

_SHAPES = {
    r"^[a-z][a-z0-9_]{0,62}$": (
        "a name is lower-case letters, digits and `_`, starting with a letter, at most 63",
        "Choose such a name.",
    ),
    r"^[^\"\x00]+$": ("a table or column is named without quotes", "Take the quotes out."),
    r"^[^\"\x00]+\.[^\".\x00]+$": ("this is no column of a table", "Write `table.column`."),
    r"^P([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?$": (
        "this is no period of time",
        "Write an ISO 8601 duration: `P3Y`, `P6M`, `P30D`.",
    ),
    r"^17\(3\)\([a-e]\)$": ("this is no exception to erasure", "Write `17(3)(a)` to `17(3)(e)`."),
}
_EXPECTED = {
    "bool": "`true` or `false`",
    "int": "a number",
    "float": "a number",
    "string": "text",
    "str": "text",
    "dict": "keys with values",
    "model": "keys with values",
    "tuple": "a list",
}
_KINDS = {dict: "keys with values", list: "a list", bool: "a truth value", str: "text"}


def explain(
    errors: Sequence[ErrorDetails], positions: Mapping[Path, int], poisoned: set[Path]
) -> list[Finding]:
    """Turn what pydantic says into findings, one a place and cause, of the first places.

    Args:
        errors: As ``ValidationError.errors()`` gives them.
        positions: The lines of everything that is written.
        poisoned: Places about whose content nothing is said.
    """
    told = (
        (locate(positions, error["loc"]), error)
        for error in errors
        if not _is_understood(error["loc"], positions)
    )
    findings: list[Finding] = []
    for path, group in islice(groupby(told, key=lambda pair: pair[0]), MOST_TOLD):
        if any(path[:length] in poisoned for length in range(len(path) + 1)):
            continue
        line = positions.get(path, 1)
        for detail, remedy in _told(path, [error for _, error in group]):
            findings.append(Finding(Severity.ERROR, spell(path), line, detail, remedy))
    return findings


def _is_understood(loc: Path, positions: Mapping[Path, int]) -> bool:
    """Say whether an error lies in the role ``self`` that the author did not write."""
    return loc[2:4] == ("roles", "self") and loc[:4] not in positions


def _told(path: Path, errors: list[ErrorDetails]) -> list[tuple[str, str]]:
    wrong_kind = [error for error in errors if _is_wrong_kind(error)]
    others = [error for error in errors if not _is_wrong_kind(error)]
    told = list(dict.fromkeys(_one(error) for error in others))
    if wrong_kind and not told:
        told.append(_kind(path, wrong_kind))
    return told


def _is_wrong_kind(error: ErrorDetails) -> bool:
    return error["type"].endswith(("_type", "_parsing", "int_from_float"))


def _kind(path: Path, errors: list[ErrorDetails]) -> tuple[str, str]:
    expected = list(
        dict.fromkeys(
            _EXPECTED.get(error["type"].split("_")[0], "something else") for error in errors
        )
    )
    found = errors[0]["input"]
    kind = "nothing" if found is None else _KINDS.get(type(found), "a number")
    remedy = f"Write {' or '.join(expected)}"
    if expected == ["text"] and kind in {"a number", "a truth value"}:
        remedy += ', in quotes: `"…"`'
    meaning = meaning_of(path)
    return f"{kind} stands where {' or '.join(expected)} belongs", f"{remedy}. {meaning}".strip()


def _one(error: ErrorDetails) -> tuple[str, str]:
    loc = error["loc"]
    key = str(loc[-1]) if loc else ""
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            told = f"`{key}` is missing", f"Add `{key}: …`. {meaning_of(loc)}".strip()
        case "extra_forbidden":
            told = (
                f"`{key}` is not a key that stands here",
                suggest(key, keys_at(loc[:-1])),
            )
        case "enum":
            word = str(error["input"])[:40]
            told = f"`{word}` is not a word that stands here", suggest(word, words_at(loc))
        case "string_pattern_mismatch" if str(context.get("pattern")) in _SHAPES:
            told = _SHAPES[str(context.get("pattern"))]
        case "value_error":
            told = str(context.get("error", error["msg"])), "See docs/data-map.md."
        case "literal_error":
            told = f"this must be {context.get('expected')}", f"Write {context.get('expected')}."
        case _:
            told = _measure(error["type"], dict(context))
    return told


def _measure(kind: str, context: Mapping[str, object]) -> tuple[str, str]:
    if kind == "too_short":
        return "at least one belongs here", "Name one."
    if kind == "string_too_short":
        return "the text is too short", f"Write {context.get('min_length')} characters or more."
    if kind == "string_too_long":
        return "the text is too long", f"Write at most {context.get('max_length')} characters."
    return "this does not fit the grammar", "See docs/data-map.md."
