"""Doubt about who sent a request rests whatever has changed nothing yet; what has begun goes on."""

import asyncio

import asyncpg
import pytest

from tests.fixtures.office import APPROVAL, Json, Office
from tests.fixtures.patience import until
from tests.fixtures.second_persons import REASON, done, erasure, newcomers, send


async def submitted(office: Office, name: str, **more: str) -> Json:
    (person,) = await newcomers(office, name, 1)
    confirmation = await office.confirmed(person)
    return await again(office, {"confirmation": confirmation, "approval": APPROVAL} | more)


async def again(office: Office, body: Json) -> Json:
    return await done(office, "subject-requests", body)


async def doubted(office: Office, request: Json, status: int = 200) -> Json:
    path = f"subject-requests/{request['id']}/identity-doubt"
    return await done(office, path, REASON, status=status)


async def cleared(office: Office, request: Json) -> Json:
    path = f"subject-requests/{request['id']}/identity-doubt/end"
    return await done(office, path, REASON, status=200)


async def test_what_is_queued_rests_until_it_is_known_who_sent_it(office: Office) -> None:
    accepted = await submitted(office, "queued", right="access")
    resting = await doubted(office, accepted)
    assert (resting["state"], resting["due_at"]) == ("accepted", None)
    assert resting["job"]["state"] == "queued"
    await office.work()
    found = await office.get(f"subject-requests/{accepted['id']}")
    assert (found["state"], found["job"]["attempts"]) == ("accepted", 0)
    known = await cleared(office, accepted)
    assert known["due_at"] == accepted["due_at"]
    await office.carried_out(accepted)


async def test_what_rests_holds_up_nothing_of_the_person(office: Office) -> None:
    (person,) = await newcomers(office, "behind", 1)
    body = {"right": "access", "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(person)
    first, second = [await again(office, body) for _ in range(2)]
    await doubted(office, first)
    await office.carried_out(second)
    await cleared(office, first)
    await office.carried_out(first)


async def test_a_running_export_stops_and_begins_anew_when_it_is_known(office: Office) -> None:
    accepted = await submitted(office, "exported", right="access")
    async with office.workplace.working() as runner, office.workplace.held_up():
        await runner.look_around()
        await until(lambda: is_in_state(office, accepted, "running"))
        resting = await doubted(office, accepted)
        assert (resting["state"], resting["job"]["state"]) == ("accepted", "queued")
    assert (await office.get(f"subject-requests/{accepted['id']}"))["bundle_id"] is None
    await cleared(office, accepted)
    ended = await office.carried_out(accepted)
    assert ended["bundle_id"] is not None


async def test_what_waits_for_attention_is_not_resumed_while_it_rests(office: Office) -> None:
    (person,) = await newcomers(office, "gone", 1)
    body = {"right": "access", "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(person)
    accepted = await again(office, body)
    await office.lms("DELETE FROM person WHERE id = $1", person.id)
    await office.work()
    resting = await doubted(office, accepted)
    assert resting["state"] == "needs_attention"
    url = f"subject-requests/{accepted['id']}"
    refused = await done(office, f"{url}/resumption", {}, status=409)
    assert refused["type"] == "/problems/identity-in-doubt"
    await cleared(office, accepted)
    await done(office, f"{url}/cancellation", REASON, status=200)


async def test_what_has_begun_to_change_records_does_not_rest(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.batches._BATCH_SECONDS", 0)  # a commit for every record type
    person = office.workplace.campus.facts.namesakes[0]
    accepted = await again(office, await erasure(office, person))
    connection = await asyncpg.connect(office.workplace.campus.url)
    async with office.workplace.working() as runner, connection.transaction():
        await connection.execute("LOCK TABLE ui_state IN SHARE MODE")
        await runner.look_around()
        await until(lambda: has_intents(office))
        refused = await doubted(office, accepted, 409)
    await connection.close()
    assert refused["type"] == "/problems/cannot-doubt"
    ended = await office.carried_out(accepted)
    assert ended["identity_doubted_at"] is None
    assert (await doubted(office, accepted, 409))["type"] == "/problems/cannot-doubt"


async def test_of_a_doubt_and_a_worker_at_once_one_wins(office: Office) -> None:
    async with office.workplace.working() as runner:
        for number in range(12):
            accepted = await submitted(office, f"race{number}", right="access")
            path = f"subject-requests/{accepted['id']}"
            _, answer = await asyncio.gather(
                runner.look_around(), send(office, f"{path}/identity-doubt", REASON)
            )
            await runner.look_around()
            found = await office.get(path)
            rests = answer.status_code == 200
            assert found["state"] == ("accepted" if rests else "completed")
            assert (found["identity_doubted_at"] is not None) == rests
            if rests:
                await cleared(office, accepted)
    await office.work()


async def is_in_state(office: Office, request: Json, state: str) -> bool:
    return bool((await office.get(f"subject-requests/{request['id']}"))["state"] == state)


async def has_intents(office: Office) -> bool:
    found = "SELECT FROM intent JOIN job ON job.id = intent.job_id WHERE job.state = 'running'"
    return bool(await office.workplace.execute(found))
