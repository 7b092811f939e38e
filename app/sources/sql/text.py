"""How a column of any PostgreSQL type becomes the text of an XML element or attribute.

Every function gives a SQL expression. Sessions fix ``TimeZone`` to UTC, ``DateStyle`` to ISO and
``IntervalStyle`` to ISO 8601, so that the text does not hang on the server's settings.
"""

from sqlalchemy import ColumnElement, Text, case, cast, func, literal

from app.domain.catalogue import Column
from schemas.vocabulary import FieldType

_FIELD_TYPES = {
    "bool": FieldType.BOOLEAN,
    "int2": FieldType.INTEGER,
    "int4": FieldType.INTEGER,
    "int8": FieldType.INTEGER,
    "oid": FieldType.INTEGER,
    "numeric": FieldType.DECIMAL,
    "float4": FieldType.FLOAT,
    "float8": FieldType.FLOAT,
    "date": FieldType.DATE,
    "time": FieldType.TIME,
    "timetz": FieldType.TIME,
    "timestamp": FieldType.LOCAL_DATETIME,
    "timestamptz": FieldType.DATETIME,
    "interval": FieldType.DURATION,
    "bytea": FieldType.BINARY,
    "json": FieldType.JSON,
    "jsonb": FieldType.JSON,
    "uuid": FieldType.UUID,
    "text": FieldType.STRING,
    "varchar": FieldType.STRING,
    "bpchar": FieldType.STRING,
    "citext": FieldType.STRING,
    "name": FieldType.STRING,
    "inet": FieldType.STRING,
}

_SAFE = frozenset(
    {FieldType.INTEGER, FieldType.DECIMAL, FieldType.FLOAT, FieldType.BOOLEAN, FieldType.DATE}
    | {FieldType.TIME, FieldType.DATETIME, FieldType.LOCAL_DATETIME, FieldType.DURATION}
    | {FieldType.BINARY, FieldType.UUID}
)
"""Types whose text never holds a character that XML escapes."""

_ZONES = {"timestamptz": ":00", "timestamp": ""}
"""What ``+00`` (the session's zone is UTC) lacks to an offset of ISO 8601."""

_EARLIEST_EPOCH = -210_866_803_200
_LATEST_EPOCH = 9_224_318_015_999


def field_type(column: Column, unit: str | None) -> FieldType:
    """Say how the exported text of a column reads.

    Args:
        column: As the live catalogue describes it.
        unit: ``epoch_seconds`` or nothing.
    """
    if unit == "epoch_seconds":
        return FieldType.DATETIME
    if column.type_category == "A":
        return FieldType.ARRAY
    if column.type_category == "E":
        return FieldType.STRING
    return _FIELD_TYPES.get(column.base_type, FieldType.OTHER)


def is_safe(column: Column, unit: str | None = None) -> bool:
    """Tell whether the text of a column never holds a character that XML escapes."""
    return field_type(column, unit) in _SAFE


def plain(value: ColumnElement[object], column: Column, unit: str | None) -> ColumnElement[str]:
    """Give the value as text, NULL where it is NULL.

    Args:
        value: The column.
        column: As the live catalogue describes it.
        unit: ``epoch_seconds``: a number of seconds since 1970, 0 meaning "not set".
    """
    if unit == "epoch_seconds":
        return _epoch(value)
    if column.base_type in _ZONES:
        return _usual_moment(value, _ZONES[column.base_type])
    if column.base_type == "bytea":
        return func.encode(value, literal("base64"))
    if column.type_category == "A":
        return cast(func.to_json(value), Text)
    if column.base_type == "inet":  # its cast to text appends the netmask, its output does not
        return func.nullif(func.concat(value), literal(""))
    return cast(value, Text)


def _moment(value: ColumnElement[object]) -> ColumnElement[str]:
    """ISO 8601 with "T", infinity and years before Christ included: as PostgreSQL's JSON has it."""
    return func.btrim(cast(func.to_json(value), Text), literal('"'))


def _usual_moment(value: ColumnElement[object], zone: str) -> ColumnElement[str]:
    """The same, in half the time for the years that occur."""
    is_usual = value.between(literal("0001-01-01"), literal("9999-12-30"))
    text = func.replace(cast(value, Text), literal(" "), literal("T"))
    return case((is_usual, text.op("||")(literal(zone)) if zone else text), else_=_moment(value))


def _epoch(value: ColumnElement[object]) -> ColumnElement[str]:
    """A moment out of seconds; what no moment can hold stays a number."""
    in_range = value.between(literal(_EARLIEST_EPOCH), literal(_LATEST_EPOCH))
    seconds = func.nullif(value, literal(0))
    return case((in_range, _moment(func.to_timestamp(seconds))), else_=cast(value, Text))


def element_text(
    value: ColumnElement[object], column: Column, unit: str | None
) -> ColumnElement[str]:
    """Give the value as the text of an XML element.

    ``>`` stays: only ``]]>`` is forbidden, and is mended in bulk afterwards (``clean.py``), as are
    carriage returns and characters that XML cannot hold.
    """
    text = plain(value, column, unit)
    return text if is_safe(column, unit) else _escaped(text)


def attribute_text(text: ColumnElement[str]) -> ColumnElement[str]:
    """Give text as the value of an XML attribute in double quotes."""
    text = _escaped(text)
    for character, entity in (('"', "&quot;"), ("\n", "&#10;"), ("\t", "&#9;")):
        text = func.replace(text, literal(character), literal(entity))
    return text


def _escaped(text: ColumnElement[str]) -> ColumnElement[str]:
    ampersands: ColumnElement[str] = func.replace(text, literal("&"), literal("&amp;"))
    return func.replace(ampersands, literal("<"), literal("&lt;"))
