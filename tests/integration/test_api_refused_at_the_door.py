"""What is refused before anything of a call is looked at is in the trail of the one who called."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from app.domain.ids import PROCESSOR
from app.domain.scopes import OF_CONTROLLERS
from tests.fixtures.api import SOMEBODY, Service, counts, issue, support

LISTED = "/v1/subject-requests"
SEARCH = "/v1/subject-searches"
BODY = {"identifier": "number", "value": "Canarywood", "reason": "r"}


async def refusals(service: Service, whose: UUID) -> list[tuple[str, str, bool]]:
    """Give operation, problem, and whether somebody who acts is named, oldest first."""
    connection = await asyncpg.connect(service.superuser_url)
    rows = await connection.fetch(
        "SELECT details, commitments ? 'acting_person' AS is_named FROM audit_entry"
        " WHERE controller_id = $1 AND action = 'call.refused'"
        " AND details ? 'operation' ORDER BY sequence",  # a batch's names none
        whose,
    )
    await connection.close()
    read = [(json.loads(each["details"]), each["is_named"]) for each in rows]
    return [(details["operation"], details["problem"], named) for details, named in read]


async def every(service: Service) -> int:
    """Count the refusals in all trails."""
    connection = await asyncpg.connect(service.superuser_url)
    try:
        found: int = await connection.fetchval(
            "SELECT count(*) FROM audit_entry WHERE action = 'call.refused'"
        )
        return found
    finally:
        await connection.close()


async def called_from_elsewhere(service: Service) -> dict[str, str]:
    """Issue a client that may not call from where tests run; give the headers that prove it."""
    client, headers = await issue(service, service.one, set(OF_CONTROLLERS), timedelta(hours=1))
    await let_call_from(service, client.id, ["192.0.2.0/24"])
    return headers


async def let_call_from(service: Service, client_id: UUID, networks: list[str]) -> None:
    connection = await asyncpg.connect(service.superuser_url)
    statement = "UPDATE api_client SET allowed_networks = $1 WHERE id = $2"
    assert await connection.execute(statement, networks, client_id) == "UPDATE 1"
    await connection.close()


async def test_a_key_that_is_used_from_a_foreign_network_is_in_its_controllers_trail(
    service: Service, http: httpx.AsyncClient
) -> None:
    headers = await called_from_elsewhere(service)
    before, rest = await refusals(service, service.one.id), await counts(service)
    for_two = headers | {"X-Controller": str(service.two.id)}
    for call in (
        http.get(LISTED, headers=headers),
        http.post(SEARCH, json=BODY, headers=headers),
        http.post(SEARCH, json=BODY, headers=for_two),
    ):
        answer = await call
        assert (answer.status_code, answer.json()["type"]) == (
            403,
            "/problems/address-not-allowed",
        )
    problem = "address-not-allowed"
    told = (await refusals(service, service.one.id))[len(before) :]
    assert told == [
        ("list_subject_requests", problem, True),
        ("search_subjects", problem, True),
        ("search_subjects", problem, True),
    ]
    assert await counts(service) == rest


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(None, id="no key"),
        pytest.param("habeas_wrong", id="no key of ours"),
        pytest.param("one that was changed", id="another secret"),
    ],
)
async def test_whoever_has_no_valid_key_writes_to_no_trail(
    service: Service, http: httpx.AsyncClient, key: str | None
) -> None:
    headers = await called_from_elsewhere(service)
    authorization = headers["Authorization"]
    if key == "one that was changed":
        key = authorization.partition(" ")[2]
        key = key[:-1] + ("A" if key[-1] != "A" else "B")
    before = await every(service)
    sent = SOMEBODY | {"X-Controller": str(service.one.id)}
    if key is not None:
        sent["Authorization"] = f"Bearer {key}"
    assert (await http.post(SEARCH, json=BODY, headers=sent)).status_code == 401
    assert await every(service) == before


async def test_support_without_a_grant_is_in_the_processors_trail_and_in_no_schools(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    before = await refusals(service, PROCESSOR)
    schools = [await refusals(service, each.id) for each in (service.one, service.two)]
    for named in (str(service.one.id), str(uuid4()), "one"):
        refused = await http.get(LISTED, headers=staff | {"X-Controller": named})
        assert refused.json()["type"] == "/problems/support-grant-missing"
    refused = await http.post(
        SEARCH, json=BODY, headers=staff | {"X-Controller": str(service.two.id)}
    )
    assert refused.status_code == 403
    problem = "support-grant-missing"
    told = (await refusals(service, PROCESSOR))[len(before) :]
    assert told == [
        *[("list_subject_requests", problem, True)] * 3,
        ("search_subjects", problem, True),
    ]
    assert [await refusals(service, each.id) for each in (service.one, service.two)] == schools


async def test_a_controllers_client_that_names_another_is_in_its_own_trail(
    service: Service, http: httpx.AsyncClient
) -> None:
    before, others = [await refusals(service, each.id) for each in (service.one, service.two)]
    headers = service.one.headers | {"X-Controller": str(service.two.id)}
    assert (await http.get(LISTED, headers=headers)).status_code == 403
    told = (await refusals(service, service.one.id))[len(before) :]
    assert told == [("list_subject_requests", "support-grant-missing", True)]
    assert await refusals(service, service.two.id) == others


async def test_whoever_does_not_say_who_acts_is_in_the_trail_where_something_would_have_changed(
    service: Service, http: httpx.AsyncClient
) -> None:
    before = await refusals(service, service.one.id)
    headers: dict[str, Any] = {"Authorization": service.one.headers["Authorization"]}
    assert (await http.get(LISTED, headers=headers)).status_code == 200
    assert (await http.post(SEARCH, json=BODY, headers=headers)).status_code == 400
    unusable = headers | {"X-Acting-Person": "x" * 201}
    assert (await http.post(SEARCH, json=BODY, headers=unusable)).status_code == 400
    told = (await refusals(service, service.one.id))[len(before) :]
    assert told == [("search_subjects", "acting-person-missing", False)]
