"""What stops an export for a person: no room, no source, nobody to export; and how it goes on."""

import resource
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.fixtures.campus import Campus, NewCampus
from tests.fixtures.customers import Customer
from tests.fixtures.habeas import Habeas, NewHabeas
from tests.fixtures.programs import Program

_LOG = """
    INSERT INTO activity_log (person_id, happened_at, action, object, browser)
    SELECT $1, now(), 'page.viewed', 'page ' || number, md5(number::text) || md5((-number)::text)
    FROM generate_series(1, 20000) AS number
"""


@pytest.fixture(scope="module")
async def large_campus(new_campus: NewCampus) -> Campus:
    """The namesake's bundle takes more than a mebibyte."""
    campus = new_campus()
    await execute(campus.url, _LOG, campus.facts.namesakes[0].id)
    return campus


@pytest.fixture
async def habeas(large_campus: Campus, new_habeas: NewHabeas) -> AsyncIterator[Habeas]:
    async with new_habeas(large_campus.environment, workers=0) as running:
        yield running


@pytest.fixture
async def school(habeas: Habeas, large_campus: Campus) -> Customer:
    return await habeas.customer(large_campus.facts.institutions[0].key)


async def execute(url: str, sql: str, *arguments: Any) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(sql, *arguments)
    await connection.close()


def needs(request: dict[str, Any], reason: str, remedy: str) -> None:
    """Assert that a subject request waits for a person, and tells which and why."""
    assert request["state"] == request["job"]["state"] == "needs_attention"
    assert request["bundle_id"] is None
    assert request["attention"]["reason"] == reason
    assert request["attention"]["detail"]
    assert remedy in request["attention"]["remedy"]


async def assert_completes(habeas: Habeas, school: Customer, request: dict[str, Any]) -> None:
    """Resume once the cause is mended: the bundle is whole and alone."""
    await school.resume(request["id"])
    done = await school.wait(request["id"])
    bundle = await school.download(done)
    bundle.assert_whole()
    assert bundle.counts["person"] == 1
    assert done["attention"] is None
    assert [each.name for each in habeas.bundles.iterdir()] == [f"{done['bundle_id']}.sealed"]


@contextmanager
def tiny_disk(directory: Path) -> Iterator[None]:
    """Let bundles lie on a file system of half a mebibyte."""
    directory.mkdir(mode=0o700, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k,mode=700", "tmpfs", str(directory)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("a file system cannot be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


def make_room(directory: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=64m", str(directory)], check=True)


async def test_a_full_disk_waits_for_room_and_leaves_nothing_behind(
    habeas: Habeas, school: Customer, large_campus: Campus
) -> None:
    with tiny_disk(habeas.bundles):
        habeas.start_worker()
        request = await school.export(large_campus.facts.namesakes[0].email)
        needs(request, "disk_full", "Make room")
        assert list(habeas.bundles.iterdir()) == []
        make_room(habeas.bundles)
        await assert_completes(habeas, school, request)
        habeas.api.end()
        habeas.workers[0].end()


async def test_a_file_that_may_not_grow_waits_for_room_and_leaves_nothing_behind(
    habeas: Habeas, school: Customer, large_campus: Campus
) -> None:
    worker = habeas.start_worker()
    limit_files(worker, 512 * 1024)
    request = await school.export(large_campus.facts.namesakes[0].email)
    needs(request, "disk_full", "Make room")
    assert list(habeas.bundles.iterdir()) == []
    limit_files(worker, resource.RLIM_INFINITY)
    await assert_completes(habeas, school, request)


def limit_files(worker: Program, size_bytes: int) -> None:
    _, hard = resource.prlimit(worker.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (size_bytes, hard))


async def test_a_bundle_over_the_limit_waits_until_the_limit_is_raised(
    habeas: Habeas, school: Customer, large_campus: Campus
) -> None:
    small = habeas.start_worker(max_bundle_bytes="300000")
    request = await school.export(large_campus.facts.namesakes[0].email)
    needs(request, "bundle_too_large", "HABEAS_MAX_BUNDLE_BYTES")
    assert "300000" in request["attention"]["detail"]
    assert list(habeas.bundles.iterdir()) == []
    small.end()
    habeas.start_worker()
    await assert_completes(habeas, school, request)


async def test_only_the_person_whose_export_is_stuck_waits(
    habeas: Habeas, school: Customer, large_campus: Campus
) -> None:
    habeas.start_worker(max_bundle_bytes="300000")
    stuck = await school.submit(
        await school.confirm("email", large_campus.facts.namesakes[0].email)
    )
    other = await school.export(large_campus.facts.namesakes[1].email)
    assert other["state"] == "completed"
    assert (await school.wait(stuck["id"]))["state"] == "needs_attention"
    smaller = await school.export(large_campus.facts.namesakes[0].email, "portability")
    assert smaller["state"] == "completed"


async def test_an_lms_that_does_not_answer_is_tried_again_before_a_person_is_asked(
    new_campus: NewCampus, new_habeas: NewHabeas
) -> None:
    campus = new_campus()
    database = campus.url.partition("?")[0].rpartition("/")[2]
    environment = campus.environment
    async with new_habeas(environment, workers=0, retry_seconds="1") as habeas:
        school = await habeas.customer(campus.facts.institutions[0].key)
        accepted = await school.submit(
            await school.confirm("email", campus.facts.namesakes[0].email)
        )
        await execute(campus.url.replace(f"/{database}?", "/postgres?"), _refuse(database))
        habeas.start_worker()
        request = await school.wait(accepted["id"])
        needs(request, "source_unreachable", "answer from where the workers run")
        assert request["job"]["attempts"] == 3
        assert "lms" in request["attention"]["detail"]
        await execute(campus.url.replace(f"/{database}?", "/postgres?"), _admit(database))
        await assert_completes(habeas, school, request)


def _refuse(database: str) -> str:
    return f"""
        ALTER DATABASE {database} WITH ALLOW_CONNECTIONS false;
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}';
    """


def _admit(database: str) -> str:
    return f"ALTER DATABASE {database} WITH ALLOW_CONNECTIONS true"


async def test_an_lms_that_changed_under_its_map_needs_a_map_that_fits(
    new_campus: NewCampus, new_habeas: NewHabeas
) -> None:
    campus = new_campus()
    async with new_habeas(campus.environment) as habeas:
        school = await habeas.customer(campus.facts.institutions[0].key)
        email = campus.facts.namesakes[0].email
        assert (await school.export(email))["state"] == "completed"
        await execute(campus.url, "ALTER TABLE note DROP COLUMN title")
        remembered = await school.export(email)  # with the catalogue as it was
        request = await school.export(email)  # with the catalogue as it is
        for each in (remembered, request):
            needs(each, "source_disagrees", "datamap check")
        await execute(campus.url, "ALTER TABLE note ADD COLUMN title text")
        await school.resume(request["id"])
        assert (await school.wait(request["id"]))["state"] == "completed"
        assert habeas.parts == []


async def test_a_person_who_left_the_lms_after_acceptance_is_not_found(
    new_campus: NewCampus, new_habeas: NewHabeas
) -> None:
    campus = new_campus()
    async with new_habeas(campus.environment, workers=0) as habeas:
        school = await habeas.customer(campus.facts.institutions[0].key)
        subject = campus.facts.namesakes[0]
        accepted = await school.submit(await school.confirm("email", subject.email))
        moved = "UPDATE person SET institution_id = $2 WHERE id = $1"
        await execute(campus.url, moved, subject.id, campus.facts.institutions[1].institution.id)
        habeas.start_worker()
        request = await school.wait(accepted["id"])
        needs(request, "subject_not_found", "Search again")
        assert list(habeas.bundles.iterdir()) == []


async def test_a_missing_file_store_is_an_outage_and_not_a_heap_of_missing_files(
    new_campus: NewCampus, new_habeas: NewHabeas, empty_directory: Callable[[], Path]
) -> None:
    campus = new_campus()
    lost = {"CAMPUS_FILES_URL": (empty_directory() / "not-mounted").as_uri()}
    async with new_habeas(campus.environment | lost, retry_seconds="0.5") as habeas:
        school = await habeas.customer(campus.facts.institutions[0].key)
        request = await school.export(campus.facts.namesakes[0].email)
        needs(request, "source_unreachable", "file stores")
        assert habeas.parts == []


async def test_many_uploads_on_a_full_disk_are_no_crash(
    habeas: Habeas, school: Customer, large_campus: Campus
) -> None:
    subject = large_campus.facts.namesakes[1]
    await execute(
        large_campus.url,
        "INSERT INTO material (institution_id, owner_id, scope, title, path, original_name,"
        " media_type, size_bytes, uploaded_at) SELECT $2, $1, 'personal', 'x',"
        " 'gone/' || n, 'A rather long name of a file that is missing ' || n, 'text/plain', 1,"
        " now() FROM generate_series(1, 20000) AS n",
        subject.id,
        subject.institution_id,
    )
    worker = habeas.start_worker()
    limit_files(worker, 512 * 1024)
    request = await school.export(subject.email)
    needs(request, "disk_full", "Make room")
    limit_files(worker, resource.RLIM_INFINITY)
    await assert_completes(habeas, school, request)
