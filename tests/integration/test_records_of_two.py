"""Records that name two persons: what is done for one of them leaves the other's name alone."""

import asyncio
from collections.abc import Iterator

import pytest

from app.demo.school import Person
from app.domain.ids import IntentId
from app.engine.batches import Batches
from app.engine.intent_content import IntentContent
from app.sources.hands import Batch
from tests.fixtures.office import APPROVAL, Json, Office
from tests.fixtures.pairs import WORKS, asked_to_lift, authors, bind, lift, newcomer, works, write
from tests.fixtures.patience import until


@pytest.fixture(scope="module", autouse=True)
async def tables(office: Office) -> None:
    """Before anybody has read what tables there are."""
    await office.workplace.lms_does(WORKS)
    await bind(office, {"pair_work": works()})


async def test_the_erasure_of_one_leaves_the_others_name_in_the_vault(
    office: Office, students: Iterator[Person]
) -> None:
    one, two = next(students), next(students)
    number = await write(office, one, two)
    restricted = await office.restrict(two)
    await office.erase(one)
    await lift(office, restricted)
    stand_in, name = await authors(office, number)
    assert (name, stand_in in {one.id, two.id}) == (two.id, False)


async def test_a_lift_gives_back_the_name_while_the_other_one_is_restricted(
    office: Office, students: Iterator[Person]
) -> None:
    one, two = next(students), next(students)
    number = await write(office, one, two)
    of_one = await office.restrict(one)
    of_two = await office.restrict(two)
    await lift(office, of_one)
    name, stand_in = await authors(office, number)
    assert (name, stand_in in {one.id, two.id}) == (one.id, False)
    await lift(office, of_two)
    assert await authors(office, number) == (one.id, two.id)


async def test_a_lift_does_not_give_back_the_name_of_the_other_one_who_is_erased(
    office: Office, students: Iterator[Person]
) -> None:
    one, two = next(students), next(students)
    number = await write(office, one, two)
    of_one = await office.restrict(one)
    of_two = await office.restrict(two)
    await lift(office, of_one)
    await office.erase(one)
    await lift(office, of_two)
    stand_in, name = await authors(office, number)
    assert (name, stand_in in {one.id, two.id}) == (two.id, False)


async def test_a_lift_counts_only_what_no_other_restriction_holds(
    office: Office, students: Iterator[Person]
) -> None:
    await bind(office, {"pair_work": works("hide")})
    one, two = next(students), next(students)
    await write(office, one, two)
    of_one = await office.restrict(one)
    of_two = await office.restrict(two)
    counts = [await restored(office, each) for each in (of_one, of_two)]
    again = await office.restrict(one)
    assert await restored(office, again) == counts[0] + 1


async def restored(office: Office, restricted: Json) -> int:
    """Lift a restriction; give how many records its receipt says are as they were."""
    lifted = await lift(office, restricted)
    receipt = await office.get(f"receipts/{lifted['receipt_id']}/receipt.json")
    count: int = receipt["lift"]["restored"]
    return count


async def test_a_lift_does_not_show_what_another_ones_restriction_is_just_hiding(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bind(office, {"pair_work": works("hide")})
    one, two = [await newcomer(office, name) for name in ("one", "two")]
    number = await write(office, one, two)
    is_hidden = "SELECT is_hidden FROM pair_work WHERE id = $1"
    of_one = await office.restrict(one)
    has_changed, may_say_so = asyncio.Event(), asyncio.Event()
    really = Batches._intend

    async def late(self: Batches, batch: Batch, content: IntentContent) -> IntentId:
        if self._vault is not None and any(name == "pair_work" for name, _ in content.formers):
            has_changed.set()
            await may_say_so.wait()
        return await really(self, batch, content)

    monkeypatch.setattr(Batches, "_intend", late)
    body = {"right": "restriction", "ground": "accuracy_contested", "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(two)
    of_two = await office.post("subject-requests", body)
    async with office.workplace.working() as runner:
        await runner.look_around()
        await asyncio.wait_for(has_changed.wait(), 60)
        lifting = await asked_to_lift(office, of_one)
        await runner.look_around()

        async def waits() -> bool:
            return bool(await office.lms("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"))

        await until(waits)
        may_say_so.set()

        async def is_idle() -> bool:
            await runner.look_around()
            return not await office.workplace.execute("SELECT FROM wakeable_job")

        await until(is_idle)
    for each in (of_two, lifting):
        await office.carried_out(each)
    assert await office.lms(is_hidden, number)
