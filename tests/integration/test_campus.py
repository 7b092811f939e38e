"""The campus LMS holds what the two declarations name, always the same, and its map covers it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import asyncpg
import pytest

from app.datamap.check import check
from app.datamap.check_live import check_live
from app.datamap.document import MapDocument
from app.datamap.findings import Severity
from app.datamap.read import read
from app.demo.generate import load_campus
from app.demo.people import NAMESAKE, TWIN_EMAIL
from app.demo.phrases import DIFFICULT_TEXTS
from app.demo.schema import TABLES
from app.demo.size import SMALL, Size, scale
from app.embedded.stack import Stack
from app.sources.sql.catalogue import read_catalogue
from schemas.data_map import RecordType, Role
from tests.fixtures.campus import CAMPUS_MAP, Campus, NewCampus
from tests.fixtures.stack import NewDatabase

EmptyDirectory = Callable[[], Path]

EXAMPLES = {
    # Seed 002, "The right to access and data portability"
    "user name": ("personal_information", "person", "username"),
    "phone number": ("personal_information", "person", "phone"),
    "contact details of parent or guardian": ("personal_information", "guardian", "phone"),
    "IP addresses": ("personal_information", "login_session", "ip_address"),
    "activity logs": ("personal_information", "activity_log", "action"),
    "messages": ("communication", "message", "body"),
    "discussion": ("communication", "discussion", "body"),
    "posts in a discussion": ("communication", "discussion_post", "body"),
    "announcements": ("communication", "announcement", "body"),
    "comments on announcements": ("communication", "announcement_comment", "body"),
    "assignments": ("course_material", "assignment", "instructions"),
    "tests": ("course_material", "test", "title"),
    "test questions": ("course_material", "test_question", "body"),
    "notes": ("course_material", "note", "body"),
    "uploaded documents": ("course_material", "material", "document"),
    "grades": ("assessments", "grade", "grade"),
    "descriptive feedback": ("assessments", "grade", "feedback"),
    "attendance comments": ("assessments", "attendance", "comment"),
    "behaviour comments": ("assessments", "behaviour_comment", "body"),
    "personal events": ("calendar", "event_personal", "title"),
    "shared events": ("calendar", "event_shared", "title"),
    "answers to assignments": ("student_responses", "submission", "answer"),
    "uploaded files of answers": ("student_responses", "submission_file", "document"),
    "test attempts": ("student_responses", "test_attempt", "started_at"),
    "last used selection": ("internal_logic", "last_selection", None),
    "languages, tree, accessibility": ("internal_logic", "person_setting", None),
    "cookies": ("internal_logic", "cookie", None),
    # Seed 000, "What data do we hold and for what purpose?"
    "name": ("personal_information", "person", "full_name"),
    "e-mail address": ("personal_information", "person", "email"),
    "student or employee number": ("personal_information", "person", "student_number"),
    "candidate ID": ("personal_information", "person", "candidate_id"),
    "answers in a test": ("student_responses", "test_answer", "answer"),
    "marking comments on a submission": ("assessments", "marking_comment", "body"),
    "extra time for test-taking": ("assessments", "extra_time", "extra"),
    "browser": ("student_responses", "test_attempt", "browser"),
    "operating system": ("personal_information", "activity_log", "operating_system"),
    "IP address of a test-taker": ("student_responses", "test_attempt", "ip_address"),
    "results of plagiarism checks": ("student_responses", "plagiarism_check", "similarity"),
    "time spent on each question": ("student_responses", "test_answer", "time_spent"),
}


@cache
def document() -> MapDocument:
    return read(CAMPUS_MAP.read_text(encoding="utf-8"))


def record_type(name: str) -> RecordType:
    return document().data_map.record_types[name]


@pytest.fixture(scope="module")
async def connection(campus: Campus) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(campus.url)
    yield opened
    await opened.close()


@pytest.fixture
async def scratch(new_campus: NewCampus) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a campus that the test may change."""
    opened = await asyncpg.connect(new_campus().url)
    yield opened
    await opened.close()


async def digest(connection: asyncpg.Connection) -> dict[str, str]:
    rows = "SELECT md5(string_agg(row::text, '\n' ORDER BY row::text)) FROM {} AS row"
    return {table: await connection.fetchval(rows.format(table)) for table in TABLES}


def content(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


async def load(stack: Stack, database: str, directory: Path, size: Size) -> dict[str, str]:
    url = stack.database_url(database)
    await load_campus(url, directory, size)
    connection = await asyncpg.connect(url)
    try:
        return await digest(connection)
    finally:
        await connection.close()


async def test_the_same_size_gives_the_same_rows_and_files(
    stack: Stack,
    campus: Campus,
    connection: asyncpg.Connection,
    new_database: NewDatabase,
    empty_directory: EmptyDirectory,
) -> None:
    directory = empty_directory()

    again = await load(stack, new_database(), directory, SMALL)

    assert again == await digest(connection)
    assert content(directory) == content(campus.files_directory)


async def test_another_seed_gives_other_people(
    stack: Stack,
    connection: asyncpg.Connection,
    new_database: NewDatabase,
    empty_directory: EmptyDirectory,
) -> None:
    other = await load(stack, new_database(), empty_directory(), replace(SMALL, seed=2))

    same = {table for table, hashed in (await digest(connection)).items() if other[table] == hashed}
    assert same == {"institution", "test_question"}


async def test_a_large_campus_shares_a_pool_of_files(
    stack: Stack, new_database: NewDatabase, empty_directory: EmptyDirectory
) -> None:
    directory = empty_directory()
    size = scale(20_000)

    facts = await load_campus(stack.database_url(new_database()), directory, size)

    assert 16_000 < sum(facts.row_counts.values()) < 24_000
    assert facts.row_counts["submission_file"] > len(content(directory))
    assert not facts.missing_paths


@pytest.mark.parametrize("table", TABLES)
async def test_every_table_has_rows(
    campus: Campus, connection: asyncpg.Connection, table: str
) -> None:
    count = await connection.fetchval(f"SELECT count(*) FROM {table}")

    assert count == campus.facts.row_counts[table] > 0


async def test_every_table_is_listed(connection: asyncpg.Connection) -> None:
    catalogue = await read_catalogue(connection, "public")

    assert set(catalogue.tables) == set(TABLES)


@pytest.mark.parametrize(("category", "name", "field"), EXAMPLES.values(), ids=EXAMPLES.keys())
async def test_every_example_of_the_declarations_is_held_and_mapped(
    connection: asyncpg.Connection, category: str, name: str, field: str | None
) -> None:
    found = record_type(name)
    column = found.key[0] if field is None else found.fields[field].column or field
    kind = None if found.where is None else (found.where.is_ or {})["kind"]
    condition = "true" if kind is None else f"kind = '{kind}'"

    held = await connection.fetchval(f"SELECT count({column}) FROM {found.table} WHERE {condition}")

    assert found.category == category
    assert held > 0


def located(found: RecordType, role: Role) -> str:
    """Count the records of a role whose subject is ``$1``."""
    if role.column is not None:
        return f"SELECT count(*) FROM {found.table} WHERE {role.column} = $1"
    assert role.via is not None
    assert role.match is not None
    other = record_type(role.via)
    join = " AND ".join(f"this.{own} = that.{theirs}" for own, theirs in role.match.items())
    columns = [way.column for way in other.roles.values()]
    names = " OR ".join(f"that.{column} = $1" for column in columns)
    return f"SELECT count(*) FROM {found.table} AS this JOIN {other.table} AS that ON {join} WHERE {names}"


def every_role() -> list[tuple[str, str]]:
    types = document().data_map.record_types
    return [(name, role) for name, found in types.items() for role in found.roles]


def of_teachers(name: str, role: str) -> bool:
    taught = {"announcement", "course", "assignment", "test", "test_question"}
    return role == "assessor" or name in taught


@pytest.mark.parametrize(("name", "role"), every_role())
async def test_the_first_namesake_or_the_teacher_has_records_in_every_role(
    campus: Campus, connection: asyncpg.Connection, name: str, role: str
) -> None:
    found = record_type(name)
    for facts in campus.facts.institutions:
        person = facts.teacher if of_teachers(name, role) else facts.namesakes[0]
        assert await connection.fetchval(located(found, found.roles[role]), person.id) > 0


async def test_exactly_two_people_of_one_school_share_a_name(
    campus: Campus, connection: asyncpg.Connection
) -> None:
    shared = await connection.fetch(
        "SELECT institution_id, school, full_name, count(DISTINCT email) AS emails FROM person "
        "GROUP BY institution_id, school, full_name HAVING count(*) > 1 ORDER BY institution_id"
    )

    assert [(row["institution_id"], row["full_name"], row["emails"]) for row in shared] == [
        (facts.institution.id, NAMESAKE, 2) for facts in campus.facts.institutions
    ]
    assert {person.full_name for person in campus.facts.namesakes} == {NAMESAKE}


async def test_two_institutions_have_a_person_with_the_same_email(
    campus: Campus, connection: asyncpg.Connection
) -> None:
    found = await connection.fetch("SELECT id FROM person WHERE email = $1 ORDER BY id", TWIN_EMAIL)

    assert [row["id"] for row in found] == [person.id for person in campus.facts.twins]
    assert len({person.institution_id for person in campus.facts.twins}) == 2


async def test_brothers_and_sisters_share_their_guardians(
    campus: Campus, connection: asyncpg.Connection
) -> None:
    guardians = "SELECT array_agg(guardian_id) FROM guardian_of WHERE person_id = $1"
    facts = campus.facts.institutions[0]

    first, sibling, second = [
        set(await connection.fetchval(guardians, person.id))
        for person in (facts.namesakes[0], facts.sibling, facts.namesakes[1])
    ]

    assert first == sibling
    assert not first & second


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param("count(*) = 2 AND count(sent.sender_id) = 2", id="two who write"),
        pytest.param("count(*) = 2 AND count(sent.sender_id) = 1", id="one only received"),
        pytest.param("count(*) > 3 AND count(sent.sender_id) > 2", id="a group"),
        pytest.param("count(*) > 10", id="a class"),
        pytest.param("count(*) = 1", id="one alone"),
        pytest.param("count(member.left_at) = 1 AND count(*) > 2", id="one left"),
        pytest.param(
            "count(member.left_at) = count(*) - 1 AND count(*) > 1", id="all but one left"
        ),
    ],
)
async def test_conversations_have_several_shapes(
    connection: asyncpg.Connection, shape: str
) -> None:
    threads = await connection.fetch(
        "SELECT member.thread_id FROM thread_member AS member LEFT JOIN "
        "(SELECT DISTINCT thread_id, sender_id FROM message) AS sent "
        "ON sent.thread_id = member.thread_id AND sent.sender_id = member.person_id "
        f"GROUP BY member.thread_id HAVING {shape}"
    )

    assert threads


async def test_difficult_texts_are_stored_as_they_were_written(
    campus: Campus, connection: asyncpg.Connection
) -> None:
    for facts in campus.facts.institutions:
        rows = await connection.fetch(
            "SELECT body FROM message WHERE thread_id = (SELECT min(id) FROM thread "
            "WHERE created_by_id = $1) ORDER BY sent_at",
            facts.namesakes[0].id,
        )
        assert [row["body"] for row in rows] == [*DIFFICULT_TEXTS, None]


async def test_every_upload_is_a_file_of_its_own_but_one_that_is_missing(
    campus: Campus, connection: asyncpg.Connection
) -> None:
    rows = await connection.fetch(
        "SELECT path, size_bytes FROM material UNION ALL SELECT path, size_bytes "
        "FROM submission_file UNION ALL SELECT attachment_path, NULL FROM message "
        "WHERE attachment_path IS NOT NULL UNION ALL SELECT picture_path, NULL FROM person "
        "WHERE picture_path IS NOT NULL"
    )
    stored = content(campus.files_directory)

    assert len(campus.facts.missing_paths) == 1
    assert sorted(row["path"] for row in rows) == sorted([*stored, *campus.facts.missing_paths])
    assert all(
        len(stored[row["path"]]) == row["size_bytes"]
        for row in rows
        if row["size_bytes"] is not None and row["path"] in stored
    )


async def test_the_missing_file_is_the_first_namesakes(
    campus: Campus, connection: asyncpg.Connection
) -> None:
    owner = await connection.fetchval(
        "SELECT student_id FROM submission JOIN submission_file ON submission_id = submission.id "
        "WHERE path = $1",
        campus.facts.missing_paths[0],
    )

    assert owner == campus.facts.namesakes[0].id


async def test_of_the_campus_the_check_tells_which_references_are_emptied_and_nothing_else(
    connection: asyncpg.Connection,
) -> None:
    catalogue = await read_catalogue(connection, "public")

    assert check(document()) == []
    found = check_live(document(), catalogue)
    assert {(one.severity, one.detail.split("`")[1]) for one in found} == {
        (Severity.WARNING, f"{reference}_id")
        for reference in (
            "event.project",
            "material.project",
            "grade.assignment",
            "grade.test",
            "extra_time.test",
        )
    }


async def test_new_rows_get_new_ids(scratch: asyncpg.Connection) -> None:
    highest = await scratch.fetchval("SELECT max(id) FROM message")

    added = await scratch.fetchval(
        "INSERT INTO message (thread_id, sender_id, body, sent_at) "
        "SELECT thread_id, sender_id, 'One more.', now() FROM message LIMIT 1 RETURNING id"
    )

    assert added == highest + 1


async def test_a_deleted_course_leaves_grades_and_documents_without_it(
    scratch: asyncpg.Connection,
) -> None:
    count = "SELECT (SELECT count(*) FROM grade), (SELECT count(*) FROM material)"
    course = await scratch.fetchval("SELECT min(id) FROM course")
    before = await scratch.fetchrow(count)

    await scratch.execute("SELECT delete_course($1)", course)

    assert await scratch.fetchrow(count) == before
    for table in ("announcement", "discussion", "assignment", "test", "enrolment"):
        left = await scratch.fetchval(f"SELECT count(*) FROM {table} WHERE course_id = $1", course)
        assert left == 0
    assert await scratch.fetchval("SELECT count(*) FROM grade WHERE course_id IS NULL") > 0


async def test_a_person_who_is_still_named_cannot_be_deleted(
    campus: Campus, scratch: asyncpg.Connection
) -> None:
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await scratch.execute("DELETE FROM person WHERE id = $1", campus.facts.teacher.id)
