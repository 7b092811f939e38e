"""The data map of Moodle 4.5 against a real site: nothing is missed, nothing else is shown."""

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import pytest
from defusedxml.ElementTree import fromstring

from app.datamap.findings import Finding, Severity
from app.datamap.read import read
from app.embedded.stack import Stack
from app.services.data_maps import check_file
from app.sources.protocol import SubjectRef
from app.sources.sql.database import Database
from app.sources.sql.snapshot import SqlSnapshot
from app.sources.sql.source import SqlSource
from schemas.data_map import DataMap
from schemas.vocabulary import Category, Right
from tests.fixtures.moodle import CLASSMATE, STUDENT, TEACHER, Moodle
from tests.fixtures.stack import NewDatabase
from tests.integration.moodle_counts import COUNTS
from tests.integration.moodle_rows import add_rows

Place = tuple[str, str]
"""A table and its column."""

_REACHED_ANOTHER_WAY: dict[Place, str] = {
    ("mdl_logstore_standard_log", "objectid"): "such entries name the person in relateduserid too",
    ("mdl_logstore_standard_log", "contextinstanceid"): "reached through contextid",
}

persons = pytest.mark.parametrize(
    "person", [pytest.param(STUDENT, id="student"), pytest.param(TEACHER, id="teacher")]
)


def the_map(moodle: Moodle) -> DataMap:
    return read(moodle.data_map.read_text(encoding="utf-8")).data_map


def exported_types(data_map: DataMap) -> list[str]:
    return [
        name
        for name, spec in data_map.record_types.items()
        if spec.category is not Category.INTERNAL_LOGIC
    ]


def role_columns(data_map: DataMap) -> set[Place]:
    return {
        (spec.table, role.column)
        for spec in data_map.record_types.values()
        for role in spec.roles.values()
        if role.column is not None
    }


@pytest.fixture(scope="module")
async def findings(moodle: Moodle) -> list[Finding]:
    return await check_file(moodle.data_map, moodle.database_url)


def left_out(findings: list[Finding]) -> set[Place]:
    places = set()
    for found in findings:
        if found.severity is Severity.LEFT_OUT:
            named = re.match(r"`(\w+)\.(\w+)`", found.detail)
            assert named is not None, found.detail
            places.add((named[1], named[2]))
    return places


@dataclass(frozen=True, slots=True)
class Export:
    """What a right's export holds: the XML of each record type, and where its uploads lie."""

    records: dict[str, bytes]
    uploads: tuple[str, ...]

    @property
    def text(self) -> str:
        return b"".join(self.records.values()).decode()

    @property
    def counts(self) -> dict[str, int]:
        return {
            name: len(fromstring(b"<records>" + xml + b"</records>"))
            for name, xml in self.records.items()
        }


@asynccontextmanager
async def snapshot(moodle: Moodle, person: int, right: Right) -> AsyncIterator[SqlSnapshot]:
    database = Database("moodle", moodle.database_url, "public", 2)
    try:
        source = SqlSource("moodle", the_map(moodle), database, 2)
        async with source.snapshot(SubjectRef("", str(person)), right) as taken:
            yield taken
    finally:
        await database.close()


_EXPORTED: dict[tuple[str, int, Right], Export] = {}
"""Once each: nobody changes the site, and a whole export of it takes a while."""


async def export(moodle: Moodle, person: int, right: Right = Right.ACCESS) -> Export:
    asked = (moodle.database_url, person, right)
    if asked not in _EXPORTED:
        _EXPORTED[asked] = await export_anew(moodle, person, right)
    return _EXPORTED[asked]


async def export_anew(moodle: Moodle, person: int, right: Right) -> Export:
    records: dict[str, bytes] = {}
    uploads: list[str] = []
    async with snapshot(moodle, person, right) as taken:
        for name in exported_types(the_map(moodle)):
            chunks: list[bytes] = []

            async def keep(chunk: bytes, chunks: list[bytes] = chunks) -> None:
                chunks.append(chunk)

            await taken.export(name, keep)
            records[name] = b"".join(chunks)
            uploads += [upload.path async for upload in taken.uploads(name)]
    return Export(records, tuple(uploads))


async def test_the_map_fits_a_real_site(findings: list[Finding]) -> None:
    assert [found for found in findings if found.is_blocking] == []


async def test_the_map_leaves_out_exactly_the_columns_called_like_persons_that_no_role_uses(
    moodle: Moodle, findings: list[Finding]
) -> None:
    data_map = the_map(moodle)
    connection = await asyncpg.connect(moodle.database_url)
    rows = await connection.fetch(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name = ANY ($1::text[])",
        list(data_map.subject.referred_to_by),
    )
    await connection.close()
    named_like_persons = {(row["table_name"], row["column_name"]) for row in rows}
    assert left_out(findings) == named_like_persons - role_columns(data_map)


async def test_only_who_set_up_or_changed_something_is_left_out(
    findings: list[Finding],
) -> None:
    columns = {column for _, column in left_out(findings)}
    assert columns == {"usermodified", "usercreated", "createdby", "modifierid"}


async def test_no_column_that_holds_one_of_the_persons_stands_in_no_role(moodle: Moodle) -> None:
    found = await columns_holding(moodle, STUDENT, TEACHER)
    mapped = role_columns(the_map(moodle))
    assert found - mapped - set(_REACHED_ANOTHER_WAY) == set()
    assert len(found & mapped) > 80


async def columns_holding(moodle: Moodle, *keys: int) -> set[Place]:
    """Look into every number and short text of every table."""
    connection = await asyncpg.connect(moodle.database_url)
    columns = await connection.fetch(
        "SELECT table_name AS name, array_agg(column_name::text) AS columns"
        " FROM information_schema.columns WHERE table_schema = 'public'"
        " AND data_type IN ('bigint', 'integer', 'character varying', 'text') GROUP BY table_name"
    )
    wanted = ", ".join(f"'{key}'" for key in keys)
    found: set[Place] = set()
    for table in columns:
        asked = ", ".join(f'bool_or("{each}"::text IN ({wanted}))' for each in table["columns"])
        answers = await connection.fetchrow(f'SELECT {asked} FROM "{table["name"]}"')
        found |= {
            (table["name"], each)
            for each, holds in zip(table["columns"], answers or (), strict=True)
            if holds
        }
    await connection.close()
    return found


async def test_independent_sql_stands_beside_every_exported_record_type(moodle: Moodle) -> None:
    assert set(COUNTS) == set(exported_types(the_map(moodle)))


@persons
async def test_an_export_holds_as_many_records_as_independent_sql_counts(
    moodle: Moodle, person: int
) -> None:
    connection = await asyncpg.connect(moodle.database_url)
    expected = {name: await connection.fetchval(sql, person) for name, sql in COUNTS.items()}
    await connection.close()
    assert (await export(moodle, person)).counts == expected
    assert sum(expected.values()) > 400


async def test_every_record_type_is_found_where_the_site_leaves_no_table_empty(
    moodle: Moodle, new_database: NewDatabase, stack: Stack
) -> None:
    template = moodle.database_url.partition("?")[0].rpartition("/")[2]
    fuller = replace(moodle, database_url=stack.database_url(new_database(template)))
    connection = await asyncpg.connect(fuller.database_url)
    await add_rows(connection, STUDENT, CLASSMATE)
    await add_rows(connection, CLASSMATE, STUDENT)
    expected = {name: await connection.fetchval(sql, STUDENT) for name, sql in COUNTS.items()}
    await connection.close()
    counts = (await export(fuller, STUDENT)).counts
    assert counts == expected
    assert [name for name, count in counts.items() if count == 0] == []


@persons
async def test_every_upload_lies_where_the_map_says_and_is_the_very_file(
    moodle: Moodle, person: int
) -> None:
    uploads = (await export(moodle, person)).uploads
    assert len(uploads) >= 5
    for path in uploads:
        content = (moodle.data_directory / path).read_bytes()
        assert hashlib.sha1(content, usedforsecurity=False).hexdigest() == Path(path).name


@persons
async def test_no_secret_of_the_site_is_exported(moodle: Moodle, person: int) -> None:
    connection = await asyncpg.connect(moodle.database_url)
    secrets = await connection.fetch(
        "SELECT password AS secret FROM mdl_user UNION SELECT hash FROM mdl_user_password_history"
        " UNION SELECT token FROM mdl_user_password_resets UNION SELECT sid FROM mdl_sessions"
        " UNION SELECT token FROM mdl_external_tokens"
        " UNION SELECT privatetoken FROM mdl_external_tokens"
        " UNION SELECT value FROM mdl_user_private_key"
    )
    await connection.close()
    text = (await export(moodle, person)).text
    told = [row["secret"] for row in secrets if len(row["secret"] or "") >= 8]
    assert len(told) > 10
    assert [secret for secret in told if secret in text] == []


@persons
async def test_what_others_wrote_to_the_person_and_who_they_are_is_withheld(
    moodle: Moodle, person: int
) -> None:
    connection = await asyncpg.connect(moodle.database_url)
    others = await connection.fetch(
        "SELECT username, email FROM mdl_user WHERE id <> $1 AND username <> 'admin'", person
    )
    received = await connection.fetch(
        "SELECT m.fullmessage AS text FROM mdl_messages m"
        " JOIN mdl_message_conversation_members c USING (conversationid)"
        " WHERE c.userid = $1 AND m.useridfrom <> $1",
        person,
    )
    await connection.close()
    exported = await export(moodle, person)
    for row in others:
        assert f">{row['username']}<" not in exported.text
        assert row["email"] not in exported.text
    assert received
    for row in received:
        assert row["text"] not in exported.records["message"].decode()
    assert 'redacted="third-party"' in exported.records["message"].decode()


async def test_assessments_of_the_student_stay_readable_while_the_assessor_is_withheld(
    moodle: Moodle,
) -> None:
    records = (await export(moodle, STUDENT)).records
    feedback = records["assignment_feedback"].decode()
    grades = fromstring(b"<r>" + records["assignment_grade"] + b"</r>")
    assert "Well done Saraphina" in feedback
    graders = grades.findall(".//field[@name='grader']")
    assert any(field.get("redacted") == "third-party" for field in graders)
    assert all(field.get("redacted") or field.get("null") for field in graders)  # null: not graded
    assert all(field.text for field in grades.findall(".//field[@name='grade']"))


async def test_an_address_hidden_among_the_settings_is_exported(moodle: Moodle) -> None:
    exported = await export(moodle, STUDENT)
    assert "saraphina.alt@mail.example" in exported.records["contact_preference"].decode()
    assert "filepicker_recentrepository" not in exported.text


async def test_portability_holds_the_student_s_own_words_and_not_the_teacher_s(
    moodle: Moodle,
) -> None:
    exported = await export(moodle, STUDENT, Right.PORTABILITY)
    assert "Opening post by Saraphina" in exported.text
    assert "Essay version 2 by Saraphina" in exported.text
    assert exported.records["assignment_feedback"] == b""
    assert exported.records["note"] == b""
    assert "Needs extra time" not in exported.text
    assert "My essay answer 1" in exported.records["question_step_value"].decode()
    assert "Good thinking" not in exported.text
