"""Whose persons a controller's are: its key in the LMS is one of the map's column, and its own alone."""

import asyncio
from contextlib import nullcontext
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.datamap.read import read
from app.domain.errors import SourceFailure
from app.embedded.stack import Stack
from app.sources.registry import Sources
from app.store import controllers, data_maps
from app.store.controllers import Binding, Persons, PersonsTaken
from app.store.transaction import transaction
from tests.fixtures.api import Service, support
from tests.fixtures.bindings import bind_unasked
from tests.fixtures.data_maps import SOUND
from tests.fixtures.stack import NewDatabase
from tests.fixtures.store import NewController
from tests.fixtures.taking_on import bound_to, created, published
from tests.fixtures.trails import followed

UUID_KEY = "0b9b8a1e-1111-4222-8333-444455556666"


async def shown(http: httpx.AsyncClient, staff: dict[str, str], controller_id: str) -> Any:
    return (await http.get(f"/v1/controllers/{controller_id}", headers=staff)).json()


@pytest.mark.parametrize(
    ("first", "second"), [("2001", "2001"), ("2002", "02002"), ("02003", " 2003")]
)
async def test_no_second_controller_gets_the_persons_of_one_that_is_there(
    service: Service, http: httpx.AsyncClient, first: str, second: str
) -> None:
    staff = await support(service)

    async def bound(made: dict[str, Any], key: str) -> httpx.Response:
        body = bound_to(made, await published(http, staff, made["id"])) | {"key_in_lms": key}
        return await http.put(f"/v1/controllers/{made['id']}", json=body, headers=staff)

    one, made = [await created(http, staff, name) for name in ("First School", "Second School")]
    assert (await bound(one, first)).status_code == 200
    answer = await bound(made, second)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-body")
    (fault,) = answer.json()["errors"]
    assert fault == {"pointer": "/key_in_lms", "detail": "is another controller's already"}
    assert "First" not in answer.text
    assert await shown(http, staff, made["id"]) == made
    assert (await followed(service.database, made["id"])).entries == 2


async def test_of_two_that_are_bound_at_once_to_the_same_persons_one_is(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    bodies = []
    for name in ("One School", "Other School", "Third School"):
        made = await created(http, staff, name)
        own = bound_to(made, await published(http, staff, made["id"])) | {"key_in_lms": "2100"}
        bodies.append((f"/v1/controllers/{made['id']}", own))
    answers = await asyncio.gather(
        *(http.put(url, json=body, headers=staff) for url, body in bodies)
    )
    assert sorted(each.status_code for each in answers) == [200, 422, 422]


async def test_a_controller_keeps_its_persons_under_a_new_map_and_gives_them_up_without_one(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    former, later = [await created(http, staff, name) for name in ("Former School", "Later School")]
    url, url_of_later = [f"/v1/controllers/{each['id']}" for each in (former, later)]
    first = await published(http, staff, former["id"])
    second = await published(http, staff, former["id"], f"{SOUND}# published anew\n")
    wanted = bound_to(later, await published(http, staff, later["id"]))
    wanted["key_in_lms"] = former["key_in_lms"]
    for own in (bound_to(former, first), bound_to(former, second), bound_to(former, second)):
        assert (await http.put(url, json=own, headers=staff)).status_code == 200
    refused = await http.put(url_of_later, json=wanted, headers=staff)
    without = await http.put(url, json=own | {"data_map_version_id": None}, headers=staff)
    taken_over = await http.put(url_of_later, json=wanted, headers=staff)
    too_late = await http.put(url, json=own, headers=staff)
    answers = (refused, without, taken_over, too_late)
    assert [each.status_code for each in answers] == [422, 200, 200, 422]


async def test_a_bound_controller_gets_another_key_only_where_that_is_nobodys(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    made = await created(http, staff, "Moving School")
    url = f"/v1/controllers/{made['id']}"
    own = bound_to(made, await published(http, staff, made["id"]))
    assert (await http.put(url, json=own, headers=staff)).status_code == 200
    for key, status in (("1", 422), ("no number", 422), (None, 422), ("2200", 200)):
        answer = await http.put(url, json=own | {"key_in_lms": key}, headers=staff)
        assert answer.status_code == status, key
    assert (await shown(http, staff, made["id"]))["key_in_lms"] == "2200"


async def test_a_map_that_tells_no_controllers_apart_is_not_bound_beside_another_controller(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    made = await created(http, staff, "Whole School")
    whole = SOUND.replace("  controller: school_id\n", "")
    version_id = await published(http, staff, made["id"], whole)
    answer = await http.put(
        f"/v1/controllers/{made['id']}", json=bound_to(made, version_id), headers=staff
    )
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/key_in_lms")


@pytest.mark.parametrize(
    "given", [{"key_in_lms": None}, {"key_in_lms": "no number"}], ids=["none", "of another type"]
)
async def test_a_map_that_tells_controllers_apart_is_bound_with_a_key_that_it_can_use(
    service: Service, http: httpx.AsyncClient, given: dict[str, str]
) -> None:
    staff = await support(service)
    made = await created(http, staff, "Keyless School")
    bound = bound_to(made, await published(http, staff, made["id"])) | given
    answer = await http.put(f"/v1/controllers/{made['id']}", json=bound, headers=staff)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/key_in_lms")
    assert "`school_id`" in answer.json()["detail"]
    assert "no number" not in answer.text


async def test_who_was_bound_without_a_usable_key_before_is_not_bound_so_again(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    made = await created(http, staff, "Old School")
    async with transaction(service.database, made["id"]) as connection:
        version_id = await bind_unasked(connection, made["id"], SOUND)
        await controllers.bind(connection, made["id"], Binding(None, version_id))
    unchanged = {"name": "Old School", "data_map_version_id": str(version_id)}
    answer = await http.put(f"/v1/controllers/{made['id']}", json=unchanged, headers=staff)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/key_in_lms")


@pytest.mark.parametrize(
    ("one", "other", "is_free"),
    [
        pytest.param(Persons("a", "1"), Persons("a", "1"), False, id="the same"),
        pytest.param(Persons("b", "1"), Persons("b", "2"), True, id="another key"),
        pytest.param(Persons("c", "1"), Persons("d", "1"), True, id="another LMS"),
        pytest.param(Persons("e", "1"), Persons("e", None), False, id="one, then all"),
        pytest.param(Persons("f", None), Persons("f", "1"), False, id="all, then one"),
        pytest.param(Persons("g", None), Persons("g", None), False, id="all twice"),
        pytest.param(Persons("h", None), Persons("i", None), True, id="all of two"),
    ],
)
async def test_the_database_itself_gives_no_persons_to_two(
    engine: AsyncEngine,
    new_controller: NewController,
    one: Persons,
    other: Persons,
    is_free: bool,  # noqa: FBT001 - a column of the table
) -> None:
    async def bind(persons: Persons) -> None:
        id_ = (await new_controller("School")).id
        async with transaction(engine, id_) as connection:
            version = await data_maps.publish(connection, id_, "m", "ab" * 32, "habeas: 1")
            await controllers.bind(connection, id_, Binding("1", version.id, persons))

    await bind(one)
    with nullcontext() if is_free else pytest.raises(PersonsTaken):
        await bind(other)


@pytest.fixture(scope="module")
async def keys(stack: Stack, new_database: NewDatabase) -> Any:
    url = stack.database_url(new_database())
    columns = "big bigint, small smallint, words text, short varchar(3), exact numeric, id uuid"
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE TABLE person ({columns}, at timestamptz)")
    await connection.close()
    data_map = read(SOUND).data_map
    async with Sources({"LMS_URL": url}, connections=1, jobs=1) as sources:
        yield sources.records(data_map, "lms")


@pytest.mark.parametrize(
    ("column", "written", "reading"),
    [
        ("big", "101", "101"),
        ("big", " 0101", "101"),
        ("big", "no number", None),
        ("big", "9" * 19, None),
        ("small", "70000", "70000"),
        ("words", "0101", "0101"),
        ("words", "A ", "A "),
        ("short", "longer", "longer"),
        ("exact", "1.50", "1.5"),
        ("id", UUID_KEY.upper(), UUID_KEY),
        ("id", "101", None),
    ],
)
async def test_a_key_reads_as_the_lms_compares_it(
    keys: Any, column: str, written: str, reading: str | None
) -> None:
    assert await keys.read_controller_key(written, "person", column) == reading


@pytest.mark.parametrize(
    ("table", "column"), [("person", "none"), ("none", "id"), ("person", "at")]
)
async def test_a_column_that_holds_no_keys_is_a_fault_of_the_source(
    keys: Any, table: str, column: str
) -> None:
    with pytest.raises(SourceFailure):
        await keys.read_controller_key("1", table, column)
