"""Whatever PostgreSQL can hold comes out of an export as XML that two parsers read alike."""

import base64
import json
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from lxml import etree

from app.embedded.stack import Stack
from app.sources.protocol import ExportedRecords, FieldShape, SubjectRef
from app.sources.registry import Sources
from schemas.data_map import DataMap
from schemas.vocabulary import FieldType, Right
from tests.fixtures.stack import NewDatabase

SCHEMA = """
CREATE SCHEMA {schema};
SET search_path = {schema};
CREATE TYPE mood AS ENUM ('fine', 'a<b & "c"');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN score AS numeric(6,2);
CREATE TABLE person (id bigint PRIMARY KEY, name text);
INSERT INTO person VALUES (1, 'Kari');
CREATE TABLE thing (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    value {type}
);
"""

# PostgreSQL type, literal, field type, expected text (None: null)
VALUES = [
    ("text", "'plain'", FieldType.STRING, "plain"),
    ("text", "''", FieldType.STRING, ""),
    ("text", "NULL", FieldType.STRING, None),
    ("text", r"E'tab\tline\nreturn\rboth\r\n'", FieldType.STRING, "tab\tline\nreturn\rboth\r\n"),
    ("text", r"E'\x01\x02\x1f'", FieldType.STRING, "\ufffd\ufffd\ufffd"),
    ("text", r"E'\ufffe\uffff'", FieldType.STRING, "\ufffd\ufffd"),
    ("text", "'<b>&amp; ]]> \"quoted\" ''s'", FieldType.STRING, '<b>&amp; ]]> "quoted" \'s'),
    ("text", r"E'\U0001F393 \U0010FFFF é'", FieldType.STRING, "\U0001f393 \U0010ffff é"),
    ("text", "'\\N'", FieldType.STRING, "\\N"),
    ("varchar(20)", "'\\.'", FieldType.STRING, "\\."),
    ("char(5)", "'ab'", FieldType.STRING, "ab"),
    ("mood", "'a<b & \"c\"'", FieldType.STRING, 'a<b & "c"'),
    ("bool", "true", FieldType.BOOLEAN, "true"),
    ("int8", "-9223372036854775808", FieldType.INTEGER, "-9223372036854775808"),
    ("numeric", "'NaN'", FieldType.DECIMAL, "NaN"),
    (
        "numeric",
        "12345678901234567890.123456789",
        FieldType.DECIMAL,
        "12345678901234567890.123456789",
    ),
    ("score", "7.5", FieldType.DECIMAL, "7.50"),
    ("float8", "'-Infinity'", FieldType.FLOAT, "-Infinity"),
    ("float8", "0.1", FieldType.FLOAT, "0.1"),
    ("date", "'infinity'", FieldType.DATE, "infinity"),
    ("date", "'2026-02-28'", FieldType.DATE, "2026-02-28"),
    (
        "timestamptz",
        "'2026-11-22 12:00:00.123456+02'",
        FieldType.DATETIME,
        "2026-11-22T10:00:00.123456+00:00",
    ),
    (
        "timestamptz",
        "'0044-03-15 12:00:00+00 BC'",
        FieldType.DATETIME,
        "0044-03-15T12:00:00+00:00 BC",
    ),
    (
        "timestamptz",
        "'12026-01-01 00:00:00+00'",
        FieldType.DATETIME,
        "12026-01-01T00:00:00+00:00",
    ),
    ("timestamptz", "'-infinity'", FieldType.DATETIME, "-infinity"),
    ("timestamp", "'2026-11-22 12:00'", FieldType.LOCAL_DATETIME, "2026-11-22T12:00:00"),
    ("timestamp", "'infinity'", FieldType.LOCAL_DATETIME, "infinity"),
    ("time", "'23:59:59.5'", FieldType.TIME, "23:59:59.5"),
    ("interval", "'1 year 2 days 3 hours'", FieldType.DURATION, "P1Y2DT3H"),
    (
        "uuid",
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
        FieldType.UUID,
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    ),
    ("inet", "'10.1.2.3'", FieldType.STRING, "10.1.2.3"),
    ("inet", "'2001:db8::1/64'", FieldType.STRING, "2001:db8::1/64"),
    ("cidr", "'10.0.0.0/8'", FieldType.OTHER, "10.0.0.0/8"),
    ("macaddr", "'08:00:2b:01:02:03'", FieldType.OTHER, "08:00:2b:01:02:03"),
    ("pair", "ROW(1, 'a<b')::pair", FieldType.OTHER, "(1,a<b)"),
    ("int4range", "'[1,5)'", FieldType.OTHER, "[1,5)"),
    ("money", "12.5", FieldType.OTHER, "$12.50"),
    ("point", "'(1,2)'", FieldType.OTHER, "(1,2)"),
    ("bit(3)", "B'101'", FieldType.OTHER, "101"),
]


@pytest.fixture
async def sources() -> AsyncIterator[Sources]:
    opened = Sources({}, connections=2, jobs=1)
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
async def connection(
    stack: Stack, new_database: NewDatabase
) -> AsyncIterator[tuple[str, asyncpg.Connection]]:
    url = stack.database_url(new_database())
    opened = await asyncpg.connect(url)
    yield url, opened
    await opened.close()


def data_map(url: str, schema: str, *fields: str) -> DataMap:
    return DataMap.model_validate(
        {
            "habeas": 1,
            "name": "values",
            "sources": {"lms": {"kind": "sql", "url": url, "schema": schema}},
            "subject": {
                "source": "lms",
                "table": "person",
                "key": "id",
                "identifiers": {"name": "name"},
                "display": ["name"],
            },
            "record_types": {
                "thing": {
                    "category": "communication",
                    "title": "Things",
                    "table": "thing",
                    "fields": {name: {"title": name.title()} for name in fields},
                    "roles": {"owner": {"column": "person_id"}},
                }
            },
        }
    )


async def export(
    sources: Sources, spec: DataMap
) -> tuple[tuple[FieldShape, ...], bytes, ExportedRecords]:
    chunks: list[bytes] = []

    async def sink(chunk: bytes) -> None:
        chunks.append(chunk)

    source = sources.records(spec, "lms")
    async with source.snapshot(SubjectRef("", "1"), Right.ACCESS) as snapshot:
        tallies = await snapshot.export("thing", sink)
        return snapshot.fields("thing"), b"<r>" + b"".join(chunks) + b"</r>", tallies


def values(xml: bytes) -> list[str | None]:
    def of(fields: list[Any]) -> list[str | None]:
        return [None if each.get("null") else each.text or "" for each in fields]

    read = of(list(ET.fromstring(xml).iter("field")))  # noqa: S314 - our own
    assert read == of(list(etree.fromstring(xml).iter("field")))
    return read


@pytest.mark.parametrize(
    ("of_type", "literal", "field_type", "text"),
    VALUES,
    ids=[f"{of_type} {literal}" for of_type, literal, _, _ in VALUES],
)
async def test_a_value_of_any_type_is_exported_as_it_is(
    of_type: str,
    literal: str,
    field_type: FieldType,
    text: str | None,
    connection: tuple[str, asyncpg.Connection],
    sources: Sources,
) -> None:
    url, database = connection
    schema = f"v{VALUES.index((of_type, literal, field_type, text))}"
    await database.execute(SCHEMA.format(schema=schema, type=of_type))
    await database.execute(f"INSERT INTO thing (person_id, value) VALUES (1, {literal})")

    (shape,), xml, tallies = await export(sources, data_map(url, schema, "value"))

    assert shape.type is field_type
    assert values(xml) == [text]
    assert tallies.count == 1
    assert tallies.replaced_characters == (text or "").count("\ufffd")


async def test_binary_json_and_arrays_can_be_read_back(
    connection: tuple[str, asyncpg.Connection], sources: Sources
) -> None:
    url, database = connection
    await database.execute(SCHEMA.format(schema="documents", type="text"))
    await database.execute(
        r"""ALTER TABLE thing ADD picture bytea, ADD settings jsonb, ADD tags text[], ADD nested int[];
        INSERT INTO thing (person_id, picture, settings, tags, nested) VALUES (1,
        decode(repeat('00ff10', 100), 'hex'), '{"a": "<&>", "b": [1, null]}',
        ARRAY['x"y', NULL, 'NULL', ''], '{{1,2},{3,4}}')"""
    )

    names = ("picture", "settings", "tags", "nested")
    shapes, xml, _ = await export(sources, data_map(url, "documents", *names))

    assert [shape.type for shape in shapes] == ["binary", "json", "array", "array"]
    picture, settings, tags, nested = values(xml)
    assert base64.b64decode(picture or "") == bytes.fromhex("00ff10" * 100)
    assert json.loads(settings or "") == {"a": "<&>", "b": [1, None]}
    assert json.loads(tags or "") == ['x"y', None, "NULL", ""]
    assert json.loads(nested or "") == [[1, 2], [3, 4]]
