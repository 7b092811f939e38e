"""Joins texts in SQL, with as few operations as possible: each one copies all that it joins."""

from itertools import groupby

from sqlalchemy import ColumnElement, literal

Part = str | ColumnElement[str]
"""A constant, or an expression."""


def joined(*parts: Part) -> ColumnElement[str]:
    """Join texts; NULL where any of them is.

    Args:
        parts: At least one; neighbouring constants become one.
    """
    texts = list(_merged(parts))
    text = texts[0]
    for each in texts[1:]:
        text = text.op("||")(each)
    return text


def _merged(parts: tuple[Part, ...]) -> list[ColumnElement[str]]:
    texts: list[ColumnElement[str]] = []
    for is_constant, group in groupby(parts, key=lambda part: isinstance(part, str)):
        if is_constant:
            texts.append(literal("".join(part for part in group if isinstance(part, str))))
        else:
            texts += [part for part in group if not isinstance(part, str)]
    return texts
