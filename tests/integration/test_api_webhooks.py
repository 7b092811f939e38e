"""Webhook endpoints over HTTP: registered, changed, rotated, tested, and what was sent to them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from app.domain.scopes import OF_CONTROLLERS
from app.services.webhook_endpoints import MOST_ENDPOINTS
from schemas.vocabulary import EventType, Scope
from tests.fixtures.api import Institution, Service, fresh_key, issue

URL = "https://school.example/habeas"
Json = dict[str, Any]


async def register(
    http: httpx.AsyncClient, institution: Institution, status: int = 201, **body: Any
) -> Json:
    answer = await http.post(
        "/v1/webhook-endpoints", json={"url": URL} | body, headers=fresh_key(institution)
    )
    assert answer.status_code == status, answer.text
    read: Json = answer.json()
    return read


@pytest.fixture(autouse=True)
async def _no_endpoints(service: Service) -> AsyncIterator[None]:
    """Begin with none, whoever ran before, and leave none behind: every event is sent to all."""
    for _ in ("before", "after"):
        for table in ("webhook_delivery", "webhook_secret", "webhook_endpoint"):
            await execute(service, f"DELETE FROM {table}")
        if _ == "before":
            yield


async def execute(service: Service, sql: str, *arguments: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(service.superuser_url)
    try:
        rows: list[asyncpg.Record] = await connection.fetch(sql, *arguments)
    finally:
        await connection.close()
    return rows


async def test_a_secret_is_shown_once_and_its_public_key_at_any_time(
    http: httpx.AsyncClient, service: Service
) -> None:
    made = await register(http, service.one, event_types=["bundle.ready"])
    assert made["secret"].startswith("whsec_")
    path = f"/v1/webhook-endpoints/{made['id']}"
    read = await http.get(path, headers=service.one.headers)
    assert "whsec_" not in read.text
    assert read.json() == {key: value for key, value in made.items() if key != "secret"}
    (key,) = read.json()["keys"]
    assert key["public_key"].startswith("whpk_")
    listed = await http.get("/v1/webhook-endpoints", headers=service.one.headers)
    assert listed.json()["items"] == [read.json()]
    assert not await execute(service, "SELECT FROM idempotency_key WHERE body LIKE '%whsec%'")


async def test_the_same_registration_twice_makes_one_and_shows_the_secret_once(
    http: httpx.AsyncClient, service: Service
) -> None:
    headers = fresh_key(service.one)
    first, second = [
        await http.post("/v1/webhook-endpoints", json={"url": URL}, headers=headers)
        for _ in range(2)
    ]
    assert second.status_code == 201
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["location"] == first.headers["location"]
    assert second.json() == first.json() | {"secret": None}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"url": "http://school.example/"}, "webhook-url-refused"),
        ({"url": "https://10.0.0.1/"}, "webhook-url-refused"),
        ({"url": "https://a:b@school.example/"}, "webhook-url-refused"),
        ({"url": ""}, "invalid-body"),
        ({"url": URL, "event_types": []}, "invalid-body"),
        ({"url": URL, "event_types": ["nothing.known"]}, "invalid-body"),
        ({"url": URL, "secret": "own"}, "invalid-body"),
    ],
)
async def test_what_cannot_be_registered_is_refused_and_changes_nothing(
    http: httpx.AsyncClient, service: Service, body: Json, problem: str
) -> None:
    answer = await http.post("/v1/webhook-endpoints", json=body, headers=fresh_key(service.one))
    assert answer.status_code == 422
    assert answer.json()["type"] == f"/problems/{problem}"
    assert not await execute(service, "SELECT FROM webhook_endpoint")


async def test_there_is_an_end_of_endpoints(http: httpx.AsyncClient, service: Service) -> None:
    for _ in range(MOST_ENDPOINTS):
        await register(http, service.one)
    refused = await register(http, service.one, 409)
    assert refused["type"] == "/problems/too-many-webhook-endpoints"
    last = (await http.get("/v1/webhook-endpoints", headers=service.one.headers)).json()["items"][0]
    path = f"/v1/webhook-endpoints/{last['id']}"
    assert (await http.delete(path, headers=service.one.headers)).status_code == 204
    answers = await asyncio.gather(
        *(
            http.post("/v1/webhook-endpoints", json={"url": URL}, headers=fresh_key(service.one))
            for _ in range(8)
        )
    )
    assert sorted(each.status_code for each in answers) == [201] + [409] * 7
    url, seen = "/v1/webhook-endpoints?limit=20", []
    while url:
        page = await http.get(url, headers=service.one.headers)
        seen += [each["id"] for each in page.json()["items"]]
        url = page.links.get("next", {}).get("url", "")
    assert len(set(seen)) == len(seen) == MOST_ENDPOINTS


async def test_an_endpoint_is_changed_in_what_is_named_and_nothing_else(
    http: httpx.AsyncClient, service: Service
) -> None:
    made = await register(http, service.one, event_types=["bundle.ready"])
    path = f"/v1/webhook-endpoints/{made['id']}"

    async def changed(**body: Any) -> Json:
        answer = await http.patch(path, json=body, headers=service.one.headers)
        assert answer.status_code == 200, answer.text
        read: Json = answer.json()
        return {key: read[key] for key in ("url", "event_types", "state", "disabled_because")}

    as_made: Json = {"url": URL, "event_types": ["bundle.ready"], "state": "active"}
    as_made |= {"disabled_because": None}
    assert await changed() == as_made
    assert await changed(url=f"{URL}/new") == as_made | {"url": f"{URL}/new"}
    assert (await changed(event_types=None))["event_types"] is None
    disabled = await changed(state="disabled")
    assert (disabled["state"], disabled["disabled_because"]) == ("disabled", "requested")
    assert (await changed(state="active"))["disabled_because"] is None
    refused = await http.patch(path, json={"url": "http://x/"}, headers=service.one.headers)
    assert refused.json()["type"] == "/problems/webhook-url-refused"


async def test_a_rotated_secret_is_one_of_two_at_most(
    http: httpx.AsyncClient, service: Service
) -> None:
    made = await register(http, service.one)
    path = f"/v1/webhook-endpoints/{made['id']}/rotation"
    secrets, key_counts = {made["secret"]}, []
    for hours in (24, 24, 0):
        body = {"overlap_hours": hours}
        answer = await http.post(path, json=body, headers=fresh_key(service.one))
        assert answer.status_code == 200, answer.text
        secrets.add(answer.json()["secret"])
        key_counts.append(len(answer.json()["keys"]))
    assert len(secrets) == 4
    assert key_counts == [2, 2, 1]


async def test_a_test_is_logged_and_sent_again_only_when_it_has_ended(
    http: httpx.AsyncClient, service: Service
) -> None:
    made = await register(http, service.one, event_types=["bundle.ready"])
    path = f"/v1/webhook-endpoints/{made['id']}"
    sent = await http.post(f"{path}/test", headers=service.one.headers)
    assert sent.status_code == 202
    assert sent.json()["event_type"] == EventType.WEBHOOK_ENDPOINT_TEST
    log = f"/v1/webhook-deliveries/{sent.json()['id']}"
    pending = await http.post(f"{log}/redelivery", headers=service.one.headers)
    assert pending.json()["type"] == "/problems/delivery-pending"
    await http.patch(path, json={"state": "disabled"}, headers=service.one.headers)
    read = (await http.get(log, headers=service.one.headers)).json()
    assert (read["state"], read["last_failure"]) == ("dead_letter", "endpoint_disabled")
    for operation in (f"{log}/redelivery", f"{path}/test"):
        refused = await http.post(operation, headers=service.one.headers)
        assert refused.json()["type"] == "/problems/webhook-endpoint-disabled"
    since = {"since": read["occurred_at"]}
    refused = await http.post(f"{path}/replay", json=since, headers=service.one.headers)
    assert refused.json()["type"] == "/problems/webhook-endpoint-disabled"
    await http.patch(path, json={"state": "active"}, headers=service.one.headers)
    replayed = await http.post(f"{path}/replay", json=since, headers=service.one.headers)
    assert (replayed.status_code, replayed.json()) == (202, {"count": 1})
    assert (await http.get(log, headers=service.one.headers)).json()["state"] == "pending"
    await execute(service, "UPDATE webhook_delivery SET state = 'dead_letter'")
    again = await http.post(f"{log}/redelivery", headers=service.one.headers)
    assert (again.status_code, again.json()["state"]) == (202, "pending")


async def test_the_log_is_filtered_and_paged(http: httpx.AsyncClient, service: Service) -> None:
    one, two = [(await register(http, service.one))["id"] for _ in range(2)]
    for endpoint_id in (one, one, one, two):
        path = f"/v1/webhook-endpoints/{endpoint_id}/test"
        await http.post(path, headers=service.one.headers)

    async def listed(query: str) -> Json:
        answer = await http.get(f"/v1/webhook-deliveries?{query}", headers=service.one.headers)
        read: Json = answer.json()
        return read

    assert len((await listed(f"endpoint_id={one}"))["items"]) == 3
    assert len((await listed("state=pending"))["items"]) == 4
    assert (await listed("state=delivered"))["items"] == []
    assert (await listed(f"subject_request_id={uuid4()}"))["items"] == []
    first = await listed(f"endpoint_id={one}&limit=2")
    cursor = first["next_cursor"]
    rest = await listed(f"endpoint_id={one}&limit=2&cursor={cursor}")
    assert len({each["id"] for each in (*first["items"], *rest["items"])}) == 3
    assert rest["next_cursor"] is None
    other_list = await listed(f"endpoint_id={two}&cursor={cursor}")
    assert other_list["type"] == "/problems/invalid-cursor"


async def test_a_deleted_endpoint_is_gone_with_its_log(
    http: httpx.AsyncClient, service: Service
) -> None:
    made = await register(http, service.one)
    path = f"/v1/webhook-endpoints/{made['id']}"
    await http.post(f"{path}/test", headers=service.one.headers)
    assert (await http.delete(path, headers=service.one.headers)).status_code == 204
    assert (await http.get(path, headers=service.one.headers)).status_code == 404
    assert not await execute(service, "SELECT FROM webhook_delivery")
    trail = await execute(
        service,
        "SELECT action, details FROM audit_entry WHERE action LIKE 'webhook%'"
        " AND details->>'endpoint_id' = $1 ORDER BY sequence",
        made["id"],
    )
    assert [row["action"] for row in trail] == [
        "webhook_endpoint.registered",
        "webhook_endpoint.tested",
        "webhook_endpoint.deleted",
    ]
    assert "/habeas" not in str(trail)  # the path may be a secret of the receiver


async def test_another_controllers_endpoints_and_deliveries_are_not_there(
    http: httpx.AsyncClient, service: Service
) -> None:
    made = await register(http, service.one)
    sent = await http.post(f"/v1/webhook-endpoints/{made['id']}/test", headers=service.one.headers)
    endpoint = f"/v1/webhook-endpoints/{made['id']}"
    delivery = f"/v1/webhook-deliveries/{sent.json()['id']}"
    before = await execute(service, "SELECT * FROM webhook_delivery")
    for method, path, body in (
        ("GET", endpoint, None),
        ("PATCH", endpoint, {"state": "disabled"}),
        ("DELETE", endpoint, None),
        ("POST", f"{endpoint}/rotation", {}),
        ("POST", f"{endpoint}/test", None),
        ("POST", f"{endpoint}/replay", {"since": "2026-01-01T00:00:00Z"}),
        ("GET", delivery, None),
        ("POST", f"{delivery}/redelivery", None),
    ):
        answer = await http.request(method, path, json=body, headers=fresh_key(service.two))
        assert answer.status_code == 404, (method, path, answer.text)
    for path in ("/v1/webhook-endpoints", "/v1/webhook-deliveries"):
        listed = await http.get(path, headers=service.two.headers)
        assert listed.json()["items"] == []
    filtered = f"/v1/webhook-deliveries?endpoint_id={made['id']}"
    assert (await http.get(filtered, headers=service.two.headers)).json()["items"] == []
    assert await execute(service, "SELECT * FROM webhook_delivery") == before


async def test_it_takes_the_scope(http: httpx.AsyncClient, service: Service) -> None:
    _, headers = await issue(
        service, service.one, set(OF_CONTROLLERS) - {Scope.WEBHOOKS_MANAGE}, timedelta(hours=1)
    )
    for path in ("/v1/webhook-endpoints", "/v1/webhook-deliveries"):
        refused = await http.get(path, headers=headers)
        assert refused.status_code == 403
        assert refused.json()["type"] == "/problems/scope-missing"


async def test_a_delivery_of_what_a_later_version_announced_is_shown_as_it_is(
    http: httpx.AsyncClient, service: Service
) -> None:
    endpoint = await register(http, service.one)
    path = f"/v1/webhook-endpoints/{endpoint['id']}/test"
    sent = (await http.post(path, headers=service.one.headers)).json()
    later = "thing.of_a_later_version"
    await execute(service, "UPDATE webhook_delivery SET event_type = $1", later)
    alone = await http.get(f"/v1/webhook-deliveries/{sent['id']}", headers=service.one.headers)
    listed = await http.get("/v1/webhook-deliveries", headers=service.one.headers)
    assert alone.json()["event_type"] == later
    assert listed.json()["items"] == [alone.json()]
