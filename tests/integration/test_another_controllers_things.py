"""Every operation, called with the ids of another controller's things: they are not there."""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, NoReturn

import httpx
import pytest
from fastapi.routing import APIRoute as Route
from fastapi.routing import iter_route_contexts

from app.main import create_app
from tests.fixtures.neighbours import Neighbour, Neighbours, unchanged
from tests.fixtures.office import Office
from tests.fixtures.operations import Operation, fields_of_body, operations

OPERATIONS = list(operations())
IN_BODIES: dict[str, str | list[str]] = {
    "confirmation": "confirmation",
    "confirmations": ["confirmation"],
    "subjects": ["confirmation"],
    "restriction_ids": ["restriction_id"],
    "preview_digest": "preview_digest",
    "data_map_version_id": "data_map_version_id",
    "subject_key": "subject_key",
    "key": "course_key",
    "value": "username",
}
"""How the fields of bodies that name something are filled in, from the ids of a controller."""
IN_QUERIES = {
    name: name
    for name in (
        "acting_person_digest",
        "batch_id",
        "client_id",
        "controller_id",
        "cursor",
        "endpoint_id",
        "subject_digest",
        "subject_request_id",
    )
}
NAME_NOTHING_OF_A_CONTROLLER = {
    "issuer_client_id",  # the token issuer's own name for a client, given by support
    "key_in_lms",  # given by support, once
    "controller_id",  # in bodies of support alone, for whom there is no other controller
}


def named(wanted: Iterable[Operation]) -> list[Any]:
    return [pytest.param(each, id=each.name) for each in wanted]


ALL = named(OPERATIONS)
ADDRESSED = named(each for each in OPERATIONS if each.in_path)
MIXED = named(each for each in OPERATIONS if len(each.in_path) > 1 and not each.is_of_controllers)
READ = named(each for each in OPERATIONS if each.in_path and each.method == "GET")
BODIED = named(each for each in OPERATIONS if any(x.keys() & IN_BODIES.keys() for x in each.bodies))
QUERIED = named(
    each for each in OPERATIONS if each.is_of_controllers and IN_QUERIES.keys() & set(each.in_query)
)


def _never() -> NoReturn:
    raise AssertionError("the routes are read without opening anything")


def mixed(operation: Operation, neighbours: Neighbours) -> Iterator[dict[str, str]]:
    """Give every mixture of own and others' ids for a path, but for own ones only."""
    own, others = neighbours.one.ids, neighbours.other.ids
    names = operation.in_path
    for whose in product((others, own), repeat=len(names)):
        if others in whose:
            yield {name: ids[name] for name, ids in zip(names, whose, strict=True)}


def value(name: str, whose: Neighbour) -> object:
    wanted = IN_BODIES[name]
    return whose.ids[wanted] if isinstance(wanted, str) else [whose.ids[each] for each in wanted]


def filled(body: dict[str, Any], whose: Neighbour) -> dict[str, Any]:
    """Fill the ids of a controller into an example."""
    return body | {name: value(name, whose) for name in body.keys() & IN_BODIES.keys()}


def found(told: dict[str, Any]) -> list[Any]:
    """Give whom or what an answer has found or begun."""
    begun = [each["subject_request"] for each in told.get("items", [])]
    seen = [*told.get("candidates", []), *told.get("subject_request_ids", []), *begun]
    return [each for each in seen if each is not None]


def assert_refused(answer: httpx.Response, statuses: set[int]) -> None:
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].startswith("/problems/")


def assert_tells_nothing(answer: httpx.Response, neighbours: Neighbours) -> None:
    """But for the ids of a body, which the parts of a batch are answered by."""
    told, asked = answer.text + str(answer.headers), answer.request.content.decode()
    leaked = [each for each in neighbours.other.told_apart_by if each in told]
    assert [each for each in leaked if each not in asked] == []


def test_no_route_stands_beside_the_document() -> None:
    """But for the heads of what can be read, or these tests would pass it by."""
    served = {
        (method, each.path_format)
        for each in iter_route_contexts(create_app(_never).routes)
        if isinstance(each.original_route, Route) and each.path_format
        for method in each.original_route.methods or ()
    }
    known = {(each.method, each.path) for each in OPERATIONS}
    heads = {("HEAD", each.path) for each in OPERATIONS if each.method == "GET"}
    assert {each for each in served if str(each[1]).startswith("/v1")} - heads == known


@pytest.mark.parametrize("operation", ADDRESSED)
async def test_what_is_anothers_is_not_there(
    office: Office, neighbours: Neighbours, operation: Operation
) -> None:
    async with unchanged(neighbours.other):
        for ids in mixed(operation, neighbours):
            answer = await operation.call(office.http, ids)
            assert_refused(answer, {404} if operation.is_of_controllers else {403})
            assert_tells_nothing(answer, neighbours)


@pytest.mark.parametrize("operation", MIXED)
async def test_support_finds_a_thing_under_its_own_controller_only(
    office: Office, neighbours: Neighbours, operation: Operation
) -> None:
    async with unchanged(neighbours.other):
        for ids in mixed(operation, neighbours):
            if ids["controller_id"] == neighbours.one.ids["controller_id"]:
                answer = await operation.call(office.http, ids, headers=neighbours.staff)
                assert_refused(answer, {404})
                assert_tells_nothing(answer, neighbours)


@pytest.mark.parametrize("operation", READ)
async def test_its_owner_finds_it(neighbours: Neighbours, operation: Operation) -> None:
    """Or the tests above would prove nothing."""
    other = neighbours.other
    headers = {} if operation.is_of_controllers else neighbours.staff
    answer = await operation.call(other.office.http, other.ids, headers=headers)
    assert answer.is_success, answer.text


@pytest.mark.parametrize("operation", ALL)
async def test_nobody_acts_for_another_by_naming_it(
    office: Office, neighbours: Neighbours, operation: Operation
) -> None:
    async with unchanged(neighbours.other):
        headers = {"X-Controller": neighbours.other.ids["controller_id"]}
        answer = await operation.call(office.http, neighbours.other.ids, headers=headers)
        assert_refused(answer, {403})
        assert_tells_nothing(answer, neighbours)


def test_every_field_that_names_something_is_filled_in_below() -> None:
    named = {
        (operation.name, field)
        for operation in OPERATIONS
        for field in (*fields_of_body(operation), *operation.in_query)
        if field.endswith(("_id", "_ids", "_digest", "_key")) or field in ("confirmation", "cursor")
    }
    known = IN_BODIES.keys() | IN_QUERIES.keys() | NAME_NOTHING_OF_A_CONTROLLER
    assert {field for _, field in named} <= known


@pytest.mark.parametrize("operation", BODIED)
async def test_a_body_that_names_anothers_things_is_refused_or_finds_nobody(
    office: Office, neighbours: Neighbours, operation: Operation
) -> None:
    async with unchanged(neighbours.other):
        headers = {} if operation.is_of_controllers else neighbours.staff
        for body in operation.bodies:
            for name in body.keys() & IN_BODIES.keys():
                sent = filled(body, neighbours.one) | {name: value(name, neighbours.other)}
                answer = await operation.call(
                    office.http, neighbours.one.ids, sent, headers=headers
                )
                if answer.is_success:
                    assert found(answer.json()) == [], answer.text
                else:
                    assert_refused(answer, {404, 409, 412, 422})
                assert_tells_nothing(answer, neighbours)


@pytest.mark.parametrize("operation", QUERIED)
async def test_a_list_that_is_asked_for_anothers_things_is_empty(
    office: Office, neighbours: Neighbours, operation: Operation
) -> None:
    async with unchanged(neighbours.other):
        ids = neighbours.other.ids | await also_seen(neighbours)
        for name in IN_QUERIES.keys() & set(operation.in_query):
            answer = await operation.call(
                office.http, neighbours.one.ids, params={name: ids[IN_QUERIES[name]]}
            )
            if answer.is_success:
                assert answer.text.count('"type": "entry"') == 0
                assert answer.text.startswith('{"type": "') or answer.json()["items"] == []
            else:
                assert_refused(answer, {400, 404})
            assert_tells_nothing(answer, neighbours)


async def also_seen(neighbours: Neighbours) -> dict[str, str]:
    """Give what the other one's own lists tell it that can be asked for again."""
    entries = (await neighbours.other.office.get("audit-entries"))["items"]
    about = next(each for each in entries if each["subject_digest"])
    by = next(each for each in entries if each["acting_person_digest"])
    page = await neighbours.other.office.get("subject-requests?limit=1")
    return {
        "subject_digest": about["subject_digest"],
        "acting_person_digest": by["acting_person_digest"],
        "cursor": page["next_cursor"],
    }
