"""Access and portability, as an LMS lives through them: HTTP in, real processes behind it."""

import io
from collections import Counter
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any
from xml.parsers import expat

import asyncpg
import httpx
import pytest
import yaml
from lxml import etree

from app.demo.people import NAMESAKE
from schemas.controllers import ControllerSettings
from tests.e2e.campus_counts import COUNTS, count_records
from tests.fixtures.campus import CAMPUS_MAP, Campus
from tests.fixtures.customers import Customer
from tests.fixtures.habeas import Habeas, NewHabeas
from tests.fixtures.opened_bundles import OpenedBundle
from tests.fixtures.tree import ROOT

EXCLUDED: dict[str, tuple[str, ...]] = {
    "person": ("phone", "student_number"),
    "submission_file": ("document",),
}
CANARY = "canary-that-never-travels"
INTERNAL = {"person_setting", "last_selection", "cookie"}


@pytest.fixture(scope="module")
async def habeas(campus: Campus, new_habeas: NewHabeas) -> AsyncIterator[Habeas]:
    async with new_habeas(campus.environment) as running:
        yield running


@pytest.fixture(scope="module")
async def school(habeas: Habeas, campus: Campus) -> Customer:
    return await habeas.customer(campus.facts.institutions[0].key)


@pytest.fixture(scope="module")
async def other_school(habeas: Habeas, campus: Campus) -> Customer:
    settings = ControllerSettings(excluded_fields=EXCLUDED)
    return await habeas.customer(campus.facts.institutions[1].key, settings)


@pytest.fixture(scope="module")
async def access(school: Customer, campus: Campus) -> tuple[dict[str, Any], OpenedBundle]:
    """The namesake's subject request, completed, and its bundle."""
    subject = campus.facts.namesakes[0]
    await _execute(campus, "INSERT INTO person_setting VALUES ($1, 'theme', $2)", subject.id)
    request = await school.export(subject.email)
    return request, await school.download(request)


@pytest.fixture(scope="module")
async def bundle(access: tuple[dict[str, Any], OpenedBundle]) -> OpenedBundle:
    return access[1]


@pytest.fixture(scope="module")
async def teachers_bundle(school: Customer, campus: Campus) -> OpenedBundle:
    return await school.download(await school.export(campus.facts.teacher.email))


@pytest.fixture(scope="module")
async def portability(school: Customer, campus: Campus) -> OpenedBundle:
    request = await school.export(campus.facts.namesakes[0].email, "portability")
    return await school.download(request)


async def _execute(campus: Campus, sql: str, person_id: int) -> None:
    connection = await asyncpg.connect(campus.url)
    await connection.execute(sql, person_id, CANARY)
    await connection.close()


async def test_two_people_of_one_name_are_told_apart_before_anything_is_exported(
    school: Customer, campus: Campus
) -> None:
    body = {"identifier": "full_name", "value": NAMESAKE, "reason": "Request 2026-0147"}
    found = (await school.ask("POST", "/v1/subject-searches", json=body)).json()
    emails = {each["display"]["email"] for each in found["candidates"]}
    assert emails == {each.email for each in campus.facts.namesakes}
    first = await school.submit(found["candidates"][0]["confirmation"])
    shown = (await school.wait(first["id"]))["subject"]
    assert shown == found["candidates"][0]["display"]


async def test_a_completed_request_shows_every_step_with_its_count(
    access: tuple[dict[str, Any], OpenedBundle],
) -> None:
    request, bundle = access
    steps = request["job"]["steps"]
    assert {each["state"] for each in steps} == {"completed"}
    assert all(each["started_at"] <= each["finished_at"] for each in steps)
    records = {each["name"]: each["record_count"] for each in steps if each["name"] in COUNTS}
    assert records == bundle.counts
    assert request["job"]["attempts"] == 1


@pytest.mark.parametrize("whose", ["student", "teacher"])
async def test_the_bundle_holds_as_many_records_of_each_type_as_sql_counts(
    whose: str, bundle: OpenedBundle, teachers_bundle: OpenedBundle, campus: Campus
) -> None:
    subject, theirs = {
        "student": (campus.facts.namesakes[0], bundle),
        "teacher": (campus.facts.teacher, teachers_bundle),
    }[whose]
    theirs.assert_whole()
    assert theirs.counts == await count_records(campus.url, subject.id)


async def test_the_xml_is_valid_by_the_published_schema(
    bundle: OpenedBundle, portability: OpenedBundle
) -> None:
    schema = etree.XMLSchema(etree.parse(ROOT / "schemas" / "xsd" / "bundle.xsd"))
    for each in (bundle, portability):
        schema.assertValid(each.root)


async def test_a_second_parser_reads_the_same_records(bundle: OpenedBundle) -> None:
    seen: Counter[str] = Counter()
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: seen.update([name])
    parser.ParseFile(io.BytesIO(bundle.xml))
    assert seen["record"] == sum(bundle.counts.values())


async def test_every_stored_upload_travels_and_the_missing_one_is_named(
    bundle: OpenedBundle, campus: Campus
) -> None:
    connection = await asyncpg.connect(campus.url)
    rows = await connection.fetch(
        """
        SELECT picture_path AS path FROM person WHERE id = $1 AND picture_path IS NOT NULL
        UNION ALL SELECT attachment_path FROM message
            WHERE sender_id = $1 AND attachment_path IS NOT NULL
        UNION ALL SELECT path FROM material WHERE owner_id = $1
        UNION ALL SELECT path FROM submission_file WHERE submission_id IN (
            SELECT id FROM submission WHERE student_id = $1)
        """,
        campus.facts.namesakes[0].id,
    )
    await connection.close()
    paths = [row["path"] for row in rows]
    missing = [path for path in paths if path in campus.facts.missing_paths]
    there = Counter(
        sha256((campus.files_directory / path).read_bytes()).hexdigest()
        for path in paths
        if path not in missing
    )
    uploads = [each for name in bundle.record_types for each in bundle.files(name)]
    assert [each.get("missing") for each in uploads].count("true") == len(missing) == 1
    assert Counter(each["sha256"] for each in uploads if "path" in each) == there
    travelled = {name: each for name, each in bundle.members.items() if name.startswith("files/")}
    assert Counter(sha256(each).hexdigest() for each in travelled.values()) == there
    assert bundle.manifest["totals"]["missing_files"] == 1


async def test_what_others_wrote_is_redacted_and_every_redaction_is_registered(
    bundle: OpenedBundle, campus: Campus
) -> None:
    subject = campus.facts.namesakes[0]
    connection = await asyncpg.connect(campus.url)
    from_others = await connection.fetch(
        "SELECT id::text AS key FROM message WHERE sender_id <> $1"
        " AND thread_id IN (SELECT thread_id FROM thread_member WHERE person_id = $1)",
        subject.id,
    )
    await connection.close()
    assert from_others
    for field in ("body", "sender"):
        withheld = {
            record.attrib["key"]
            for record in bundle.records("message")
            for each in record
            if each.attrib["name"] == field and each.get("redacted") == "third-party"
        }
        assert withheld == {row["key"] for row in from_others}
        assert bundle.redactions("message")[field] == len(withheld)
        assert bundle.values("message", field).count(None) >= len(withheld)


async def test_internal_logic_is_named_and_never_exported(bundle: OpenedBundle) -> None:
    assert INTERNAL.isdisjoint(bundle.record_types)
    (category,) = (
        each for each in bundle.manifest["categories"] if each["name"] == "internal_logic"
    )
    assert category["included"] is False
    assert {each["name"] for each in category["record_types"]} == INTERNAL
    assert not any(CANARY.encode() in each for each in bundle.members.values())


async def test_the_page_and_the_xml_can_be_read_alone(
    access: tuple[dict[str, Any], OpenedBundle], school: Customer
) -> None:
    request, bundle = access
    address = f"/v1/bundles/{request['bundle_id']}"
    described = (await school.ask("GET", address)).json()
    assert described["record_count"] == sum(bundle.counts.values())
    assert described["missing_file_count"] == 1
    for part, member in (("preview", "index.html"), ("data.xml", "data.xml")):
        answer = await school.ask("GET", f"{address}/{part}")
        assert answer.content == bundle.members[member]
    assert described["content"]["sha256"] == sha256(bundle.content).hexdigest()


async def test_a_download_that_broke_off_is_continued(
    access: tuple[dict[str, Any], OpenedBundle], school: Customer
) -> None:
    request, bundle = access
    address = f"/v1/bundles/{request['bundle_id']}/content"
    half = len(bundle.content) // 2
    rest = await school.ask("GET", address, headers={"Range": f"bytes={half}-"})
    assert rest.status_code == 206
    assert rest.content == bundle.content[half:]
    assert rest.headers["content-range"] == (
        f"bytes {half}-{len(bundle.content) - 1}/{len(bundle.content)}"
    )


async def test_another_controller_is_told_that_there_is_no_such_thing(
    access: tuple[dict[str, Any], OpenedBundle], other_school: Customer, campus: Campus
) -> None:
    request, _ = access
    bundle = f"/v1/bundles/{request['bundle_id']}"
    own = f"/v1/subject-requests/{request['id']}"
    for path in (own, bundle, f"{bundle}/content", f"{bundle}/preview", f"{bundle}/data.xml"):
        assert (await other_school.ask("GET", path)).status_code == 404
    assert (await other_school.ask("POST", f"{own}/resumption")).status_code == 404
    search = {"identifier": "email", "value": campus.facts.namesakes[0].email, "reason": "x"}
    found = await other_school.ask("POST", "/v1/subject-searches", json=search)
    assert found.json()["candidates"] == []


async def test_portability_holds_what_the_person_provided_and_nothing_else(
    portability: OpenedBundle, campus: Campus
) -> None:
    portability.assert_whole()
    types = yaml.safe_load(CAMPUS_MAP.read_text("utf-8"))["record_types"]
    provided = {
        name: {field for field, each in spec["fields"].items() if "provided_by_subject" in each}
        for name, spec in types.items()
        if "fields" in spec
    }
    shown = {
        name: {each.attrib["name"] for record in portability.records(name) for each in record}
        for name in portability.record_types
    }
    assert all(fields <= provided[name] for name, fields in shown.items())
    assert set(shown) == {name for name, fields in provided.items() if fields}
    by_them = {
        "person": "id",
        "message": "sender_id",
        "note": "owner_id",
        "thread": "created_by_id",
        "submission": "student_id",
        "discussion_post": "author_id",
    }
    connection = await asyncpg.connect(campus.url)
    for table, column in by_them.items():
        count = await connection.fetchval(
            f"SELECT count(*) FROM {table} WHERE {column} = $1", campus.facts.namesakes[0].id
        )
        assert portability.counts[table] == count, table
    await connection.close()
    assert not any(portability.redactions(name) for name in portability.record_types)


async def test_fields_that_a_controller_keeps_from_habeas_are_nowhere_in_its_bundles(
    other_school: Customer, campus: Campus
) -> None:
    subject = campus.facts.institutions[1].namesakes[0]
    request = await other_school.export(subject.email)
    bundle = await other_school.download(request)
    bundle.assert_whole()
    assert bundle.counts == await count_records(campus.url, subject.id)
    connection = await asyncpg.connect(campus.url)
    phone = await connection.fetchval("SELECT phone FROM person WHERE id = $1", subject.id)
    await connection.close()
    for name, fields in EXCLUDED.items():
        headings = bundle.record_types[name].iterfind("{urn:habeas:bundle:1}fields/*")
        assert {each.attrib["name"] for each in headings}.isdisjoint(fields)
    assert bundle.files("submission_file") == []
    for member in bundle.members.values():
        assert phone.encode() not in member
        assert subject.student_no.encode() not in member


async def test_the_audit_trail_tells_the_story_and_verifies(
    habeas: Habeas, school: Customer, access: tuple[dict[str, Any], OpenedBundle]
) -> None:
    request, _ = access
    rows = await habeas.rows(
        "SELECT action FROM audit_entry WHERE controller_id = $1 AND subject_request_id = $2"
        " ORDER BY sequence",
        school.id,
        request["id"],
    )
    told = [row["action"] for row in rows]
    assert told[:5] == [
        "subject_request.accepted",
        "job.started",
        "bundle.ready",
        "subject_request.completed",
        "bundle.downloaded",
    ]
    verified = habeas.run_anew("audit", "verify")
    assert (verified.returncode, verified.stderr) == (0, "")
    assert f"{school.id}: " in verified.stdout
    assert "broken" not in verified.stdout


async def test_no_personal_data_is_in_any_log(
    habeas: Habeas, campus: Campus, bundle: OpenedBundle
) -> None:
    assert bundle.counts["person"] == 1
    subject = campus.facts.namesakes[0]
    logs = "".join(path.read_text("utf-8") for path in habeas.directory.glob("*.log"))
    assert "worker.ready" in logs
    for text in (subject.email, subject.full_name, subject.username, subject.student_no, CANARY):
        assert text not in logs


async def test_a_request_sent_twice_is_carried_out_once(school: Customer, campus: Campus) -> None:
    confirmation = await school.confirm("email", campus.facts.institutions[0].sibling.email)
    body = {
        "right": "access",
        "confirmation": confirmation,
        "approval": {
            "approved_by": "Kari Holm",
            "approved_at": "2026-01-20T09:00:00Z",
            "reference": "2026-0148",
            "reason": "The person asked for a copy",
        },
    }
    headers = {"Idempotency-Key": "the-same-key", "Prefer": "wait=20"}
    answers: list[httpx.Response] = [
        await school.ask("POST", "/v1/subject-requests", json=body, headers=headers)
        for _ in range(2)
    ]
    assert [each.status_code for each in answers] == [200, 200]
    assert answers[0].json()["bundle_id"] == answers[1].json()["bundle_id"]
    assert answers[1].headers["idempotency-replayed"] == "true"
