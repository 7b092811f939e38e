"""Reads JSON as the wire means it: no duplicate names, no NaN, nothing huge, nothing deep."""

import json
import math
from collections.abc import Sequence
from typing import NoReturn

from app.domain.errors import Fault, Refused
from schemas.problem_vocabulary import Problem

DEPTH_LIMIT = 32
PARTS_LIMIT = 50_000
_PARTING = (b",", b"[", b"{")
_DIGITS_LIMIT = 30


def _refuse(detail: str) -> NoReturn:
    raise Refused(
        Problem.INVALID_BODY,
        "The body cannot be read as JSON; see errors.",
        (Fault(pointer="", detail=detail),),
    )


def _named_once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    named = dict(pairs)
    if len(named) != len(pairs):
        _refuse("a field name stands twice in one object")
    return named


def _short_integer(text: str) -> int:
    if len(text) > _DIGITS_LIMIT:
        _refuse(f"a number has more than {_DIGITS_LIMIT} digits")
    return int(text)


def _finite(text: str) -> float:
    value = float(text)
    if len(text) > 4 * _DIGITS_LIMIT or not math.isfinite(value):
        _refuse("a number is too large or too long")
    return value


def _no_constant(_name: str) -> NoReturn:
    _refuse("NaN and Infinity are not JSON")


def _refuse_deep(document: object) -> None:
    """Refuse nesting beyond the limit, without recursion."""
    level: list[object] = [document]
    for _ in range(DEPTH_LIMIT):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return
    _refuse(f"objects and lists are nested more than {DEPTH_LIMIT} deep")


def read(body: bytes) -> object:
    """Read a JSON document.

    Args:
        body: UTF-8 without a byte order mark, at most 1 MiB. Brackets and commas are counted where
            they stand in text, too: that is known before anything is made of it.

    Raises:
        Refused: It is not JSON, or not JSON that the wire takes. Nothing of it is repeated.

    Reference:
        RFC 8259; RFC 7493 (I-JSON).
    """
    if sum(map(body.count, _PARTING)) > PARTS_LIMIT:
        _refuse(f"objects, lists and what they hold are more than {PARTS_LIMIT:,}")
    try:
        document: object = json.loads(
            body.decode("utf-8", "strict"),
            object_pairs_hook=_named_once,
            parse_int=_short_integer,
            parse_float=_finite,
            parse_constant=_no_constant,
        )
    except UnicodeDecodeError:
        _refuse("the body is not valid UTF-8")
    except RecursionError:
        _refuse(f"objects and lists are nested more than {DEPTH_LIMIT} deep")
    except ValueError as error:
        position = f" near line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        _refuse(f"the body is not valid JSON{position}")
    _refuse_deep(document)
    return document
