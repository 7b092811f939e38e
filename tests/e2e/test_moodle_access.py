"""A real Moodle site's users get their data: HTTP in, real processes behind it."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import httpx
import pytest
from lxml import etree

from tests.fixtures.api import SOMEBODY
from tests.fixtures.customers import Customer
from tests.fixtures.habeas import Habeas, NewHabeas
from tests.fixtures.moodle import STUDENT, TEACHER, Moodle
from tests.fixtures.opened_bundles import OpenedBundle
from tests.fixtures.patience import PATIENCE_SECONDS
from tests.fixtures.taking_on import created, published
from tests.fixtures.tree import ROOT
from tests.integration.moodle_counts import COUNTS

persons = pytest.mark.parametrize(
    "person", [pytest.param(STUDENT, id="student"), pytest.param(TEACHER, id="teacher")]
)
Export = Callable[[int], Awaitable[OpenedBundle]]


@pytest.fixture(scope="module")
async def habeas(moodle: Moodle, new_habeas: NewHabeas) -> AsyncIterator[Habeas]:
    async with new_habeas(moodle.environment) as running:
        yield running


@pytest.fixture(scope="module")
async def site(habeas: Habeas, moodle: Moodle) -> Customer:
    """A site is one controller: its map names no column that tells controllers apart."""
    return await habeas.customer(None, data_map=moodle.data_map)


@pytest.fixture(scope="module")
async def lms(moodle: Moodle) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(moodle.database_url)
    yield connection
    await connection.close()


@pytest.fixture(scope="module")
async def export(site: Customer, lms: asyncpg.Connection) -> Export:
    """Export a person, once."""
    exported: dict[int, OpenedBundle] = {}

    async def once(person: int) -> OpenedBundle:
        if person not in exported:
            email = await lms.fetchval("SELECT email FROM mdl_user WHERE id = $1", person)
            exported[person] = await site.download(await site.export(email))
        return exported[person]

    return once


@persons
async def test_the_xml_holds_as_many_records_of_each_table_as_sql_counts(
    person: int, export: Export, lms: asyncpg.Connection
) -> None:
    bundle = await export(person)
    bundle.assert_whole()
    assert bundle.counts == {name: await lms.fetchval(sql, person) for name, sql in COUNTS.items()}
    assert sum(bundle.counts.values()) > 100


@persons
async def test_the_xml_is_valid_by_the_published_schema(person: int, export: Export) -> None:
    schema = etree.XMLSchema(etree.parse(ROOT / "schemas" / "xsd" / "bundle.xsd"))
    schema.assertValid((await export(person)).root)


@persons
async def test_every_upload_travels_to_the_byte(
    person: int, export: Export, lms: asyncpg.Connection
) -> None:
    bundle = await export(person)
    rows = await lms.fetch("SELECT id::text AS key, contenthash, filename FROM mdl_files")
    stored = {row["key"]: (row["contenthash"], row["filename"]) for row in rows}
    files = bundle.files("uploaded_file")
    assert len(files) == bundle.counts["uploaded_file"] >= 5
    for each in files:
        content = bundle.members[each["path"]]
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        assert (digest, each["original-name"]) == stored[each["record-key"]]
        assert hashlib.sha256(content).hexdigest() == each["sha256"]


def test_the_check_lists_what_is_left_out_and_passes(habeas: Habeas, moodle: Moodle) -> None:
    done = habeas.run("datamap", "check", str(moodle.data_map), "--against", moodle.database_url)
    assert done.returncode == 0, done.stdout
    assert ": left out: left_out[0].columns[0]: `mdl_competency.usermodified`" in done.stdout
    assert ": uncovered: " not in done.stdout
    assert ": error: " not in done.stdout


async def test_a_site_is_bound_to_the_map_by_command(habeas: Habeas, moodle: Moodle) -> None:
    await habeas.vacate(None)
    controller = habeas.run("controllers", "create", "By command").stdout.strip()
    done = habeas.run("datamap", "publish", str(moodle.data_map), "--controller", controller)
    assert done.returncode == 0, done.stdout
    bound = "SELECT count(data_map_version_id) FROM controller WHERE id = $1"
    assert (await habeas.rows(bound, controller))[0][0] == 1


async def test_support_binds_a_site_to_the_map(habeas: Habeas, moodle: Moodle) -> None:
    await habeas.vacate(None)
    key = habeas.run("clients", "issue", "Desk", "--support").stdout.splitlines()[-1]
    staff = {"Authorization": f"Bearer {key}"} | SOMEBODY
    async with httpx.AsyncClient(base_url=habeas.url, timeout=PATIENCE_SECONDS) as http:
        made = await created(http, staff, "By support")
        document = moodle.data_map.read_text("utf-8")
        version_id = await published(http, staff, made["id"], document)
        change = {"name": "By support", "data_map_version_id": version_id}
        bound = await http.put(f"/v1/controllers/{made['id']}", json=change, headers=staff)
    assert (bound.status_code, bound.json().get("data_map_version_id")) == (200, version_id)
