"""Whatever changes something says which administrator does it."""

import json
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests.fixtures.api import Service, counts, support
from tests.fixtures.operations import Operation, operations

MACHINES = "/v1/lms-events"
SEARCH = "/v1/subject-searches"
BODY = {"identifier": "number", "value": "S1", "reason": "r"}


def without_person(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "X-Acting-Person"}


async def newest_refusal(service: Service) -> Any:
    """Give what the newest refusal in any trail says."""
    connection = await asyncpg.connect(service.superuser_url)
    found = await connection.fetchval(
        "SELECT details FROM audit_entry WHERE action = 'call.refused' ORDER BY at DESC LIMIT 1"
    )
    await connection.close()
    return json.loads(found)


@pytest.fixture(scope="module")
async def staff(service: Service) -> dict[str, str]:
    return await support(service)


@pytest.mark.parametrize("operation", [pytest.param(each, id=each.name) for each in operations()])
async def test_an_operation_that_changes_something_needs_to_know_who_acts(
    service: Service, http: httpx.AsyncClient, staff: dict[str, str], operation: Operation
) -> None:
    before = await counts(service)
    whose = service.one.headers if operation.is_of_controllers else staff
    ids = {name: str(uuid4()) for name in operation.in_path}
    answer = await operation.call(http, ids, headers=without_person(whose))
    is_missed = "/problems/acting-person-missing" in answer.text
    assert is_missed == (operation.method != "GET" and operation.path != MACHINES), answer.text
    if is_missed:
        assert answer.status_code == 400
        assert await counts(service) == before
        refused = {"operation": operation.name, "problem": "acting-person-missing"}
        assert await newest_refusal(service) == refused


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Kari Holm", id="as it is"),
        pytest.param("u-4711", id="a number"),
        pytest.param("UTF-8''%C3%85se%20Bj%C3%B8rnsen", id="percent-encoded"),
        pytest.param("utf-8''Kari", id="encoded without need"),
        pytest.param("O'Neill", id="with an apostrophe"),
    ],
)
async def test_an_administrator_is_named_in_any_letters(
    service: Service, http: httpx.AsyncClient, name: str
) -> None:
    headers = service.one.headers | {"X-Acting-Person": name}
    assert (await http.post(SEARCH, json=BODY, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(b"\xc3\x85se", id="UTF-8 that is not encoded"),
        pytest.param(b"\xc5se", id="Latin-1"),
        pytest.param(b"x" * 201, id="201 characters"),
        pytest.param(b"UTF-8''%0AKari", id="a break, encoded"),
        pytest.param(b"UTF-8''%00", id="NUL, encoded"),
        pytest.param(b"UTF-8''%FF", id="no UTF-8"),
        pytest.param(b"UTF-8''%ED%A0%80", id="half a surrogate pair"),
        pytest.param(b"UTF-8''" + b"%C3%85" * 201, id="201 characters, encoded"),
        pytest.param(b"UTF-8''", id="encoded, and nothing"),
    ],
)
async def test_a_name_that_cannot_be_kept_is_refused_without_being_repeated(
    service: Service, http: httpx.AsyncClient, name: bytes
) -> None:
    before = await counts(service)
    headers = [(b"Authorization", service.one.headers["Authorization"].encode())]
    answer = await http.post(SEARCH, json=BODY, headers=[*headers, (b"X-Acting-Person", name)])
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/invalid-parameter")
    assert answer.json()["errors"][0]["pointer"] == "/header/X-Acting-Person"
    assert await counts(service) == before


async def test_two_administrators_are_one_too_many(
    service: Service, http: httpx.AsyncClient
) -> None:
    headers = [*service.one.headers.items(), ("X-Acting-Person", "Åge Berg".replace("Å", "A"))]
    assert (await http.post(SEARCH, json=BODY, headers=headers)).status_code == 400
