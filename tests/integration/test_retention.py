"""Closed subject requests go when their time is over, with all that hangs on them, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.demo.school import Person
from app.domain.deadlines import WARNING
from app.engine import housekeeping, retention
from app.store.transaction import transaction
from schemas.audit_vocabulary import AuditAction
from tests.fixtures.office import APPROVAL, Json, Office
from tests.fixtures.second_persons import REASON, done, newcomers, settings
from workers import tasks

_HANGS_ON = (
    "SELECT 'step' FROM step JOIN job USING (controller_id) WHERE job_id = job.id AND {of_job}",
    "SELECT 'tally' FROM tally JOIN job USING (controller_id) WHERE job_id = job.id AND {of_job}",
    "SELECT 'intent' FROM intent JOIN job USING (controller_id) WHERE job_id = job.id AND {of_job}",
    (
        "SELECT 'text' FROM audit_text JOIN audit_entry AS job USING (controller_id, sequence)"
        " WHERE {of_job}"
    ),
    *(
        f"SELECT '{table}' FROM {table} AS job WHERE {{of_job}}"
        for table in (
            "job",
            "bundle",
            "restriction",
            "outbox",
            "webhook_delivery",
            "recipient_answer",
        )
    ),
    "SELECT 'request' FROM subject_request AS job WHERE job.id = ANY ($1::uuid[])",
)


async def hangs_on(office: Office, *requests: Json) -> set[str]:
    """Name the tables that hold something of some subject requests."""
    ids = [each["id"] for each in requests]
    of_job = "job.subject_request_id = ANY ($1::uuid[])"
    union = " UNION ".join(each.format(of_job=of_job) for each in _HANGS_ON)
    return {row[0] for row in await office.workplace.execute(union, ids)}


async def age(office: Office, *requests: Json, years: int = 4) -> None:
    """Let subject requests, and restrictions of theirs that have ended, be so old."""
    ids = [each["id"] for each in requests]
    for statement in (
        (
            "UPDATE subject_request SET completed_at = completed_at - make_interval(years => $2)"
            " WHERE id = ANY ($1::uuid[])"
        ),
        (
            "UPDATE restriction SET ended_at = ended_at - make_interval(years => $2)"
            " WHERE subject_request_id = ANY ($1::uuid[])"
        ),
        (
            "UPDATE bundle SET expires_at = now() - make_interval(years => $2)"
            " WHERE subject_request_id = ANY ($1::uuid[])"
        ),
    ):
        await office.workplace.execute(statement, ids, years)
    await housekeeping.expire_bundles(office.workplace.context)
    await office.workplace.execute("UPDATE outbox SET dispatched_at = now()")


async def exported(office: Office, person: Person) -> Json:
    body = {"right": "access", "approval": APPROVAL, "confirmation": await office.confirmed(person)}
    return await office.carried_out(await office.post("subject-requests", body))


async def called_off(office: Office, person: Person) -> Json:
    body = {"right": "access", "approval": APPROVAL, "confirmation": await office.confirmed(person)}
    accepted = await office.post("subject-requests", body)
    url = f"subject-requests/{accepted['id']}/cancellation"
    return await done(office, url, REASON, status=200)


async def answered(office: Office, request: Json) -> None:
    answer = {"outcome": "done", "answered_at": "2026-11-22T14:30:00Z", "reason": "It wrote."}
    path = f"/v1/subject-requests/{request['id']}/recipient-answer"
    assert (await office.http.post(path, json=answer | {"recipient": "hosting"})).is_success


async def forget(office: Office) -> int:
    return await retention.forget_closed_requests(office.workplace.context)


@pytest.fixture
async def person(office: Office) -> AsyncIterator[Person]:
    """Somebody new, of whom nothing closed is left for the next test."""
    (made,) = await newcomers(office, f"kept{uuid4().hex}", 1)
    yield made
    rows = await office.workplace.execute("SELECT id::text FROM subject_request")
    await age(office, *(dict(row) for row in rows), years=10)
    await forget(office)


async def test_what_is_closed_and_old_goes_with_all_that_hangs_on_it(office: Office) -> None:
    person = office.workplace.campus.facts.namesakes[0]
    ledger = await office.workplace.execute("SELECT FROM erasure_ledger")
    export = await exported(office, person)
    await office.post(f"bundles/{export['bundle_id']}/links", {}, 201)
    refused = await called_off(office, person)
    restriction = await office.restrict(person)
    lift = await office.post(
        f"restrictions/{restriction['restriction_id']}/lift", {"approval": APPROVAL}
    )
    lift = await office.carried_out(
        await office.post(
            f"subject-requests/{lift['id']}/information", {"override_reason": "a test"}
        )
    )
    erasure = await office.erase(person)
    await answered(office, erasure)
    every = (export, refused, restriction, lift, erasure)
    deferrals = (await office.get("deferrals"))["items"]
    assert deferrals
    assert await forget(office) == 0  # nothing is old
    await age(office, *every)
    bound = {"request", "job", "step", "tally", "text", "bundle", "restriction", "recipient_answer"}
    assert bound <= await hangs_on(office, *every)
    assert await forget(office) == len(every)
    assert await hangs_on(office, *every) == set()
    for request in every:
        url = f"/v1/subject-requests/{request['id']}"
        assert (await office.http.get(url)).status_code == 404
    for request in (export, restriction, lift, erasure):
        receipt = await office.get(f"receipts/{request['receipt_id']}")
        assert receipt["subject_request_id"] == request["id"]
    assert (await office.get("deferrals"))["items"] == deferrals
    assert len(await office.workplace.execute("SELECT FROM erasure_ledger")) == len(ledger) + 1
    assert (await office.get("audit/verification"))["is_whole"]
    entry = (await office.trail())[0]
    assert (entry["action"], entry["details"]) == ("subject_requests.forgotten", '{"count": 5}')
    assert await office.workplace.execute(
        "SELECT FROM audit_entry WHERE subject_request_id = $1::uuid", erasure["id"]
    )
    assert await forget(office) == 0


async def test_the_clock_lets_them_go(office: Office, person: Person) -> None:
    request = await called_off(office, person)
    await age(office, request)
    await tasks.tidy_up({"context": office.workplace.context})
    assert await hangs_on(office, request) == set()


async def test_what_is_young_stays(office: Office, person: Person) -> None:
    request = await called_off(office, person)
    await age(office, request, years=2)
    assert await forget(office) == 0


@pytest.mark.parametrize(("days", "count"), [(30, 1), (730, 0), (36_500, 0)])
async def test_a_controller_says_how_long(
    office: Office, person: Person, days: int, count: int
) -> None:
    request = await called_off(office, person)
    await age(office, request, years=1)
    async with settings(office, request_retention_days=days):
        assert await forget(office) == count
    assert (await hangs_on(office, request) == set()) == (count == 1)


async def test_the_operator_says_how_long(office: Office, person: Person) -> None:
    request = await called_off(office, person)
    await age(office, request, years=1)
    with_more = office.workplace.with_settings(request_retention=WARNING * 100)
    assert await retention.forget_closed_requests(with_more) == 0
    with_less = office.workplace.with_settings(request_retention=WARNING * 10)
    assert await retention.forget_closed_requests(with_less) == 1
    assert await hangs_on(office, request) == set()


async def test_nothing_goes_of_a_person_of_whom_something_is_open(
    office: Office, person: Person
) -> None:
    request = await called_off(office, person)
    async with settings(office, two_person_erasure=True):
        digest = (await office.preview("erasure", person))["digest"]
        body = {"right": "erasure", "preview_digest": digest, "approval": APPROVAL}
        body["confirmation"] = await office.confirmed(person)
        waiting = await office.post("subject-requests", body)
    await age(office, request, waiting)
    assert await forget(office) == 0
    await done(office, f"subject-requests/{waiting['id']}/cancellation", REASON, status=200)
    assert await forget(office) == 1
    assert "request" in await hangs_on(office, waiting)  # closed just now
    assert await hangs_on(office, request) == set()


async def test_nothing_goes_of_a_person_who_is_restricted(office: Office, person: Person) -> None:
    before = await called_off(office, person)
    restriction = await office.restrict(person)
    await age(office, before, restriction)
    assert await forget(office) == 0
    url = f"restrictions/{restriction['restriction_id']}/lift"
    lift = await office.post(url, {"approval": APPROVAL})
    told = f"subject-requests/{lift['id']}/information"
    await office.carried_out(await office.post(told, {"override_reason": "a test"}))
    assert await forget(office) == 1  # the restriction's own stays: it ended just now
    assert await hangs_on(office, before) == set()
    assert {"request", "restriction"} <= await hangs_on(office, restriction)
    await age(office, restriction)
    assert await forget(office) == 1


async def test_nothing_goes_of_a_person_who_is_held(office: Office) -> None:
    person = office.workplace.campus.facts.namesakes[1]
    export = await exported(office, person)
    whose = {"confirmation": await office.confirmed(person)}
    held = await office.post("holds", {"article": "17(3)(e)"} | whose | REASON, 201)
    await age(office, export)
    assert await forget(office) == 0
    erasure = await office.erase(person)
    await age(office, erasure)
    assert await forget(office) == 0
    await office.post(f"holds/{held['id']}/end", REASON, 200)
    assert await forget(office) == 0  # what the erasure kept is still there
    await office.work()
    assert await forget(office) == 2


async def test_what_can_be_read_or_is_still_told_stays(office: Office, person: Person) -> None:
    export = await exported(office, person)
    await office.workplace.execute("UPDATE outbox SET dispatched_at = now()")
    closed = "UPDATE subject_request SET completed_at = now() - interval '4 years' WHERE id = $1"
    await office.workplace.execute(closed.replace("$1", "$1::uuid"), export["id"])
    assert await forget(office) == 0  # its bundle can be read
    await age(office, export, years=0)
    untold = "UPDATE outbox SET dispatched_at = NULL WHERE subject_request_id = $1::uuid"
    await office.workplace.execute(untold, export["id"])
    assert await forget(office) == 0
    await office.workplace.execute("UPDATE outbox SET dispatched_at = now()")
    assert await forget(office) == 1


async def test_many_go_in_batches_however_many_workers_look(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    requests = [await called_off(office, each) for each in await newcomers(office, "many", 7)]
    await age(office, *requests)
    counts = await asyncio.gather(*(forget(office) for _ in range(3)))
    assert sum(counts) + await forget(office) == len(requests)
    assert await hangs_on(office, *requests) == set()


async def test_a_batch_that_breaks_off_has_deleted_nothing(office: Office, person: Person) -> None:
    request = await called_off(office, person)
    await age(office, request)
    before = await hangs_on(office, request)
    entries = len(await office.trail())
    other = await asyncpg.connect(office.workplace.superuser_url)
    async with other.transaction():
        await other.execute("SELECT FROM audit_head FOR UPDATE")
        forgetting = asyncio.create_task(forget(office))
        ended = False
        while not ended:  # its session, once it waits for the head of the trail
            await asyncio.sleep(0.05)
            ended = await other.fetchval(
                "SELECT bool_or(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
        with pytest.raises(DBAPIError):
            await forgetting
    await other.close()
    assert await hangs_on(office, request) == before
    assert len(await office.trail()) == entries
    assert await forget(office) == 1


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("DELETE FROM subject_request WHERE id = :id", id="an open request"),
        pytest.param("DELETE FROM restriction WHERE subject_request_id = :id", id="a restriction"),
        pytest.param("DELETE FROM bundle WHERE subject_request_id = :id", id="a bundle"),
    ],
)
async def test_the_database_itself_refuses(office: Office, person: Person, statement: str) -> None:
    if "restriction" in statement:
        request = await office.restrict(person)
    elif "bundle" in statement:
        request = await exported(office, person)
    else:
        async with settings(office, two_person_erasure=True):
            body = {"right": "erasure", "approval": APPROVAL}
            body["preview_digest"] = (await office.preview("erasure", person))["digest"]
            body["confirmation"] = await office.confirmed(person)
            request = await office.post("subject-requests", body)
    context, controller = office.workplace.context, office.workplace.controller
    with pytest.raises(DBAPIError, match="never changed or removed"):
        async with transaction(context.database, controller.id) as connection:
            await connection.execute(text(statement), {"id": request["id"]})


async def test_another_controllers_stay(office: Office, person: Person) -> None:
    request = await called_off(office, person)
    await age(office, request)
    async with office.of_another_controller() as other:
        controller_id = (
            await office.workplace.execute("SELECT id FROM controller ORDER BY created_at DESC")
        )[0]["id"]
        context, action = other.workplace.context, AuditAction.REQUESTS_FORGOTTEN
        some = (context, controller_id, action, retention._forget_requests)
        assert await retention._forget_some(*some) == 0
    assert "request" in await hangs_on(office, request)
    assert await forget(office) == 1


_TEXTS_OF_LOOKS = """
    SELECT count(DISTINCT sequence) FROM audit_text JOIN audit_entry USING (controller_id, sequence)
    WHERE action IN ('subject.searched', 'preview.made') AND controller_id = $1
"""


async def _texts_of_looks(office: Office) -> int:
    rows = await office.workplace.execute(_TEXTS_OF_LOOKS, office.workplace.controller.id)
    return int(rows[0][0])


async def test_why_somebody_was_searched_for_and_counted_goes_as_late_as_requests_do(
    office: Office, person: Person
) -> None:
    by_now = office.workplace.with_settings(request_retention=timedelta())
    await retention.forget_texts(by_now)
    before, trail = await _texts_of_looks(office), len(await office.trail())
    await office.preview("access", person)
    body = {"identifier": "email", "value": "nobody@school.example", "reason": "Jo Nobody asks"}
    assert (await office.post("subject-searches", body, 200))["candidates"] == []
    looks = await _texts_of_looks(office) - before
    assert looks == len(await office.trail()) - trail == 3
    assert await retention.forget_texts(office.workplace.context) == 0
    assert await retention.forget_texts(by_now) == looks
    assert await _texts_of_looks(office) == before
    entry = (await office.trail())[0]
    assert (entry["action"], entry["details"]) == ("audit_texts.forgotten", f'{{"count": {looks}}}')
    assert await retention.forget_texts(by_now) == 0
    assert (await office.get("audit/verification"))["is_whole"]


async def test_why_somebody_was_looked_at_stays_while_they_are_restricted(
    office: Office, person: Person
) -> None:
    by_now = office.workplace.with_settings(request_retention=timedelta())
    restriction = await office.restrict(person)
    await retention.forget_texts(by_now)
    kept = await _texts_of_looks(office)
    assert kept > 0
    await office.confirmed(person)
    assert await retention.forget_texts(by_now) == 0
    assert await _texts_of_looks(office) == kept + 1
    url = f"restrictions/{restriction['restriction_id']}/lift"
    lift = await office.post(url, {"approval": APPROVAL})
    assert await retention.forget_texts(by_now) == 0  # it is open
    told = f"subject-requests/{lift['id']}/information"
    await office.carried_out(await office.post(told, {"override_reason": "a test"}))
    assert await retention.forget_texts(by_now) == 2  # they were searched for twice
    assert await _texts_of_looks(office) == kept - 1
