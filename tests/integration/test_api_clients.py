"""API clients of a controller: issued, bound to networks, rotated with overlap, revoked."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.domain.errors import Fault, Refused
from app.domain.ids import PROCESSOR
from app.domain.scopes import OF_CONTROLLERS
from app.services import operator_clients
from app.services.operator_clients import NewClient
from app.store import clients
from app.store.transaction import transaction
from schemas.clients import Rotation
from schemas.vocabulary import Scope
from tests.fixtures.api import SOMEBODY, Service, support
from tests.fixtures.clients import issue_client
from tests.fixtures.patience import until
from tests.fixtures.taking_on import key

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LISTED = "/v1/subject-requests"


def later(delta: timedelta = HOUR) -> str:
    return (datetime.now(UTC) + delta).isoformat()


def wanted(**others: Any) -> dict[str, Any]:
    return {"name": "Portal", "scopes": ["access:request"], "expires_at": later()} | others


async def issued(
    service: Service, http: httpx.AsyncClient, staff: dict[str, str], **others: Any
) -> dict[str, Any]:
    url = f"/v1/controllers/{service.one.id}/clients"
    headers = staff | key()
    answer = await http.post(url, json=wanted(**others), headers=headers)
    assert answer.status_code == 201, answer.text
    client: dict[str, Any] = answer.json()
    return client


def by_key(client: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {client['api_key']}"} | SOMEBODY


async def status(http: httpx.AsyncClient, client: dict[str, Any]) -> int:
    return (await http.get(LISTED, headers=by_key(client))).status_code


async def test_an_issued_client_calls_with_its_key_which_is_shown_once(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    url = f"/v1/controllers/{service.one.id}/clients"
    headers = staff | key()
    body = wanted()
    first = await http.post(url, json=body, headers=headers)
    assert await status(http, first.json()) == 200
    again = await http.post(url, json=body, headers=headers)
    assert again.json() == first.json() | {"api_key": None}
    assert again.headers["idempotency-replayed"] == "true"
    listed = (await http.get(url, headers=staff)).json()["items"]
    assert [each["name"] for each in listed if each["id"] == first.json()["id"]] == ["Portal"]
    assert "api_key" not in listed[0]
    async with transaction(service.database, PROCESSOR) as connection:
        kept = (await connection.execute(text("SELECT body FROM idempotency_key"))).scalars()
        assert not [body for body in kept if "habeas_" in body]


async def test_a_client_of_which_no_end_is_named_ends_after_a_year(
    service: Service, http: httpx.AsyncClient
) -> None:
    made = await issued(service, http, await support(service), expires_at=None)
    ahead = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=364) < ahead <= timedelta(days=365)


async def test_a_rotated_client_may_use_both_keys_until_the_former_ends(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    former = await issued(service, http, staff)
    url = f"/v1/controllers/{service.one.id}/clients/{former['id']}/rotation"
    body = {"reason": "yearly", "former_key_until": later(timedelta(seconds=2))}
    rotated = (await http.post(url, json=body, headers=staff | key())).json()
    assert rotated["id"] == former["id"]
    assert [await status(http, each) for each in (former, rotated)] == [200, 200]

    async def has_ended() -> bool:
        return await status(http, former) == 401

    await until(has_ended)
    assert await status(http, rotated) == 200


async def test_without_overlap_the_former_key_ends_at_once_and_one_before_it_always(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    first = await issued(service, http, staff)
    url = f"/v1/controllers/{service.one.id}/clients/{first['id']}/rotation"
    overlap = {"reason": "r", "former_key_until": later()}
    second = (await http.post(url, json=overlap, headers=staff | key())).json()
    third = (await http.post(url, json=overlap, headers=staff | key())).json()
    assert [await status(http, each) for each in (first, second, third)] == [401, 200, 200]
    fourth = (await http.post(url, json={"reason": "r"}, headers=staff | key())).json()
    assert [await status(http, each) for each in (second, third, fourth)] == [401, 401, 200]


async def test_a_rotation_that_is_sent_twice_ends_no_key_and_tells_none(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service) | key()
    former = await issued(service, http, staff)
    url = f"/v1/controllers/{service.one.id}/clients/{former['id']}/rotation"
    body = {"reason": "yearly", "former_key_until": later()}
    rotated, again = [await http.post(url, json=body, headers=staff) for _ in range(2)]
    assert again.json() == rotated.json() | {"api_key": None}
    assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")
    assert [await status(http, each) for each in (former, rotated.json())] == [200, 200]


async def test_a_former_key_outlives_neither_its_own_end_nor_a_revocation(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    former = await issued(service, http, staff)
    url = f"/v1/controllers/{service.one.id}/clients/{former['id']}"
    body = {"reason": "r", "former_key_until": later(timedelta(days=3)), "expires_at": later()}
    rotated = (await http.post(f"{url}/rotation", json=body, headers=staff | key())).json()
    assert rotated["former_key_until"] == former["expires_at"]
    revoked = await http.post(f"{url}/revocation", json={"reason": "it leaked"}, headers=staff)
    assert revoked.status_code == 204
    assert [await status(http, each) for each in (former, rotated)] == [401, 401]
    for verb in ("rotation", "revocation"):
        again = await http.post(f"{url}/{verb}", json={"reason": "r"}, headers=staff | key())
        assert again.status_code == 404


async def test_a_client_may_call_from_its_networks_only(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    here = await issued(service, http, staff, allowed_networks=["10.0.0.0/8", "127.0.0.1"])
    assert here["allowed_networks"] == ["10.0.0.0/8", "127.0.0.1/32"]
    assert await status(http, here) == 200
    elsewhere = await issued(service, http, staff, allowed_networks=["192.0.2.0/24"])
    refused = await http.get(LISTED, headers=by_key(elsewhere))
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/address-not-allowed")


@pytest.mark.parametrize(
    ("others", "pointer"),
    [
        pytest.param({"scopes": ["support"]}, "/scopes", id="the scope of support"),
        pytest.param({"scopes": []}, "/scopes", id="no scope"),
        pytest.param({"scopes": ["everything"]}, "/scopes/0", id="an unknown scope"),
        pytest.param({"expires_at": "2026-01-01T00:00:00Z"}, "/expires_at", id="it has ended"),
        pytest.param({"expires_at": "2126-01-01T00:00:00Z"}, "/expires_at", id="for a century"),
        pytest.param({"allowed_networks": ["here"]}, "/allowed_networks/0", id="no network"),
        pytest.param({"allowed_networks": ["192.0.2.9/24"]}, "/allowed_networks/0", id="host bits"),
    ],
)
async def test_a_client_that_makes_no_sense_is_not_issued(
    service: Service, http: httpx.AsyncClient, others: dict[str, Any], pointer: str
) -> None:
    headers = await support(service) | {"Idempotency-Key": str(uuid4())}
    url = f"/v1/controllers/{service.one.id}/clients"
    refused = await http.post(url, json=wanted(**others), headers=headers)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_a_client_of_an_issuer_gets_no_key_and_is_registered_once(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    client = await issued(service, http, staff, issuer_client_id="portal-7")
    assert client["api_key"] is None
    url = f"/v1/controllers/{service.one.id}/clients"
    headers = staff | key()
    again = await http.post(url, json=wanted(issuer_client_id="portal-7"), headers=headers)
    assert (again.status_code, again.json()["errors"][0]["pointer"]) == (422, "/issuer_client_id")
    rotated = await http.post(
        f"{url}/{client['id']}/rotation", json={"reason": "r"}, headers=staff | key()
    )
    assert rotated.status_code == 404


async def test_of_clients_whom_an_issuer_calls_alike_one_is_registered_however_they_come(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    url = f"/v1/controllers/{service.one.id}/clients"
    for name in ("alike-1", "alike-2", "alike-3"):
        body = wanted(issuer_client_id=name)
        answers = await asyncio.gather(
            *(http.post(url, json=body, headers=staff | key()) for _ in range(8))
        )
        assert sorted(each.status_code for each in answers) == [201] + [422] * 7
        pointers = {each.json()["errors"][0]["pointer"] for each in answers if each.is_error}
        assert pointers == {"/issuer_client_id"}


async def test_no_client_of_a_controller_can_have_the_scope_of_support(service: Service) -> None:
    with pytest.raises(Refused):
        await operator_clients.issue(
            service.database, service.one.id, NewClient("x", frozenset(Scope), HOUR)
        )
    with pytest.raises(Refused):
        await operator_clients.issue(
            service.database, PROCESSOR, NewClient("x", OF_CONTROLLERS, HOUR)
        )
    with pytest.raises(IntegrityError, match="ck_api_client_support"):
        async with transaction(service.database, service.one.id) as connection:
            await issue_client(
                connection, service.one.id, "x", frozenset(Scope), datetime.now(UTC) + HOUR
            )


@pytest.mark.parametrize("lifetime", [timedelta(0), -3 * DAY, 732 * DAY], ids=str)
async def test_by_command_a_client_ends_when_one_over_http_may(
    service: Service, lifetime: timedelta
) -> None:
    wanted = NewClient("x", OF_CONTROLLERS, lifetime)
    for acts in (
        operator_clients.issue(service.database, service.one.id, wanted),
        operator_clients.register(service.database, service.one.id, wanted, "x-1"),
    ):
        with pytest.raises(Refused) as refused:
            await acts
        assert refused.value.faults == (
            Fault("/expires_at", "must lie ahead, by at most 731 days"),
        )


async def test_by_command_a_key_is_turned_over_within_the_bounds_of_http(service: Service) -> None:
    client, _ = await operator_clients.issue(
        service.database, service.one.id, NewClient("x", OF_CONTROLLERS, HOUR)
    )
    named, now = (service.one.id, client.id), datetime.now(UTC)
    for ends, pointer in (
        ({"former_key_until": now + 31 * DAY}, "/former_key_until"),
        ({"former_key_until": now - HOUR}, "/former_key_until"),
        ({"expires_at": now + 732 * DAY}, "/expires_at"),
        ({"expires_at": now - HOUR}, "/expires_at"),
    ):
        turn = Rotation(reason="r", **ends)
        with pytest.raises(Refused) as refused:
            await operator_clients.rotate(service.database, service.keyring, named, turn)
        assert [fault.pointer for fault in refused.value.faults] == [pointer]
    async with transaction(service.database, service.one.id) as connection:
        (kept,) = [each for each in await clients.list_all(connection) if each.id == client.id]
    assert kept == client
