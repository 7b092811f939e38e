"""Which values fit a column, and which columns can be compared."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from uuid import UUID

from app.domain.catalogue import Column
from schemas.data_map import Scalar

_FAMILIES: Mapping[str, str] = {
    **dict.fromkeys(("int2", "int4", "int8", "oid"), "integer"),
    **dict.fromkeys(("text", "varchar", "bpchar", "citext", "name", "char"), "text"),
    **dict.fromkeys(("numeric", "float4", "float8", "money"), "decimal"),
    **dict.fromkeys(("timestamp", "timestamptz"), "moment"),
    **dict.fromkeys(("time", "timetz"), "time"),
    **dict.fromkeys(("json", "jsonb"), "json"),
    "bool": "boolean",
    "uuid": "uuid",
    "date": "date",
}
_RANGES = {"int2": 1 << 15, "int4": 1 << 31, "int8": 1 << 63, "oid": 1 << 32}
_PARSERS: Mapping[str, Callable[[str], object]] = {
    "uuid": UUID,
    "date": date.fromisoformat,
    "moment": datetime.fromisoformat,
    "time": time.fromisoformat,
}


def family(column: Column) -> str:
    """Name the family of a column's type; columns of one family can be compared.

    Args:
        column: Any.

    Returns:
        ``integer``, ``text``, ``decimal``, ``moment``, ``time``, ``json``, ``boolean``, ``uuid``,
        ``date``, or else the name of the type itself.
    """
    return _FAMILIES.get(column.base_type, column.base_type)


def misfit(value: Scalar, column: Column) -> str | None:
    """Say why a literal does not fit a column.

    Args:
        value: A literal of the map, not null.
        column: Where it is to be found or set.

    Returns:
        The reason as the end of a sentence, or None where it fits as far as can be told.
    """
    kind = family(column)
    if isinstance(value, bool):
        fits = kind == "boolean"
    elif isinstance(value, int):
        return _misfit_integer(value, column, kind)
    elif isinstance(value, float):
        fits = kind == "decimal"
    else:
        return _misfit_text(str(value), column, kind)
    return None if fits else f"is no {column.type_name}"


def _misfit_integer(value: int, column: Column, kind: str) -> str | None:
    if kind not in {"integer", "decimal"}:
        return f"is no {column.type_name}" + ("; write it in quotes" if kind == "text" else "")
    bound = _RANGES.get(column.base_type)
    if bound is not None and not -bound <= value < bound:
        return f"is too large for {column.type_name}"
    return None


def _misfit_text(value: str, column: Column, kind: str) -> str | None:
    if kind in {"integer", "decimal", "boolean"}:
        return f"is no {column.type_name}" + ("; write it without quotes" if value else "")
    if kind == "text":
        limit = _length(column.type_name)
        if limit is not None and len(value) > limit:
            return f"is longer than {column.type_name}"
        return None
    if column.labels:
        labels = ", ".join(column.labels)
        return None if value in column.labels else f"is no {column.type_name} ({labels})"
    return _misread(value, column, _PARSERS.get(kind, str))


def _misread(value: str, column: Column, parser: Callable[[str], object]) -> str | None:
    try:
        parser(value)
    except ValueError:
        return f"is no {column.type_name}"
    return None


def _length(type_name: str) -> int | None:
    inside = type_name.rpartition("(")[2].removesuffix(")")
    return int(inside) if type_name.startswith("character") and inside.isdigit() else None
