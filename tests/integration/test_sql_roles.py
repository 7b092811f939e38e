"""Records are located in every part that names the subject, and shown as that part allows."""

import asyncio
import re
from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.domain.errors import AttentionNeeded, SourceFailure
from app.embedded.stack import Stack
from app.sources.protocol import SubjectRef, UploadReference
from app.sources.registry import Sources
from schemas.data_map import DataMap
from schemas.vocabulary import AttentionReason, Right
from tests.fixtures.stack import NewDatabase

SCHEMA = """
CREATE TABLE person (id bigint PRIMARY KEY, school_id uuid NOT NULL, name text, active bool);
INSERT INTO person VALUES
    (1, '00000000-0000-0000-0000-00000000000a', 'Kari', true),
    (2, '00000000-0000-0000-0000-00000000000a', 'Ola', true),
    (3, '00000000-0000-0000-0000-00000000000b', 'Kari', true),
    (4, '00000000-0000-0000-0000-00000000000a', 'Guest', NULL);
CREATE TABLE thread (id int PRIMARY KEY, subject text);
INSERT INTO thread VALUES (10, 'Trip & camp'), (11, NULL), (12, 'Not mine');
CREATE TABLE thread_member (thread_id int, person_id bigint, PRIMARY KEY (thread_id, person_id));
INSERT INTO thread_member VALUES (10, 1), (10, 2), (11, 1), (12, 2);
CREATE TABLE message (id int PRIMARY KEY, thread_id int, sender_id bigint, body text, upload text);
INSERT INTO message VALUES
    (100, 10, 1, 'mine', 'aabbcc'), (101, 10, 2, 'theirs', 'ddeeff'), (102, 11, 1, NULL, NULL),
    (103, 12, 2, 'not for me', NULL), (104, 12, 1, 'left the thread', '');
CREATE TABLE reaction (message_id int, kind text, PRIMARY KEY (message_id, kind));
INSERT INTO reaction VALUES (100, 'like'), (101, 'a/b%'), (103, 'like');
"""
SCHOOL_A = "00000000-0000-0000-0000-00000000000a"

DATA_MAP = {
    "habeas": 1,
    "name": "roles",
    "sources": {
        "lms": {"kind": "sql", "url": "${LMS}"},
        "uploads": {"kind": "files", "url": "file:///nowhere"},
    },
    "subject": {
        "source": "lms",
        "table": "person",
        "key": "id",
        "controller": "school_id",
        "identifiers": {"name": {"column": "name", "ignore_case": True}, "id": "id"},
        "display": ["name", "active"],
        "where": {"not": {"is": {"active": None}}},
    },
    "record_types": {
        "membership": {
            "category": "communication",
            "title": "Memberships",
            "table": "thread_member",
            "key": ["thread_id", "person_id"],
            "fields": {"thread_id": {"title": "Thread"}},
            "roles": {"member": {"column": "person_id"}},
        },
        "message": {
            "category": "communication",
            "title": "Messages",
            "table": "message",
            "fields": {
                "thread": {
                    "title": "Thread",
                    "lookup": {
                        "table": "thread",
                        "match": {"thread_id": "id"},
                        "column": "subject",
                    },
                },
                "body": {"title": "Text", "provided_by_subject": ["author"]},
                "secret": {"title": "Secret", "column": "id", "internal": True},
                "upload": {
                    "title": "File",
                    "file": {"source": "uploads", "path": "{0:2}/{}", "name": "body"},
                },
            },
            "roles": {
                "author": {"column": "sender_id"},
                "recipient": {
                    "via": "membership",
                    "match": {"thread_id": "thread_id"},
                    "third_party": ["body", "upload"],
                },
            },
        },
        "reaction": {
            "category": "communication",
            "title": "Reactions",
            "table": "reaction",
            "key": ["message_id", "kind"],
            "fields": {"kind": {"title": "Kind"}},
            "roles": {
                "seen": {
                    "via": "message",
                    "via_roles": ["recipient"],
                    "match": {"message_id": "id"},
                }
            },
        },
    },
}


@pytest.fixture(scope="module")
async def url(stack: Stack, new_database: NewDatabase) -> str:
    url = stack.database_url(new_database())
    connection = await asyncpg.connect(url)
    await connection.execute(SCHEMA)
    await connection.close()
    return url


@pytest.fixture
async def sources(url: str) -> AsyncIterator[Sources]:
    opened = Sources({"LMS": url}, connections=2, jobs=1)
    yield opened
    await opened.close()


async def export(sources: Sources, record_type: str, right: Right = Right.ACCESS) -> set[str]:
    chunks: list[bytes] = []

    async def sink(chunk: bytes) -> None:
        chunks.append(chunk)

    source = sources.records(DataMap.model_validate(DATA_MAP), "lms")
    async with source.snapshot(SubjectRef(SCHOOL_A, "1"), right) as snapshot:
        tallies = await snapshot.export(record_type, sink)
    records = b"".join(chunks).decode().splitlines()
    assert tallies.count == len(records)
    redacted = {
        field: sum(f'"{field}" redacted' in each for each in records)
        for field in tallies.redactions
    }
    assert dict(tallies.redactions) == redacted
    return set(records)


async def test_a_record_is_found_once_with_every_role_it_names_the_subject_in(
    sources: Sources,
) -> None:
    records = await export(sources, "message")

    assert {re.findall(r'key="(\d+)" roles="([^"]*)"', each)[0] for each in records} == {
        ("100", "author recipient"),
        ("101", "recipient"),
        ("102", "author recipient"),
        ("104", "author"),
    }


async def test_a_third_partys_field_is_withheld_only_where_no_role_opens_it(
    sources: Sources,
) -> None:
    records = await export(sources, "message")

    assert (
        '<record key="101" roles="recipient"><field name="thread">Trip &amp; camp</field>'
        '<field name="body" redacted="third-party"/><field name="upload" redacted="third-party"/>'
        "</record>"
    ) in records
    assert (
        '<record key="100" roles="author recipient"><field name="thread">Trip &amp; camp</field>'
        '<field name="body">mine</field><field name="upload">aabbcc</field></record>'
    ) in records


async def test_null_and_empty_are_told_apart(sources: Sources) -> None:
    records = await export(sources, "message")

    assert any(
        '<field name="thread" null="true"/><field name="body" null="true"/>' in each
        for each in records
    )
    assert any('<field name="upload"></field>' in each for each in records)


async def test_composite_keys_are_encoded_and_chains_of_via_narrow_by_role(
    sources: Sources,
) -> None:
    assert await export(sources, "reaction") == {
        '<record key="100/like" roles="seen"><field name="kind">like</field></record>',
        '<record key="101/a%2Fb%25" roles="seen"><field name="kind">a/b%</field></record>',
    }


async def test_portability_holds_only_what_the_subject_provided(sources: Sources) -> None:
    assert await export(sources, "message", Right.PORTABILITY) == {
        '<record key="100" roles="author recipient"><field name="body">mine</field></record>',
        '<record key="102" roles="author recipient"><field name="body" null="true"/></record>',
        '<record key="104" roles="author"><field name="body">left the thread</field></record>',
    }
    assert await export(sources, "membership", Right.PORTABILITY) == set()


async def test_uploads_are_named_with_their_place_and_without_those_of_third_parties(
    sources: Sources,
) -> None:
    source = sources.records(DataMap.model_validate(DATA_MAP), "lms")
    async with source.snapshot(SubjectRef(SCHOOL_A, "1"), Right.ACCESS) as snapshot:
        uploads = [each async for each in snapshot.uploads("message")]

    assert uploads == [
        UploadReference("100", "upload", "uploads", "aa/aabbcc", "mine"),
        UploadReference("104", "upload", "uploads", "/", "left the thread"),
    ]


@pytest.mark.parametrize(
    ("controller", "subject"),
    [
        pytest.param(SCHOOL_A, "3", id="a person of another controller"),
        pytest.param(SCHOOL_A, "99", id="nobody"),
        pytest.param(SCHOOL_A, "4", id="a row that is nobody"),
    ],
)
async def test_a_snapshot_of_somebody_the_controller_does_not_have_needs_attention(
    controller: str, subject: str, sources: Sources
) -> None:
    source = sources.records(DataMap.model_validate(DATA_MAP), "lms")
    with pytest.raises(AttentionNeeded) as raised:
        async with source.snapshot(SubjectRef(controller, subject), Right.ACCESS):
            pass

    assert raised.value.reason is AttentionReason.SUBJECT_NOT_FOUND


@pytest.mark.parametrize(
    ("identifier", "value", "found"),
    [
        pytest.param("name", "KARI", ["1"], id="by name, whatever the case, in the own school"),
        pytest.param("id", "2", ["2"], id="by number"),
        pytest.param("id", "3", [], id="not in another school"),
        pytest.param("id", "two", [], id="letters are no number"),
        pytest.param("id", "9" * 30, [], id="nor is a number too large"),
        pytest.param("name", "Guest", [], id="not who is nobody"),
        pytest.param("name", "' OR true --", [], id="not by injection"),
    ],
)
async def test_people_are_found_by_the_maps_identifiers_within_the_controller(
    identifier: str, value: str, found: list[str], sources: Sources
) -> None:
    source = sources.records(DataMap.model_validate(DATA_MAP), "lms")

    candidates = await source.search(SCHOOL_A, identifier, value, 20)

    assert [each.key for each in candidates] == found
    assert all(set(each.display) == {"name", "active"} for each in candidates)


async def test_a_large_table_is_read_by_two_connections_that_see_one_moment(
    stack: Stack, new_database: NewDatabase
) -> None:
    url = stack.database_url(new_database())
    connection = await asyncpg.connect(url)
    await connection.execute(SCHEMA)
    await connection.execute(
        "INSERT INTO thread_member SELECT n, 1 FROM generate_series(1000, 60999) n; ANALYZE"
    )
    sources = Sources({"LMS": url}, connections=2, jobs=1)
    keys: list[str] = []
    one_at_a_time = asyncio.Lock()

    async def sink(chunk: bytes) -> None:
        async with one_at_a_time:
            if not keys:  # the first chunk is here: what is written now is after the moment
                await connection.execute("DELETE FROM thread_member WHERE person_id = 1")
        keys.extend(re.findall(r'key="(\d+)/1"', chunk.decode()))

    source = sources.records(DataMap.model_validate(DATA_MAP), "lms")
    async with source.snapshot(SubjectRef(SCHOOL_A, "1"), Right.ACCESS) as snapshot:
        tallies = await snapshot.export("membership", sink)
    await sources.close()
    await connection.close()

    assert tallies.count == 60_002
    assert len(keys) == len(set(keys)) == 60_002


async def test_a_map_that_does_not_fit_the_database_fails_without_values(sources: Sources) -> None:
    wrong = {**DATA_MAP["record_types"]["membership"], "table": "nowhere"}  # type: ignore[index]
    spec = DataMap.model_validate({**DATA_MAP, "record_types": {"membership": wrong}})
    source = sources.records(spec, "lms")

    with pytest.raises(SourceFailure, match="no table") as raised:
        async with source.snapshot(SubjectRef(SCHOOL_A, "1"), Right.ACCESS):
            pass

    assert not raised.value.transient


async def test_an_unreachable_database_is_a_transient_failure() -> None:
    sources = Sources({"LMS": "postgresql://nobody@/x?host=/nonexistent"}, connections=1, jobs=1)
    source = sources.records(DataMap.model_validate(DATA_MAP), "lms")

    with pytest.raises(SourceFailure) as raised:
        await source.search(SCHOOL_A, "name", "Kari", 20)

    assert raised.value.transient


async def test_what_the_sink_raises_is_not_taken_for_the_databases_failure(
    sources: Sources,
) -> None:
    async def full(_: bytes) -> None:
        raise AttentionNeeded(AttentionReason.DISK_FULL, "no room")

    source = sources.records(DataMap.model_validate(DATA_MAP), "lms")
    with pytest.raises(AttentionNeeded):
        async with source.snapshot(SubjectRef(SCHOOL_A, "1"), Right.ACCESS) as snapshot:
            await snapshot.export("message", full)
