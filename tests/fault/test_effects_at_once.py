"""Many jobs at once on records that they share: the end is that of doing one after another."""

from dataclasses import replace
from itertools import permutations

import pytest

from app.engine import batches
from schemas.vocabulary import Right
from tests.fault.outcomes import Outcome, outcome_of
from tests.fault.scenes import Ground, Place, Scene, new_scene
from tests.fault.schools import School, a_school
from tests.fixtures.rows import all_rows, changed_tables
from tests.oracle.small_school import people, school, thread

ROUNDS = 3
_MEMBERS = 6


@pytest.fixture(params=["one transaction each", "many transactions each"])
def cut(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "many transactions each":
        monkeypatch.setattr(batches, "_BATCH_SECONDS", 0)
        for name in ("_FEWEST", "_FIRST", "_MOST"):
            monkeypatch.setattr(batches, name, 2)


@pytest.fixture(scope="module")
async def conversation(ground: Ground) -> Scene:
    """Everybody writes in three threads, and is a brother or sister of everybody."""
    rows = school()
    members = people(rows, _MEMBERS)
    guardian = rows.add("guardian")
    for person in members:
        rows.add("guardian_of", guardian_id=guardian, person_id=person)
    for creator in members[:3]:
        thread(rows, creator, members, members * 3)
    thread(rows, members[0], members, members[:1])  # the others only receive
    return await new_scene(ground, rows)


@pytest.fixture(scope="module")
async def shared(ground: Ground) -> tuple[School, Scene]:
    """A school in which a student and a teacher share records."""
    made = a_school()
    return made, await new_scene(ground, made.rows)


@pytest.fixture(scope="module")
def alone() -> dict[int, Outcome]:
    """What the erasure of each person comes to where nobody is restricted."""
    return {}


async def states(place: Place) -> list[tuple[str, str | None]]:
    """Tell how every job ended."""
    rows = await place.store_rows("SELECT state, attention_detail FROM job ORDER BY id")
    return [tuple(row) for row in rows]


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("round_number", range(ROUNDS))
async def test_all_members_of_a_thread_erased_at_once_leave_nothing_of_it(
    conversation: Scene, round_number: int
) -> None:
    async with conversation.place.copied() as place:
        scene = replace(conversation, place=place)
        async with place.context() as context:
            order = range(1, _MEMBERS + 1) if round_number % 2 else range(_MEMBERS, 0, -1)
            for person in order:
                await scene.accept(context, person, Right.ERASURE)
            await scene.carry_out(context)
            found = await outcome_of(scene, context)
        assert await states(place) == [("completed", None)] * _MEMBERS
        left = {name for name, rows in found.lms.items() if rows}
        assert left == {"institution"}
        assert found.store["deferrals"] == []
        assert found.store["left over"] == [(0, 0, 0)]
        assert found.trail is None


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("first", ["the restriction", "the erasure", "neither"])
async def test_a_restriction_beside_an_erasure_is_lifted_as_if_it_had_never_been(
    shared: tuple[School, Scene], alone: dict[int, Outcome], first: str
) -> None:
    made, eve = shared
    pairs = [
        (made.student, made.teacher),
        (made.teacher, made.student),
        (made.student, made.friend),
    ]
    for restricted, erased in pairs:
        if erased not in alone:
            alone[erased] = await _after(eve, restricted, erased, "no restriction")
        expected = alone[erased]
        found = await _after(eve, restricted, erased, first)
        assert changed_tables(expected.lms, found.lms) == [], (restricted, erased)
        assert expected.store["deferrals"] == found.store["deferrals"]
        assert found.store["vault"] == []
        assert found.trail is None


async def _after(eve: Scene, restricted: int, erased: int, first: str) -> Outcome:
    """Restrict one and erase another, then lift the restriction."""
    async with eve.place.copied() as place:
        scene = replace(eve, place=place)
        async with place.context() as context:
            if first == "no restriction":
                await scene.did(context, erased, Right.ERASURE)
                return await outcome_of(scene, context)
            rights = [(restricted, Right.RESTRICTION), (erased, Right.ERASURE)]
            requests = {}
            for person, right in rights if first == "the restriction" else reversed(rights):
                options = {"ground": "accuracy_contested"} if person == restricted else {}
                requests[person] = await scene.accept(context, person, right, **options)
                if first != "neither":
                    await scene.carry_out(context)
            await scene.carry_out(context)
            await scene.accept_lift(context, restricted, requests[restricted])
            await scene.carry_out(context)
            assert await states(place) == [("completed", None)] * 3
            return await outcome_of(scene, context)


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("order", list(permutations(range(4), 4))[::8])
async def test_overlapping_restrictions_lifted_in_any_order_leave_every_row_as_it_was(
    shared: tuple[School, Scene], order: tuple[int, ...]
) -> None:
    made, eve = shared
    persons = [made.student, made.student, made.teacher, made.friend]
    async with eve.place.copied() as place:
        scene = replace(eve, place=place)
        async with place.context() as context:
            await scene.did(context, made.sibling, Right.RESTRICTION)  # the stand-in is there
            before = await all_rows(place.lms_url)
            restricted = [
                await scene.accept(context, person, Right.RESTRICTION, ground="accuracy_contested")
                for person in persons
            ]
            await scene.carry_out(context)
            during = await all_rows(place.lms_url)
            assert "message" in changed_tables(before, during)
            for number in order:
                await scene.accept_lift(context, persons[number], restricted[number])
            await scene.carry_out(context)
        assert await states(place) == [("completed", None)] * 9
        assert changed_tables(before, await all_rows(place.lms_url)) == []
