"""Rows that a restriction took away come back with a lift, also those that lie under one another."""

from collections.abc import Iterator

import pytest

from app.demo.school import Person
from tests.fixtures.office import Office
from tests.fixtures.pairs import asked_to_lift, bind, lift, record_type

_SHELVES = """
CREATE TABLE shelf (id bigint PRIMARY KEY, owner_id bigint NOT NULL REFERENCES person,
    parent_id bigint REFERENCES shelf);
CREATE INDEX ON shelf (owner_id);
CREATE INDEX ON shelf (parent_id);
"""
_ROLES = {"owner": {"column": "owner_id", "restriction": "hide", "erasure": "delete"}}


@pytest.fixture(scope="module", autouse=True)
async def tables(office: Office) -> None:
    """Before anybody has read what tables there are."""
    await office.workplace.lms_does(_SHELVES)
    await bind(office, {"shelf": record_type("shelf", hide={"remove": True}, roles=_ROLES)})


async def put_up(office: Office, number: int, owner: Person, parent: int | None) -> None:
    await office.lms("INSERT INTO shelf VALUES ($1, $2, $3)", number, owner.id, parent)


async def shelves(office: Office, *owners: Person) -> list[int]:
    listed = ",".join(str(each.id) for each in owners)
    rows = await office.workplace.lms_rows(
        f"SELECT id FROM shelf WHERE owner_id IN ({listed}) ORDER BY id"
    )
    return [row["id"] for row in rows]


async def test_shelves_on_shelves_come_back_with_a_lift(
    office: Office, student: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.reading_back._AT_ONCE", 2)
    for number, parent in ((1, None), (2, 1), (3, 2), (4, 4), (5, 3)):
        await put_up(office, number, student, parent)
    restricted = await office.restrict(student)
    assert await shelves(office, student) == []
    await lift(office, restricted)
    assert await shelves(office, student) == [1, 2, 3, 4, 5]


async def test_what_lies_on_another_ones_shelf_waits_until_that_is_back(
    office: Office, students: Iterator[Person]
) -> None:
    lower, upper = next(students), next(students)
    await put_up(office, 11, lower, None)
    await put_up(office, 12, upper, 11)
    await put_up(office, 13, upper, 12)
    of_upper = await office.restrict(upper)
    of_lower = await office.restrict(lower)
    lifting = await asked_to_lift(office, of_upper)
    await office.work()
    shown = await office.get(f"subject-requests/{lifting['id']}")
    assert (shown["state"], shown["attention"]["reason"]) == ("needs_attention", "vault_remains")
    await lift(office, of_lower)
    await office.post(f"subject-requests/{lifting['id']}/resumption", {})
    await office.carried_out(lifting)
    assert await shelves(office, lower, upper) == [11, 12, 13]


async def test_what_lay_on_a_shelf_that_is_gone_for_good_holds_up_no_lift(
    office: Office, students: Iterator[Person]
) -> None:
    lower, upper = next(students), next(students)
    await put_up(office, 21, lower, None)
    await put_up(office, 22, upper, 21)
    of_upper = await office.restrict(upper)
    await office.restrict(lower)
    await office.erase(lower)
    await lift(office, of_upper)
    assert await shelves(office, lower, upper) == []


async def test_what_lies_on_another_ones_shelf_that_is_away_is_erased(
    office: Office, students: Iterator[Person]
) -> None:
    lower, upper = next(students), next(students)
    await put_up(office, 31, lower, None)
    await put_up(office, 32, upper, 31)
    await office.restrict(upper)
    of_lower = await office.restrict(lower)
    await office.erase(upper)
    await lift(office, of_lower)
    assert await shelves(office, lower, upper) == [31]
