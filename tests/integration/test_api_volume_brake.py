"""More erasures in a day than usual are held until a second person releases them."""

import asyncio
from datetime import UTC, datetime

from app.services import ledger
from app.services.ledger import Restored
from app.store.transaction import transaction
from schemas.controllers import VolumeBrake
from tests.fixtures.office import APPROVAL, Office, context_of
from tests.fixtures.second_persons import (
    KARI,
    OLA,
    REASON,
    brake,
    done,
    erasure,
    erasure_of,
    newcomers,
    send,
    settings,
)


async def forget_today(office: Office) -> None:
    """Let the erasures of the tests before be of the day before."""
    await office.workplace.execute(
        "UPDATE subject_request SET accepted_at = accepted_at - interval '25 hours',"
        " completed_at = completed_at - interval '25 hours', options = CASE"
        " WHEN options ? 'second_approved_at' THEN options || jsonb_build_object("
        "'second_approved_at', CAST(options ->> 'second_approved_at' AS timestamptz)"
        " - interval '25 hours') ELSE options END"
    )


async def test_of_thirty_submissions_at_once_as_many_begin_as_may_and_the_rest_is_held(
    office: Office,
) -> None:
    await forget_today(office)
    earlier = len((await office.get("subject-requests?state=held&limit=200"))["items"])
    async with settings(office, volume_brake=None):  # 10, where nothing is said
        bodies = [await erasure(office, each) for each in await newcomers(office, "many", 30)]
        answers = await asyncio.gather(*(send(office, "subject-requests", each) for each in bodies))
        states = [each.json()["state"] for each in answers]
        assert (states.count("accepted"), states.count("held")) == (10, 20)
        held = next(each.json() for each in answers if each.json()["state"] == "held")
        path = f"subject-requests/{held['id']}/approval"
        refused = await done(office, path, REASON, KARI, status=409)
        assert refused["type"] == "/problems/second-person-needed"
        released = await done(office, path, REASON, OLA)
        assert (await office.carried_out(released))["state"] == "completed"
        listed = await office.get("subject-requests?state=held&limit=200")
        assert len(listed["items"]) == earlier + 19


async def test_a_batch_begins_whole_or_is_held_whole(office: Office) -> None:
    await forget_today(office)
    async with settings(office, volume_brake=brake(3)):
        few = await erasure_of(office, await newcomers(office, "few", 2))
        items = (await done(office, "subject-requests", few))["items"]
        assert {each["subject_request"]["state"] for each in items} == {"accepted"}
        more = await erasure_of(office, await newcomers(office, "more", 2))
        items = (await done(office, "subject-requests", more))["items"]
        assert {each["subject_request"]["state"] for each in items} == {"held"}
        batch_id = items[0]["subject_request"]["batch_id"]
        path = f"subject-request-batches/{batch_id}/approval"
        released = (await done(office, path, REASON, OLA))["items"]
        assert [each["status"] for each in released] == [202, 202]
        assert {each["subject_request"]["state"] for each in released} == {"accepted"}
        (person,) = await newcomers(office, "last", 1)
        single = await done(office, "subject-requests", await erasure(office, person))
        assert single["state"] == "held"


async def test_what_is_released_counts_on_the_day_on_which_it_is_let_through(
    office: Office,
) -> None:
    await forget_today(office)
    async with settings(office, volume_brake=brake(1)):
        items = await erasure_of(office, await newcomers(office, "released", 2))
        (batch_id,) = {
            each["subject_request"]["batch_id"]
            for each in (await done(office, "subject-requests", items))["items"]
        }
        await forget_today(office)
        path = f"subject-request-batches/{batch_id}/approval"
        released = (await done(office, path, REASON, OLA))["items"]
        assert [each["status"] for each in released] == [202, 202]
        (person,) = await newcomers(office, "after", 1)
        body = await erasure(office, person)
        assert (await done(office, "subject-requests", body))["state"] == "held"
        await office.work()
        assert (await done(office, "subject-requests", body))["state"] == "held"
        await forget_today(office)
        assert (await done(office, "subject-requests", body))["state"] == "accepted"
    await office.work()


async def test_what_is_called_off_does_not_count_and_a_person_counts_once(
    office: Office,
) -> None:
    await forget_today(office)
    async with settings(office, volume_brake=brake(1)):
        first, second = await newcomers(office, "called-off", 2)
        body = await erasure(office, first)
        for _ in range(2):
            accepted = await done(office, "subject-requests", body)
            assert accepted["state"] == "accepted"
            url = f"subject-requests/{accepted['id']}/cancellation"
            await done(office, url, REASON, status=200)
        accepted = await done(office, "subject-requests", await erasure(office, second))
        assert accepted["state"] == "accepted"
        again = await done(office, "subject-requests", await erasure(office, second))
        assert again["state"] == "accepted"
        held = await done(office, "subject-requests", body)
        assert held["state"] == "held"
    await office.work()


async def test_a_share_of_the_controllers_persons_is_counted_in_the_platform(
    office: Office,
) -> None:
    context, workplace = context_of(office.workplace), office.workplace
    async with transaction(context.database, workplace.controller.id) as connection:
        published = await context.maps.get(connection, workplace.data_map_version_id)
    source = context.sources.records(published.data_map, published.data_map.subject.source)
    key = workplace.controller.key_in_lms or ""
    listed = [each async for some in source.persons(key) for each in some]
    assert await source.count_persons(key) == len(listed) > 30
    await context.populations.look(context.sources, workplace.controller, published)
    await newcomers(office, "uncounted", 1)
    await context.populations.look(context.sources, workplace.controller, published)
    assert context.populations.known(workplace.controller.id) == len(listed)
    await forget_today(office)
    tiny = VolumeBrake(daily_share_percent=100 / len(listed) / 2)
    async with settings(office, volume_brake=tiny):
        (person,) = await newcomers(office, "half", 1)
        held = await done(office, "subject-requests", await erasure(office, person))
        assert held["state"] == "held"


async def test_emptying_the_trashcan_is_held_too(office: Office) -> None:
    await forget_today(office)
    persons = await newcomers(office, "trash", 3)
    restricted = [await office.restrict(each, "normal_flow") for each in persons]
    ids = [each["restriction_id"] for each in restricted]
    question = {"right": "erasure", "restriction_ids": ids, "reason": "a test"}
    async with settings(office, volume_brake=brake(2)):
        digest = (await office.post("previews", question, 200))["digest"]
        body = {"restriction_ids": ids, "preview_digest": digest, "approval": APPROVAL}
        items = (await done(office, "restrictions/empty", body))["items"]
        assert {each["subject_request"]["state"] for each in items} == {"held"}
        batch_id = items[0]["subject_request"]["batch_id"]
        path = f"subject-request-batches/{batch_id}/approval"
        released = (await done(office, path, REASON, OLA))["items"]
        assert [each["status"] for each in released] == [202, 202, 202]
    await office.work()
    for each in ids:
        assert (await office.get(f"restrictions/{each}"))["state"] == "erased"


async def test_a_replay_of_the_ledger_is_held_too(office: Office) -> None:
    await forget_today(office)
    taken_at = datetime.now(UTC)
    persons = await newcomers(office, "restored", 2)
    rows = [
        str(await office.lms("SELECT p::text FROM person AS p WHERE id = $1", each.id))
        for each in persons
    ]
    for each in persons:
        await office.erase(each)
    for row in rows:
        await office.lms("INSERT INTO person SELECT ($1::text::person).*", row)
    await forget_today(office)
    controller_id = office.workplace.controller.id
    async with settings(office, volume_brake=brake(1)):
        context = context_of(office.workplace)
        replayed = await ledger.replay(context, controller_id, Restored(taken_at), is_trial=False)
        (batch_id,) = replayed.batch_ids
        await office.work()
        count = "SELECT count(*) FROM person WHERE email LIKE 'restored%'"
        assert await office.lms(count) == 2
        path = f"subject-request-batches/{batch_id}/approval"
        released = (await done(office, path, REASON, KARI))["items"]
        assert [each["status"] for each in released] == [202, 202]
        await office.work()
        assert await office.lms(count) == 0
