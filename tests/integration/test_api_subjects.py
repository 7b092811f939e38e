"""Finding the person over HTTP."""

import json
from datetime import datetime, timedelta

import asyncpg
import httpx

from app.services import controllers
from app.store.transaction import transaction
from tests.fixtures.api import Institution, Service
from tests.fixtures.bindings import bind_unasked
from tests.fixtures.data_maps import SOUND

SEARCH = {"identifier": "number", "value": "S1", "reason": "case 7"}


async def search(
    http: httpx.AsyncClient, institution: Institution, **changed: str
) -> httpx.Response:
    return await http.post(
        "/v1/subject-searches", json=SEARCH | changed, headers=institution.headers
    )


async def test_a_search_shows_who_may_be_meant_and_hides_the_key(
    service: Service, http: httpx.AsyncClient
) -> None:
    answer = await search(http, service.one)
    assert answer.status_code == 200
    (candidate,) = answer.json()["candidates"]
    assert candidate["display"] == {"full_name": "Anna Berg", "email": "anna@one.example"}
    assert set(candidate) == {"display", "confirmation", "expires_at"}
    left = datetime.fromisoformat(candidate["expires_at"]) - datetime.now().astimezone()
    assert timedelta(minutes=29) < left < timedelta(minutes=31)


async def test_a_search_ends_at_the_border_of_the_controller(
    service: Service, http: httpx.AsyncClient
) -> None:
    theirs = await search(http, service.two)
    assert [person["display"]["email"] for person in theirs.json()["candidates"]] == [
        "bela@two.example"
    ]
    nobody = await search(http, service.one, identifier="email", value="bela@two.example")
    assert nobody.json()["candidates"] == []
    assert "Nobody" in nobody.json()["hint"]


async def test_twenty_candidates_are_shown_and_the_caller_is_told_to_narrow(
    service: Service, http: httpx.AsyncClient
) -> None:
    answer = await search(http, service.one, identifier="email", value="twins@one.example")
    found = answer.json()
    assert len(found["candidates"]) == 20
    assert found["is_complete"] is False
    assert "identifier that only one person has" in found["hint"]


async def test_an_unknown_identifier_is_refused_with_the_known_ones(
    service: Service, http: httpx.AsyncClient
) -> None:
    answer = await search(http, service.one, identifier="shoe_size")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/identifier-unknown")
    assert "email, number" in answer.json()["detail"]
    assert "shoe_size" not in answer.text


async def test_a_search_without_a_reason_finds_nobody(
    service: Service, http: httpx.AsyncClient
) -> None:
    for reason in ("", "  \t "):
        answer = await search(http, service.one, reason=reason)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/reason-missing")


async def test_a_search_is_in_the_trail_without_whom_or_why_in_clear(
    service: Service, http: httpx.AsyncClient
) -> None:
    await search(http, service.one, reason="because of Canarywood")
    connection = await asyncpg.connect(service.superuser_url)
    entry = await connection.fetchrow(
        "SELECT action, details::text AS details FROM audit_entry WHERE controller_id = $1 "
        "ORDER BY sequence DESC LIMIT 1",
        service.one.id,
    )
    await connection.close()
    assert entry["action"] == "subject.searched"
    assert "Canarywood" not in entry["details"]
    assert set(json.loads(entry["details"])) == {"identifier", "candidate_count"}


async def test_a_controller_without_a_data_map_is_told_so(
    service: Service, http: httpx.AsyncClient
) -> None:
    await controllers.unbind_data_map(service.database, service.two.id)
    answer = await search(http, service.two)
    async with transaction(service.database, service.two.id) as connection:
        await bind_unasked(connection, service.two.id, SOUND)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/no-data-map")
