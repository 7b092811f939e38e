"""Workers die, freeze and leave in the middle of their work; servers restart under them."""

import asyncio
import contextlib
from collections import Counter
from random import Random, SystemRandom

import asyncpg
import pytest
import redis.asyncio

from tests.e2e.campus_counts import count_records
from tests.fixtures.customers import Customer
from tests.fixtures.habeas import Habeas
from tests.fixtures.heavy_campus import LOG_ENTRIES, HeavyCampus

KILLS = 20
"""Of workers, with SIGKILL, in one test."""

LONG_AFTER = "1800"
"""Seconds of a lease that ends when no test waits any more: what happens before is not its doing."""

_AT_ONCE = 4
_RIGHTS = ("access", "access", "portability")


async def test_no_accepted_request_is_lost_whatever_is_killed_flushed_or_restarted(
    heavy_campus: HeavyCampus,
) -> None:
    seed = SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it where the test fails
    chance = Random(seed)  # noqa: S311 - no secret
    async with heavy_campus.running(workers=2, worker_jobs="2") as habeas:
        school = await habeas.customer(heavy_campus.key)
        confirmations = [await school.confirm("email", email) for email in heavy_campus.people]
        accepted: list[str] = []
        for number in range(KILLS):
            await _submit_more(habeas, school, accepted, confirmations, chance)
            await _disturb(heavy_campus, number)
            await habeas.until("SELECT EXISTS (SELECT FROM job WHERE state = 'running')")
            await asyncio.sleep(chance.uniform(0, 0.4))
            victim = chance.choice([each for each in habeas.workers if each.is_running])
            victim.kill()
            habeas.start_worker(is_awaited=number % 2 == 0, worker_jobs="2")
        resumed = await _finish(school, accepted)
        await _assert_complete(heavy_campus, habeas, school, accepted)
        await _assert_honest(habeas, accepted, resumed)


async def _submit_more(
    habeas: Habeas, school: Customer, accepted: list[str], confirmations: list[str], chance: Random
) -> None:
    """Keep the queue filled."""
    (row,) = await habeas.rows("SELECT count(*) FROM job WHERE state IN ('queued', 'running')")
    for _ in range(_AT_ONCE - row["count"]):
        request = await school.submit(chance.choice(confirmations), chance.choice(_RIGHTS))
        accepted.append(request["id"])


async def _disturb(heavy_campus: HeavyCampus, number: int) -> None:
    stack = heavy_campus.stack
    match number:
        case 4 | 15:
            async with redis.asyncio.from_url(stack.redis_url) as client:  # type: ignore[no-untyped-call]
                await client.flushall()
        case 8:
            stack.restart_redis(immediate=True)
        case 12:
            stack.restart_postgresql()
        case 19:
            stack.restart_postgresql(immediate=True)
        case _:
            pass


async def _finish(school: Customer, accepted: list[str]) -> int:
    """Wait until all are completed; resume those that were begun three times in vain."""
    resumed = 0
    for request_id in accepted:
        request = await school.wait(request_id)
        if request["state"] == "needs_attention":
            assert request["attention"]["reason"] == "crashed_repeatedly"
            assert request["job"]["attempts"] == 3
            resumed += 1
            await school.resume(request_id)
            request = await school.wait(request_id)
        assert request["state"] == "completed", request
    return resumed


async def _assert_complete(
    heavy_campus: HeavyCampus, habeas: Habeas, school: Customer, accepted: list[str]
) -> None:
    """Every request has one bundle, and each bundle everything."""
    rows = await habeas.rows("SELECT id, subject_request_id AS request, record_count FROM bundle")
    assert Counter(str(row["request"]) for row in rows) == Counter(accepted)
    receipts = await habeas.rows("SELECT subject_request_id AS request FROM receipt")
    assert Counter(str(row["request"]) for row in receipts) == Counter(accepted)
    for row in rows:
        assert (habeas.bundles / f"{row['id']}.sealed").is_file()
    expected: dict[str, dict[str, int]] = {}
    for request_id in accepted:
        request = await school.request(request_id)
        bundle = await school.download(request)
        bundle.assert_whole()
        email = request["subject"]["email"]
        if request["right"] == "access":
            if email not in expected:
                person = heavy_campus.people[email]
                expected[email] = await count_records(heavy_campus.url, person)
            assert bundle.counts == expected[email]
            assert bundle.counts["activity_log"] >= LOG_ENTRIES


async def _assert_honest(habeas: Habeas, accepted: list[str], resumed: int) -> None:
    """Nothing half-written is left, kills did land, and the trail tells of every beginning."""
    assert habeas.parts == []
    actions = {
        row["action"]: row["count"]
        for row in await habeas.rows("SELECT action, count(*) FROM audit_entry GROUP BY action")
    }
    interrupted = actions["job.started"] - len(accepted)
    print(f"{len(accepted)} accepted, {interrupted} interrupted, {resumed} resumed")  # noqa: T201
    assert interrupted >= KILLS // 3
    assert actions.get("job.needs_attention", 0) == actions.get("job.resumed", 0) == resumed
    assert actions["subject_request.completed"] == actions["bundle.ready"] == len(accepted)
    assert (await habeas.rows("SELECT count(*) FROM wakeable_job"))[0]["count"] == 0
    verified = await asyncio.to_thread(habeas.run, "audit", "verify")
    assert verified.returncode == 0, verified.stdout


async def begun(habeas: Habeas, school: Customer, email: str, right: str = "access") -> str:
    """Submit a request and wait until it is in the middle of its export."""
    request = await school.submit(await school.confirm("email", email), right)
    await habeas.until(
        "SELECT EXISTS (SELECT FROM job WHERE subject_request_id = $1 AND state = 'running')",
        request["id"],
    )
    return str(request["id"])


async def the_job(habeas: Habeas, request_id: str) -> asyncpg.Record:
    (row,) = await habeas.rows("SELECT * FROM job WHERE subject_request_id = $1", request_id)
    return row


async def test_a_dead_workers_job_is_taken_over_long_before_its_lease_ends(
    heavy_campus: HeavyCampus,
) -> None:
    async with heavy_campus.running(workers=1, lease_seconds=LONG_AFTER) as habeas:
        school = await habeas.customer(heavy_campus.key)
        async with heavy_campus.held_up():
            request_id = await begun(habeas, school, next(iter(heavy_campus.people)))
            habeas.start_worker(lease_seconds=LONG_AFTER)
            habeas.workers[0].kill()
            await habeas.until(
                "SELECT fence = 2 FROM job WHERE subject_request_id = $1", request_id
            )
        request = await school.wait(request_id)
        assert request["job"]["attempts"] == 2
        (await school.download(request)).assert_whole()
        assert habeas.parts == []


@pytest.mark.parametrize("when", ["while the other still works", "when the other is done"])
async def test_a_worker_that_slept_through_its_lease_touches_nothing_more(
    heavy_campus: HeavyCampus, when: str
) -> None:
    short = {"lease_seconds": "3", "heartbeat_seconds": "0.5"}
    long = {"lease_seconds": "60"}  # the other one is honest, however slow the machine is
    async with heavy_campus.running(workers=1, **short) as habeas:
        school = await habeas.customer(heavy_campus.key)
        sleeper = habeas.workers[0]
        async with heavy_campus.held_up():
            request_id = await begun(habeas, school, next(iter(heavy_campus.people)))
            sleeper.freeze()
            asleep = await the_job(habeas, request_id)
            habeas.start_worker(is_awaited=True, **long)
            taken = "SELECT fence = $2 FROM job WHERE subject_request_id = $1"
            await habeas.until(taken, request_id, asleep["fence"] + 1)
            if when == "while the other still works":
                sleeper.thaw()
                sleeper.wait_for("job.left")
        request = await school.wait(request_id)
        before = [tuple(row) for row in await habeas.rows("SELECT * FROM audit_entry")]
        files = sorted(each.name for each in habeas.bundles.iterdir())
        if when == "when the other is done":
            sleeper.thaw()
            sleeper.wait_for("job.left")
        job = await the_job(habeas, request_id)
        once_more = (asleep["fence"] + 1, asleep["attempts"] + 1)
        assert (job["state"], job["fence"], job["attempts"]) == ("completed", *once_more)
        assert sorted(each.name for each in habeas.bundles.iterdir()) == files
        assert files == [f"{request['bundle_id']}.sealed"]
        assert [tuple(row) for row in await habeas.rows("SELECT * FROM audit_entry")] == before
        assert await school.request(request_id) == request
        (await school.download(request)).assert_whole()


async def test_a_worker_that_is_told_to_end_gives_its_jobs_back_at_once(
    heavy_campus: HeavyCampus,
) -> None:
    async with heavy_campus.running(workers=1, lease_seconds=LONG_AFTER) as habeas:
        school = await habeas.customer(heavy_campus.key)
        async with heavy_campus.held_up():
            request_id = await begun(habeas, school, next(iter(heavy_campus.people)))
            await asyncio.to_thread(habeas.workers[0].end)
            assert habeas.workers[0].exit_code == 0
            job = await the_job(habeas, request_id)
            assert (job["state"], job["attempts"], job["owner_pid"]) == ("queued", 0, None)
            assert (await school.request(request_id))["state"] == "accepted"
            assert habeas.parts == []
        habeas.start_worker()
        request = await school.wait(request_id)
        assert request["job"]["attempts"] == 1
        (await school.download(request)).assert_whole()


async def test_two_requests_of_one_person_run_one_after_the_other_in_their_order(
    heavy_campus: HeavyCampus,
) -> None:
    person, other = list(heavy_campus.people)[:2]
    async with heavy_campus.running(workers=2) as habeas:
        school = await habeas.customer(heavy_campus.key)
        async with heavy_campus.held_up():
            first = await begun(habeas, school, person)
            confirmation = await school.confirm("email", person)
            later = [
                (await school.submit(confirmation, right))["id"]
                for right in ("portability", "access")
            ]
            await begun(habeas, school, other)
            await asyncio.sleep(1)
            assert [(await the_job(habeas, each))["state"] for each in later] == ["queued"] * 2
        done = [await school.wait(each) for each in (first, *later)]
        assert {each["state"] for each in done} == {"completed"}
        rows = await habeas.rows(
            "SELECT subject_request_id, array_agg(action ORDER BY sequence) AS actions,"
            " min(sequence) FILTER (WHERE action = 'job.started') AS began,"
            " max(sequence) FILTER (WHERE action = 'subject_request.completed') AS ended"
            " FROM audit_entry WHERE subject_request_id = ANY ($1::uuid[])"
            " GROUP BY subject_request_id ORDER BY began",
            [first, *later],
        )
        assert [str(row["subject_request_id"]) for row in rows] == [first, *later]
        assert rows[0]["ended"] < rows[1]["began"]
        assert rows[1]["ended"] < rows[2]["began"]


async def test_what_is_accepted_while_redis_is_away_is_carried_out_all_the_same(
    heavy_campus: HeavyCampus,
) -> None:
    async with heavy_campus.running(workers=1) as habeas:
        school = await habeas.customer(heavy_campus.key)
        heavy_campus.stack.valkey.stop(immediate=True)
        try:
            request = await school.export(next(iter(heavy_campus.people)))
            (await school.download(request)).assert_whole()
        finally:
            heavy_campus.stack.valkey.spawn()
            heavy_campus.stack.valkey.wait_until_ready()
        again = await school.export(list(heavy_campus.people)[1])
        assert again["state"] == "completed"


async def test_a_worker_outlives_a_restart_of_postgresql_and_begins_again(
    heavy_campus: HeavyCampus,
) -> None:
    async with heavy_campus.running(workers=1) as habeas:
        school = await habeas.customer(heavy_campus.key)
        with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            async with heavy_campus.held_up():
                request_id = await begun(habeas, school, next(iter(heavy_campus.people)))
                heavy_campus.stack.restart_postgresql(immediate=True)
        request = await school.wait(request_id)
        assert request["state"] == "completed"
        assert request["job"]["attempts"] == 2
        (await school.download(request)).assert_whole()
        assert habeas.workers[0].is_running
        assert habeas.parts == []


async def test_a_worker_that_comes_up_before_its_database_waits_for_it(
    heavy_campus: HeavyCampus,
) -> None:
    async with heavy_campus.running(workers=0) as habeas:
        school = await habeas.customer(heavy_campus.key)
        request = await school.submit(
            await school.confirm("email", next(iter(heavy_campus.people)))
        )
        heavy_campus.stack.postgresql.stop()
        worker = habeas.start_worker(is_awaited=False)
        worker.wait_for("worker.no_session")
        heavy_campus.stack.postgresql.spawn()
        heavy_campus.stack.postgresql.wait_until_ready()
        (await school.download(await school.wait(request["id"]))).assert_whole()
