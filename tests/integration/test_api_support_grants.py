"""Support acts for one controller, under a grant, for some hours."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Self
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from sqlalchemy import text

from app.domain.ids import PROCESSOR
from app.embedded.stack import Stack
from app.services import operator_clients
from app.services.authentication import Caller
from app.services.support_grants import open_grant
from app.store import support_grants
from app.store.transaction import transaction
from schemas.support_grants import NewSupportGrant, SupportGrant
from schemas.vocabulary import Scope
from tests.fixtures.api import Service, opened, submission, support
from tests.fixtures.patience import until

SEARCH = {"identifier": "number", "value": "S1", "reason": "a test"}
LISTED = "/v1/subject-requests"


def grant(**others: Any) -> dict[str, Any]:
    ends_at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    common = {"reason": "The export needs attention", "reference": "S-2026-940"}
    scopes = ["subjects:read", "access:request"]
    return common | {"ends_at": ends_at, "scopes": scopes} | others


async def granted(
    service: Service, http: httpx.AsyncClient, staff: dict[str, str], **others: Any
) -> dict[str, Any]:
    url = f"/v1/controllers/{service.one.id}/support-grants"
    headers = staff | {"Idempotency-Key": str(uuid4())}
    answer = await http.post(url, json=grant(**others), headers=headers)
    assert answer.status_code == 201, answer.text
    opened: dict[str, Any] = answer.json()
    return opened


def acting_for(service: Service, staff: dict[str, str]) -> dict[str, str]:
    return staff | {"X-Controller": str(service.one.id)}


async def test_a_grant_of_which_no_end_is_named_ends_after_an_hour(
    service: Service, http: httpx.AsyncClient
) -> None:
    opened = await granted(service, http, await support(service), ends_at=None)
    begins, ends = (datetime.fromisoformat(opened[name]) for name in ("created_at", "ends_at"))
    assert ends - begins == timedelta(hours=1)


async def test_a_grant_may_be_over_before_it_is_stored(
    service: Service, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _ = await operator_clients.issue_of_support(
        service.database, service.keyring, "Support", timedelta(hours=1)
    )
    looked_at = datetime.now(UTC)

    class Clock(datetime):
        @classmethod
        def now(cls, _tz: tzinfo | None = None) -> Self:
            return cls.fromisoformat(looked_at.isoformat())

    monkeypatch.setattr("app.services.support.datetime", Clock)
    wanted = NewSupportGrant(**grant(ends_at=looked_at + timedelta(microseconds=1)))
    caller = Caller(PROCESSOR, client.id, client.scopes, "Kari Holm")
    async with opened(service, stack.redis_url, {}) as context:
        made = await open_grant(context, caller, service.one.id, wanted, "soon")
    shown = SupportGrant.model_validate_json(made.body)
    assert (shown.created_at, shown.ends_at) == (looked_at, wanted.ends_at)


async def test_under_a_grant_support_acts_as_a_client_of_the_controller_with_its_scopes(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    opened = await granted(service, http, staff)
    headers = acting_for(service, staff)
    found = await http.post("/v1/subject-searches", json=SEARCH, headers=headers)
    (candidate,) = found.json()["candidates"]
    body = submission(candidate["confirmation"])
    accepted = await http.post(LISTED, json=body, headers=headers | {"Idempotency-Key": "grant"})
    assert accepted.status_code == 202, accepted.text
    url = f"{LISTED}/{accepted.json()['id']}"
    assert (await http.get(url, headers=service.one.headers)).status_code == 200
    for refused in ("/v1/deferrals", "/v1/controllers", f"/v1/controllers/{service.one.id}"):
        assert (await http.get(refused, headers=headers)).status_code == 403
    async with transaction(service.database, service.one.id) as connection:
        trail = await connection.execute(
            text(
                "SELECT action, client_id FROM audit_entry WHERE action <> 'call.refused' "
                "ORDER BY sequence DESC LIMIT 3"
            )
        )
        actions = {row.action: str(row.client_id) for row in trail}
    assert actions["subject_request.accepted"] == actions["subject.searched"] == opened["id"]
    assert actions["support_grant.opened"] not in (opened["id"], "None")


async def test_without_a_grant_in_force_support_reaches_nothing_of_a_controller(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff, colleague = [await support(service) for _ in range(2)]

    async def told(headers: dict[str, str]) -> tuple[int, str]:
        answer = await http.get(LISTED, headers=headers)
        return answer.status_code, answer.json().get("type", "")

    missing = (403, "/problems/support-grant-missing")
    assert await told(acting_for(service, staff)) == missing
    opened = await granted(service, http, staff)
    assert await told(acting_for(service, staff)) == (200, "")
    assert await told(acting_for(service, colleague)) == missing
    assert await told(staff | {"X-Controller": str(service.two.id)}) == missing
    assert await told(staff | {"X-Controller": str(uuid4())}) == missing
    url = f"/v1/controllers/{service.one.id}/support-grants"
    ending = {"reason": "done"}
    ended = await http.post(f"{url}/{opened['id']}/ending", json=ending, headers=colleague)
    assert ended.status_code == 204
    assert await told(acting_for(service, staff)) == missing
    again = await http.post(f"{url}/{opened['id']}/ending", json=ending, headers=staff)
    assert again.status_code == 404
    listed = (await http.get(url, headers=service.one.headers)).json()["items"]
    (shown,) = [each for each in listed if each["id"] == opened["id"]]
    assert shown["ended_at"] is not None
    assert shown["reference"] == "S-2026-940"


async def test_a_grant_ends_by_itself(service: Service, http: httpx.AsyncClient) -> None:
    staff = await support(service)
    ends_at = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    await granted(service, http, staff, ends_at=ends_at)
    headers = acting_for(service, staff)
    assert (await http.get(LISTED, headers=headers)).status_code == 200

    async def has_ended() -> bool:
        return (await http.get(LISTED, headers=headers)).status_code == 403

    await until(has_ended)


@pytest.mark.parametrize(
    ("others", "pointer"),
    [
        pytest.param({"ends_at": "2026-01-01T00:00:00Z"}, "/ends_at", id="it has ended"),
        pytest.param({"ends_at": "2126-01-01T00:00:00Z"}, "/ends_at", id="longer than 8 hours"),
        pytest.param({"scopes": ["support"]}, "/scopes", id="the scope of support"),
        pytest.param(
            {"scopes": ["erasure:request", "erasure:approve"]},
            "/scopes",
            id="the scope of a controller's second person",
        ),
        pytest.param({"reference": " "}, "/reference", id="no reference"),
        pytest.param({"reason": " "}, "/reason", id="no reason"),
    ],
)
async def test_a_grant_is_short_and_says_why(
    service: Service, http: httpx.AsyncClient, others: dict[str, Any], pointer: str
) -> None:
    headers = await support(service) | {"Idempotency-Key": str(uuid4())}
    url = f"/v1/controllers/{service.one.id}/support-grants"
    refused = await http.post(url, json=grant(**others), headers=headers)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_a_grant_is_opened_once_under_one_key(
    service: Service, http: httpx.AsyncClient
) -> None:
    headers = await support(service) | {"Idempotency-Key": "once"}
    url, body = f"/v1/controllers/{service.one.id}/support-grants", grant()
    first, again = [await http.post(url, json=body, headers=headers) for _ in range(2)]
    assert first.json() == again.json()


async def test_a_controllers_own_client_acts_for_no_other(
    service: Service, http: httpx.AsyncClient
) -> None:
    own = service.one.headers
    same = await http.get(LISTED, headers=own | {"X-Controller": str(service.one.id)})
    assert same.status_code == 200
    other = await http.get(LISTED, headers=own | {"X-Controller": str(service.two.id)})
    nobody = await http.get(LISTED, headers=own | {"X-Controller": str(uuid4())})
    nonsense = await http.get(LISTED, headers=own | {"X-Controller": "one"})
    assert {each.status_code for each in (other, nobody, nonsense)} == {403}
    assert other.json()["detail"] == nobody.json()["detail"] == nonsense.json()["detail"]


async def test_nobody_calls_by_the_client_that_stands_for_a_grant(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    opened = await granted(service, http, staff)
    listed = await http.get(f"/v1/controllers/{service.one.id}/clients", headers=staff)
    assert opened["id"] not in {each["id"] for each in listed.json()["items"]}
    async with transaction(service.database, service.two.id) as connection:
        assert await support_grants.get(connection, opened["id"]) is None


async def test_what_a_grant_does_not_allow_is_said_of_the_grant_and_what_takes_one_of_the_key(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)

    async def detail(path: str, headers: dict[str, str]) -> str:
        answer = await http.get(path, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/scope-missing")
        return str(answer.json()["detail"])

    assert await detail("/v1/deferrals", staff) == (
        "This API key is support's: name the controller in X-Controller, under a support grant with "
        "the scope deferrals:read."
    )
    first = await granted(service, http, staff)
    headers = acting_for(service, staff)
    assert await detail("/v1/deferrals", headers) == (
        f"The support grant {first['id']} lacks the scope deferrals:read. Open one with every scope "
        "that the case takes: the newest in force counts alone."
    )
    newest = await granted(service, http, staff, scopes=["deferrals:read"])
    assert (await http.get("/v1/deferrals", headers=headers)).status_code == 200
    told = await detail(LISTED, headers)
    assert told.startswith(f"The support grant {newest['id']} lacks the scope access:request or ")
    own = f"The support grant {newest['id']} lacks the scope support. No grant can have it."
    assert await detail("/v1/controllers", headers) == own


async def test_support_is_never_the_second_person_of_a_controller(
    service: Service, http: httpx.AsyncClient
) -> None:
    """Also not under a grant that was opened while that was not refused yet."""
    staff = await support(service)
    opened = await granted(service, http, staff)
    scopes = [Scope.ERASURE_REQUEST, Scope.ERASURE_APPROVE]
    connection = await asyncpg.connect(service.superuser_url)
    changed = await connection.execute(
        "UPDATE api_client SET scopes = $1 WHERE id = $2", scopes, UUID(opened["id"])
    )
    await connection.close()
    assert changed == "UPDATE 1"
    body = {"reason": "The case is complete."}
    for operation in (f"{LISTED}/{uuid4()}", f"/v1/subject-request-batches/{uuid4()}"):
        refused = await http.post(
            f"{operation}/approval", json=body, headers=acting_for(service, staff)
        )
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/scope-missing")


async def test_whoever_revokes_the_client_of_a_grant_ends_the_grant(
    service: Service, http: httpx.AsyncClient
) -> None:
    staff = await support(service)
    opened = await granted(service, http, staff)
    headers = acting_for(service, staff)
    assert (await http.get(LISTED, headers=headers)).status_code == 200
    url = f"/v1/controllers/{service.one.id}/clients/{opened['id']}/revocation"
    revoked = await http.post(url, json={"reason": "It is over"}, headers=staff)
    assert revoked.status_code == 204
    refused = await http.get(LISTED, headers=headers)
    assert refused.json()["type"] == "/problems/support-grant-missing"
    async with transaction(service.database, service.one.id) as connection:
        grant = await support_grants.get(connection, opened["id"])
        assert grant is not None
        assert grant.ended_at is not None
        assert not await support_grants.end(connection, opened["id"])
