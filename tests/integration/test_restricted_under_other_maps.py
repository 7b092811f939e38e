"""Who was restricted under one version of the data map is erased, or given back, under another one."""

from collections.abc import Iterator

import pytest

from app.demo.school import Person
from tests.fixtures.office import APPROVAL, Json, Office
from tests.fixtures.pairs import WORKS, authors, bind, lift, works, write


@pytest.fixture(scope="module", autouse=True)
async def tables(office: Office) -> None:
    """Before anybody has read what tables there are."""
    await office.workplace.lms_does(WORKS)


async def left(office: Office, number: int) -> int:
    found: int = await office.lms("SELECT count(*) FROM pair_work WHERE id = $1", number)
    return found


async def test_they_are_erased_where_records_are_hidden_by_now_that_were_anonymised(
    office: Office, students: Iterator[Person]
) -> None:
    one, two = next(students), next(students)
    await bind(office, {"pair_work": works("anonymise", "delete")})
    number = await write(office, one, two)
    await office.restrict(one)
    await bind(office, {"pair_work": works("hide", "delete")})
    await office.erase(one)
    assert await left(office, number) == 0


async def test_the_last_lift_gives_back_what_was_restricted_by_two_versions(
    office: Office, students: Iterator[Person]
) -> None:
    one, two = next(students), next(students)
    await bind(office, {"pair_work": works("anonymise")})
    number = await write(office, one, two)
    older = await office.restrict(one)
    await bind(office, {"pair_work": works("hide")})
    newer = await office.restrict(one, "objection_pending")
    await lift(office, older)
    assert (await authors(office, number))[0] != one.id
    await lift(office, newer)
    assert await authors(office, number) == (one.id, two.id)


async def test_an_erasure_asks_for_a_person_where_the_map_does_not_know_what_is_restricted(
    office: Office, students: Iterator[Person]
) -> None:
    one, two = next(students), next(students)
    await bind(office, {"pair_work": works("anonymise", "delete")})
    number = await write(office, one, two)
    await office.restrict(one)
    await bind(office, {"work_of_two": works("anonymise", "delete")})
    digest = (await office.preview("erasure", one))["digest"]
    body = {"right": "erasure", "preview_digest": digest, "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(one)
    erasure = await office.post("subject-requests", body)
    await office.work()
    await waits(office, erasure)
    assert await office.lms("SELECT email FROM person WHERE id = $1", one.id) == one.email
    await office.post(f"subject-requests/{erasure['id']}/cancellation", {"reason": "x"}, 200)
    await bind(office, {"pair_work": works("anonymise", "delete")})
    await office.erase(one)
    assert await left(office, number) == 0


async def test_a_second_restriction_asks_for_a_person_too_until_the_first_is_lifted(
    office: Office, students: Iterator[Person]
) -> None:
    one, two = next(students), next(students)
    await bind(office, {"pair_work": works("anonymise")})
    number = await write(office, one, two)
    first = await office.restrict(one)
    await bind(office, {"work_of_two": works("anonymise")})
    body = {"right": "restriction", "ground": "objection_pending", "approval": APPROVAL}
    body["confirmation"] = await office.confirmed(one)
    second = await office.post("subject-requests", body)
    await office.work()
    await waits(office, second)
    await lift(office, first)  # it runs under the version of its restriction
    assert await authors(office, number) == (one.id, two.id)
    await office.post(f"subject-requests/{second['id']}/resumption", {})
    await lift(office, await office.carried_out(second))
    assert await authors(office, number) == (one.id, two.id)


async def waits(office: Office, request: Json) -> None:
    """Look whether a subject request waits for a person, since the map does not know the records."""
    shown = await office.get(f"subject-requests/{request['id']}")
    assert shown["state"] == "needs_attention"
    assert shown["attention"]["reason"] == "vault_remains"
    assert "pair_work" in shown["attention"]["detail"]
