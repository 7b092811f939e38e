"""After the learning platform was restored from a backup: who had been erased is erased again."""

from datetime import UTC, datetime, timedelta

import pytest

from app.services import ledger
from app.services.context import Context
from app.services.ledger import Replay, Restored
from tests.fixtures.office import Office, context_of


@pytest.fixture
async def context(office: Office) -> Context:
    return context_of(office.workplace)


async def test_a_replay_erases_who_is_back_and_nobody_else_and_once(
    office: Office, context: Context
) -> None:
    controller_id, facts = office.workplace.controller.id, office.workplace.campus.facts
    back, newer, before = facts.namesakes[0], facts.namesakes[1], facts.twins[0]
    await office.erase(before)
    taken_at = datetime.now(UTC)
    rows = {each: await copy_of(office, each.id) for each in (back, newer)}
    for person in (back, newer):
        await office.erase(person)
    for person, row in rows.items():
        created_at = None if person is back else datetime.now(UTC) + timedelta(minutes=1)
        await put_back(office, row, created_at)
    restored = Restored(taken_at)
    expected = Replay(found=2, newer=1, known=0, submitted=1)
    assert await ledger.replay(context, controller_id, restored, is_trial=True) == expected
    assert await ledger.replay(context, controller_id, restored, is_trial=False) == expected
    await office.work()
    left = "SELECT array_agg(id) FROM person WHERE id = ANY ($1)"
    assert await office.lms(left, [back.id, newer.id]) == [newer.id]
    (request,) = await office.workplace.execute(
        "SELECT state, subject_key, options FROM subject_request WHERE options ? 'replay'"
    )
    assert (request["state"], request["subject_key"]) == ("completed", None)
    again = await ledger.replay(context, controller_id, restored, is_trial=False)
    assert again == Replay(found=1, newer=1)
    await put_back(office, rows[back], None)
    twice = await ledger.replay(context, controller_id, restored, is_trial=False)
    assert twice == Replay(found=2, newer=1, known=1)
    anew = Restored(taken_at, is_again=True)
    assert (await ledger.replay(context, controller_id, anew, is_trial=False)).submitted == 1
    await office.work()
    assert await office.lms(left, [back.id]) is None


async def copy_of(office: Office, person_id: int) -> str:
    return str(await office.lms("SELECT p::text FROM person AS p WHERE id = $1", person_id))


async def put_back(office: Office, row: str, created_at: datetime | None) -> None:
    id_ = await office.lms("INSERT INTO person SELECT ($1::text::person).* RETURNING id", row)
    if created_at is not None:
        await office.lms("UPDATE person SET created_at = $2 WHERE id = $1", id_, created_at)
