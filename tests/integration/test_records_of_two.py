"""Records that name two persons: what is done for one of them leaves the other's name alone."""

from collections.abc import Iterator

import pytest

from app.demo.school import Person
from tests.fixtures.office import Office
from tests.fixtures.pairs import WORKS, authors, bind, lift, works, write


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
