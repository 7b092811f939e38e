"""Support takes a controller on: creates, publishes, binds, sets, enables."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from sqlalchemy import text

from app.domain.ids import PROCESSOR
from app.store.transaction import transaction
from schemas.controllers import ControllerSettings
from schemas.vocabulary import Scope
from tests.fixtures.api import Service, confirmed, counts, fresh_key, issue, submission, support
from tests.fixtures.data_maps import SOUND
from tests.fixtures.patience import until
from tests.fixtures.taking_on import ID, bound_to, created, key, published
from tests.fixtures.trails import followed

ENABLE = {"is_enabled": True, "reason": "The agreement is signed", "reference": "S-2026-881"}
DISABLE = {"is_enabled": False, "reason": "The school leaves", "reference": "S-2026-902"}


async def test_a_school_is_taken_on_over_http_alone(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    made = await created(http, staff, "West School")
    assert (made["is_enabled"], made["data_map_version_id"]) == (False, None)
    url = f"/v1/controllers/{made['id']}"
    version_id = await published(http, staff, made["id"])
    bound = bound_to(made, version_id) | {"key_in_lms": "3"}
    assert (await http.put(url, json=bound, headers=staff)).status_code == 200
    settings = {"legal_name": "West School, a public school", "two_person_erasure": True}
    replaced = await http.put(f"{url}/settings", json=settings, headers=staff)
    assert replaced.json()["two_person_erasure"] is True
    enabled = await http.put(f"{url}/enablement", json=ENABLE, headers=staff)
    assert enabled.json()["is_enabled"] is True
    expires_at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    wanted = {"name": "Portal", "scopes": ["subjects:read"], "expires_at": expires_at}
    issued = await http.post(f"{url}/clients", json=wanted, headers=staff | key())
    assert issued.status_code == 201, issued.text
    own = {"Authorization": f"Bearer {issued.json()['api_key']}", "X-Acting-Person": "Kari Holm"}
    search = {"identifier": "number", "value": "S1", "reason": "a test"}
    found = await http.post("/v1/subject-searches", json=search, headers=own)
    assert len(found.json()["candidates"]) == 1
    listed = await http.get("/v1/data-maps", params={"controller_id": made["id"]}, headers=staff)
    assert [each["is_bound"] for each in listed.json()["items"]] == [True]
    verified = await followed(service.database, made["id"])
    assert (verified.entries, verified.first_broken_sequence) == (7, None)


async def test_a_change_of_settings_says_in_the_trail_what_was_and_what_is(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    controller_id = (await created(http, staff, "East School"))["id"]
    url = f"/v1/controllers/{controller_id}/settings"
    brake = {"daily_share_percent": 0.3}
    for settings in ({"two_person_erasure": True}, {"volume_brake": brake, "contact": "Canary"}):
        assert (await http.put(url, json=settings, headers=staff)).status_code == 200
    connection = await asyncpg.connect(service.superuser_url)
    told = await connection.fetchval(
        "SELECT details FROM audit_entry WHERE controller_id = $1 ORDER BY sequence DESC LIMIT 1",
        UUID(controller_id),
    )
    await connection.close()
    assert json.loads(told) == {
        "changed": ["contact", "two_person_erasure", "volume_brake"],
        "before": {"two_person_erasure": True, "volume_brake": None},
        "after": {
            "two_person_erasure": False,
            "volume_brake": {"daily_limit": None, "daily_share_percent": "0.3"},
        },
    }
    assert (await followed(service.database, controller_id)).first_broken_sequence is None


@pytest.fixture
async def rights(service: Service, http: httpx.AsyncClient) -> dict[str, Any]:
    confirmation = await confirmed(http, service.one, "S1")
    return {
        "/v1/subject-searches": {"identifier": "number", "value": "S1", "reason": "r"},
        "/v1/previews": {"right": "erasure", "confirmation": confirmation, "reason": "r"},
        "/v1/subject-requests": submission(confirmation),
        "/v1/restrictions/empty": {
            "older_than_days": 1,
            "preview_digest": "ab" * 32,
            "approval": submission(confirmation)["approval"],
        },
        f"/v1/restrictions/{ID}/lift": {"approval": submission(confirmation)["approval"]},
        "/v1/lms-events": {
            "type": "person.trashed",
            "identifier": "number",
            "value": "S1",
            "moved_by": "a teacher",
            "moved_at": "2026-11-20T09:00:00Z",
            "reference": "1",
        },
    }


async def test_while_a_controller_is_not_enabled_nothing_is_done_or_looked_at(
    service: Service, http: httpx.AsyncClient, rights: dict[str, Any]
) -> None:
    staff = await support(service)
    url = f"/v1/controllers/{service.one.id}/enablement"
    disabled = await http.put(url, json=DISABLE, headers=staff)
    assert (disabled.json()["is_enabled"], disabled.json()["enablement"]) == (False, None)
    before = await counts(service)
    try:
        for path, body in rights.items():
            refused = await http.post(path, json=body, headers=fresh_key(service.one))
            told = (refused.status_code, refused.json()["type"])
            assert told == (409, "/problems/not-enabled"), path
        assert await counts(service) == before
        listed = await http.get("/v1/subject-requests", headers=service.one.headers)
        assert listed.status_code == 200
    finally:
        enabled = await http.put(url, json=ENABLE, headers=staff)
    assert enabled.json()["is_enabled"] is True
    page = (await http.get("/problems/not-enabled")).text
    assert "Contact the support" in page


async def test_an_enablement_ends_by_itself(service: Service, http: httpx.AsyncClient) -> None:
    staff = await support(service)
    url = f"/v1/controllers/{service.two.id}/enablement"
    search = {"identifier": "number", "value": "S1", "reason": "r"}
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    assert (await http.put(url, json=ENABLE | {"ends_at": soon}, headers=staff)).is_success
    try:

        async def is_refused() -> bool:
            answer = await http.post(
                "/v1/subject-searches", json=search, headers=service.two.headers
            )
            return bool(answer.json().get("type") == "/problems/not-enabled")

        await until(is_refused)
    finally:
        assert (await http.put(url, json=ENABLE, headers=staff)).is_success
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    refused = await http.put(url, json=ENABLE | {"ends_at": past}, headers=staff)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/ends_at")


async def test_a_right_that_the_settings_do_not_enable_is_refused_and_a_lift_is_not(
    service: Service, http: httpx.AsyncClient, rights: dict[str, Any]
) -> None:
    staff = await support(service)
    url = f"/v1/controllers/{service.one.id}/settings"
    assert (await http.put(url, json={"enabled_rights": []}, headers=staff)).is_success
    try:
        for path in ("/v1/previews", "/v1/subject-requests", "/v1/lms-events"):
            refused = await http.post(path, json=rights[path], headers=fresh_key(service.one))
            assert refused.json()["type"] == "/problems/right-not-enabled", path
        lift = f"/v1/restrictions/{ID}/lift"
        answer = await http.post(lift, json=rights[lift], headers=fresh_key(service.one))
        assert answer.json()["type"] == "/problems/not-found"
    finally:
        assert (await http.put(url, json={}, headers=staff)).is_success


async def test_settings_are_held_against_the_bound_data_map(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    url = f"/v1/controllers/{service.one.id}/settings"
    refused = await http.put(url, json={"excluded_purposes": ["fun"]}, headers=staff)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/excluded_purposes/0"
    shown = await http.get(url, headers=service.one.headers)
    assert ControllerSettings.model_validate(shown.json()) == ControllerSettings()


async def test_settings_name_places_and_time_zones_that_are_known(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    url = f"/v1/controllers/{service.one.id}/settings"
    unknown = {"deadline_calendar": "XX", "time_zone": "Europe/Nowhere"}
    refused = await http.put(url, json=unknown, headers=staff)
    assert refused.status_code == 422
    pointers = [each["pointer"] for each in refused.json()["errors"]]
    assert pointers == ["/deadline_calendar", "/time_zone"]


@pytest.mark.parametrize(
    ("place", "body", "pointer", "said"),
    [
        ("settings", {"two_person_erasure": "yes"}, "/two_person_erasure", "must be true or false"),
        ("enablement", ENABLE | {"is_enabled": 1}, "/is_enabled", "must be true or false"),
        (
            "settings",
            {"volume_brake": {"daily_share_percent": 0}},
            "/volume_brake/daily_share_percent",
            "must be more than 0",
        ),
    ],
)
async def test_a_setting_of_the_wrong_kind_is_told_what_it_has_to_be(
    service: Service,
    http: httpx.AsyncClient,
    place: str,
    body: dict[str, Any],
    pointer: str,
    said: str,
) -> None:
    url = f"/v1/controllers/{service.one.id}/{place}"
    refused = await http.put(url, json=body, headers=await support(service))
    assert refused.status_code == 422
    (fault,) = refused.json()["errors"]
    assert fault["pointer"] == pointer
    assert fault["detail"].startswith(said)


async def test_what_an_exception_kept_is_looked_at_again_when_it_is_taken_back(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    url = f"/v1/controllers/{service.one.id}/settings"
    exception = {"article": "b", "reason": "r", "ends_on": "2099-12-31", "record_type": "message"}
    assert (await http.put(url, json={"erasure_exceptions": [exception]}, headers=staff)).is_success
    before = await re_examinations(service)
    assert (await http.put(url, json={"erasure_exceptions": [exception]}, headers=staff)).is_success
    assert await re_examinations(service) == before
    assert (await http.put(url, json={}, headers=staff)).is_success
    assert await re_examinations(service) >= 1


async def re_examinations(service: Service) -> int:
    async with transaction(service.database, service.one.id) as connection:
        found = await connection.execute(
            text("SELECT count(*) FROM job WHERE kind = 're_examination'")
        )
        return int(found.scalar_one())


async def test_a_data_map_with_errors_is_not_published(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    for document in ("habeas: 1\n", SOUND.replace("via: membership", "via: nothing")):
        body = {"controller_id": str(service.one.id), "document": document, "reason": "r"}
        refused = await http.post("/v1/data-maps", json=body, headers=staff | key())
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid-body")
        assert refused.json()["errors"][0]["pointer"] == "/document"


async def test_a_controller_is_created_once_under_one_key(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff, once = await support(service), key()
    first, again = [
        await http.post("/v1/controllers", json={"name": "Twice School"}, headers=staff | once)
        for _ in range(2)
    ]
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = await http.post("/v1/controllers", json={"name": "Other"}, headers=staff | once)
    assert other.json()["type"] == "/problems/idempotency-key-reused"


async def test_controllers_are_listed_a_page_at_a_time_without_the_processor(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    url, seen = "/v1/controllers?limit=1", []
    while url:
        page = await http.get(url, headers=staff)
        (controller,) = page.json()["items"]
        seen.append(controller["id"])
        url = page.links["next"]["url"] if "next" in page.links else ""
    assert seen == sorted(seen)
    assert {str(service.one.id), str(service.two.id)} <= set(seen)
    assert str(PROCESSOR) not in seen


def of_a_controller() -> Iterator[Any]:
    """Give what is done to one controller: method, what follows its address, body."""
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    client = {"name": "P", "scopes": ["access:request"], "expires_at": until}
    grant = {"reason": "r", "reference": "1", "ends_at": until, "scopes": ["access:request"]}
    yield pytest.param("GET", "", None, id="read")
    yield pytest.param("PUT", "", {"name": "Mine"}, id="bind")
    yield pytest.param("PUT", "/enablement", ENABLE, id="enable")
    yield pytest.param("GET", "/settings", None, id="read settings")
    yield pytest.param("PUT", "/settings", {}, id="replace settings")
    yield pytest.param("POST", "/clients", client, id="issue")
    yield pytest.param("GET", "/clients", None, id="list clients")
    yield pytest.param("POST", f"/clients/{ID}/rotation", {"reason": "r"}, id="rotate")
    yield pytest.param("POST", f"/clients/{ID}/revocation", {"reason": "r"}, id="revoke")
    yield pytest.param("POST", "/support-grants", grant, id="open a grant")
    yield pytest.param("GET", "/support-grants", None, id="list grants")
    yield pytest.param("POST", f"/support-grants/{ID}/ending", {"reason": "r"}, id="end a grant")


@pytest.mark.parametrize(("method", "rest", "body"), list(of_a_controller()))
async def test_a_controllers_own_client_reaches_nothing_of_another_and_changes_nothing(
    service: Service, http: httpx.AsyncClient, method: str, rest: str, body: object
) -> None:
    before = await counts(service)
    for institution in (service.one, service.two):
        url = f"/v1/controllers/{institution.id}{rest}"
        answer = await http.request(method, url, json=body, headers=service.one.headers | key())
        may_read = method == "GET" and rest != "/clients"
        if may_read:
            assert answer.status_code == (200 if institution is service.one else 404)
        else:
            told = (answer.status_code, answer.json()["type"])
            assert told == (403, "/problems/scope-missing")
    assert await counts(service) == before


@pytest.mark.parametrize(("method", "rest", "body"), list(of_a_controller()))
async def test_what_is_done_to_no_controller_or_to_the_processor_is_404(
    service: Service, http: httpx.AsyncClient, method: str, rest: str, body: object
) -> None:
    staff = await support(service)
    before = await counts(service)
    for controller_id in (ID, PROCESSOR):
        url = f"/v1/controllers/{controller_id}{rest}"
        answer = await http.request(method, url, json=body, headers=staff | key())
        assert answer.status_code == 404, answer.text
    assert await counts(service) == before


@pytest.mark.parametrize("path", ["/v1/controllers", "/v1/data-maps?controller_id=" + ID])
async def test_a_client_without_the_scope_sees_no_list(
    service: Service, http: httpx.AsyncClient, path: str
) -> None:
    _, headers = await issue(service, service.one, {Scope.SUBJECTS_READ}, timedelta(hours=1))
    assert (await http.get(path, headers=headers)).status_code == 403


async def test_a_client_of_support_reaches_nothing_of_a_controller_without_a_grant(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    for path in ("/v1/subject-requests", "/v1/restrictions", "/v1/deferrals"):
        assert (await http.get(path, headers=staff)).status_code == 403
