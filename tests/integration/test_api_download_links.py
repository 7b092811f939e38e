"""Download links: opened by anybody any number of times, redeemed once."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from app.domain.scopes import OF_CONTROLLERS
from tests.fixtures.api import SOMEBODY, Service, fresh_key, issue, support
from tests.fixtures.patience import PATIENCE_SECONDS
from tests.fixtures.sealed_bundles import MadeBundle, make_bundle
from tests.integration.test_api_support_grants import acting_for, granted


@pytest.fixture(scope="module")
async def bundle(service: Service) -> MadeBundle:
    async with httpx.AsyncClient(base_url=service.url, timeout=PATIENCE_SECONDS) as http:
        return await make_bundle(service, http, service.one)


async def rows(service: Service, sql: str, *arguments: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(service.superuser_url)
    found: list[asyncpg.Record] = await connection.fetch(sql, *arguments)
    await connection.close()
    return found


async def make(service: Service, http: httpx.AsyncClient, bundle: MadeBundle) -> dict[str, Any]:
    answer = await http.post(f"{bundle.url}/links", headers=fresh_key(service.one))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_whoever_looks_uses_nothing_up_and_the_button_gives_the_file_once(
    service: Service, http: httpx.AsyncClient, bundle: MadeBundle
) -> None:
    path = (await make(service, http, bundle))["path"]
    for _ in range(3):
        assert (await http.head(path)).status_code == 200
        page = await http.get(path)
        assert page.status_code == 200
        assert '<form method="post"><button>' in page.text
    file = await http.post(path)
    assert (file.status_code, file.content) == (200, bundle.content)
    assert file.headers["content-type"] == "application/zip"
    assert file.headers["content-disposition"].startswith("attachment;")
    assert file.headers["cache-control"] == "no-store"
    for again in (await http.post(path), await http.get(path)):
        assert again.status_code == 404
        assert "leads nowhere" in again.text


async def test_the_page_runs_nothing_loads_nothing_and_is_not_kept(
    service: Service, http: httpx.AsyncClient, bundle: MadeBundle
) -> None:
    made = await make(service, http, bundle)
    page = await http.get(made["path"])
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert "<script" not in page.text
    assert '<html lang="en">' in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert "Berg" not in page.text


async def test_the_page_says_whose_file_it_is_until_when_and_what_to_do(
    service: Service, http: httpx.AsyncClient, bundle: MadeBundle
) -> None:
    made = await make(service, http, bundle)
    page = (await http.get(made["path"])).text
    (controller,) = await rows(service, "SELECT name FROM controller WHERE id = $1", service.one.id)
    assert f"<p>{controller['name']} has made" in page
    expires_at = datetime.fromisoformat(made["expires_at"])
    assert f"{expires_at.day} {expires_at:%B %Y, %H:%M} UTC" in page
    assert "index.html" in page


async def test_two_who_press_at_once_get_it_once(
    service: Service, http: httpx.AsyncClient, bundle: MadeBundle
) -> None:
    path = (await make(service, http, bundle))["path"]
    answers = await asyncio.gather(*(http.post(path) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 7


async def test_every_redemption_is_recorded_and_announced(
    service: Service, http: httpx.AsyncClient, bundle: MadeBundle
) -> None:
    made = await make(service, http, bundle)
    await http.post(made["path"])
    wanted = {"bundle_id": str(bundle.id), "part": "content", "link": made["id"]}
    entry, *_ = await rows(
        service,
        "SELECT details::text::jsonb = $1::jsonb AS fits, client_id, subject_request_id "
        "FROM audit_entry WHERE action = 'bundle.downloaded' AND details->>'link' = $2",
        str(wanted).replace("'", '"'),
        made["id"],
    )
    assert entry["fits"]
    assert entry["client_id"] is not None
    assert entry["subject_request_id"] == bundle.subject_request_id
    events = await rows(
        service,
        "SELECT FROM outbox WHERE event_type = 'bundle.downloaded' AND payload->>'link' = $1",
        made["id"],
    )
    assert len(events) == 1
    assert (
        len(
            await rows(
                service,
                "SELECT FROM audit_entry WHERE action = 'download_link.made' "
                "AND details->>'link' = $1",
                made["id"],
            )
        )
        == 1
    )


async def test_the_token_is_stored_nowhere(
    service: Service, http: httpx.AsyncClient, bundle: MadeBundle
) -> None:
    token = (await make(service, http, bundle))["path"].removeprefix("/d/")
    tables = await rows(service, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables:
        found = await rows(
            service, f"SELECT FROM {table} AS t WHERE strpos(t::text, $1) > 0", token
        )
        assert found == [], table


async def test_a_link_that_was_withdrawn_or_has_expired_leads_nowhere(
    service: Service, http: httpx.AsyncClient, bundle: MadeBundle
) -> None:
    withdrawn, expired = [await make(service, http, bundle) for _ in "12"]
    url = f"{bundle.url}/links/{withdrawn['id']}"
    assert (await http.delete(url, headers=service.two.headers)).status_code == 404
    assert (await http.delete(url, headers=service.one.headers)).status_code == 204
    assert (await http.delete(url, headers=service.one.headers)).status_code == 404
    await rows(
        service, "UPDATE download_link SET expires_at = now() WHERE id::text = $1", expired["id"]
    )
    for made in (withdrawn, expired):
        assert (await http.get(made["path"])).status_code == 404
        assert (await http.post(made["path"])).status_code == 404
    await make(service, http, bundle)
    kept = await rows(service, "SELECT FROM download_link WHERE id::text = $1", expired["id"])
    assert kept == []


async def test_one_key_makes_one_link_whose_path_is_told_once(
    service: Service, http: httpx.AsyncClient, bundle: MadeBundle
) -> None:
    headers = fresh_key(service.one)
    first, again = [await http.post(f"{bundle.url}/links", headers=headers) for _ in "12"]
    assert again.json() == first.json() | {"path": None}
    assert again.headers["idempotency-replayed"] == "true"
    url = f"{bundle.url}/links/{first.json()['id']}"
    assert first.headers["location"] == again.headers["location"] == url
    made = await rows(service, "SELECT FROM download_link WHERE id::text = $1", first.json()["id"])
    assert len(made) == 1
    keyless = await http.post(f"{bundle.url}/links", headers=service.one.headers)
    assert keyless.json()["type"] == "/problems/idempotency-key-missing"


async def test_a_link_ends_with_its_bundle_and_never_later_than_an_hour(
    service: Service, http: httpx.AsyncClient
) -> None:
    soon = await make_bundle(service, http, service.one, timedelta(minutes=2))
    made = await make(service, http, soon)
    shown = await http.get(soon.url, headers=service.one.headers)
    assert made["expires_at"] == shown.json()["expires_at"]
    await rows(service, "UPDATE bundle SET expires_at = now() WHERE id = $1", soon.id)
    assert (await http.get(made["path"])).status_code == 404
    assert (await http.post(made["path"])).status_code == 404
    answer = await http.post(f"{soon.url}/links", headers=fresh_key(service.one))
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/bundle-expired")


async def test_what_cannot_be_read_uses_nothing_up(
    service: Service, http: httpx.AsyncClient
) -> None:
    made_bundle = await make_bundle(service, http, service.one)
    made = await make(service, http, made_bundle)
    path = service.bundles.path(made_bundle.id)
    sealed = bytearray(path.read_bytes())
    sealed[0] ^= 1
    path.write_bytes(sealed)
    assert (await http.post(made["path"])).status_code == 500
    sealed[0] ^= 1
    path.write_bytes(sealed)
    assert (await http.post(made["path"])).content == made_bundle.content


async def test_another_controllers_bundle_has_no_links(
    service: Service, http: httpx.AsyncClient, bundle: MadeBundle
) -> None:
    before = await rows(service, "SELECT id FROM download_link ORDER BY id")
    answer = await http.post(f"{bundle.url}/links", headers=fresh_key(service.two))
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
    assert await rows(service, "SELECT id FROM download_link ORDER BY id") == before


@pytest.mark.parametrize(
    "token", ["x", "5f0e3c1a-6a2b-4a73-9a55-0a8c2f8e7d11", "%00", "%ff", "a" * 5_000, "..%2fv1"]
)
async def test_a_made_up_token_leads_nowhere(
    service: Service, http: httpx.AsyncClient, token: str
) -> None:
    assert service.url
    for answer in (await http.get(f"/d/{token}"), await http.post(f"/d/{token}")):
        assert answer.status_code == 404


async def test_a_link_ends_with_the_client_that_made_it(
    service: Service, http: httpx.AsyncClient
) -> None:
    bundle = await make_bundle(service, http, service.one)
    client, headers = await issue(service, service.one, set(OF_CONTROLLERS), timedelta(hours=1))
    made = await http.post(
        f"{bundle.url}/links", headers=headers | SOMEBODY | {"Idempotency-Key": "a-link"}
    )
    assert made.status_code == 201, made.text
    path = made.json()["path"]
    assert (await http.get(path)).status_code == 200
    url = f"/v1/controllers/{service.one.id}/clients/{client.id}/revocation"
    leaked = {"reason": "The key leaked"}
    revoked = await http.post(url, json=leaked, headers=await support(service))
    assert revoked.status_code == 204
    assert [each.status_code for each in (await http.get(path), await http.post(path))] == [404] * 2


async def test_a_link_that_support_made_ends_with_the_grant(
    service: Service, http: httpx.AsyncClient
) -> None:
    bundle = await make_bundle(service, http, service.one)
    staff = await support(service)
    opened = await granted(service, http, staff, scopes=["bundles:read"])
    headers = acting_for(service, staff) | SOMEBODY | {"Idempotency-Key": "of-support"}
    path = (await http.post(f"{bundle.url}/links", headers=headers)).json()["path"]
    url = f"/v1/controllers/{service.one.id}/support-grants/{opened['id']}/ending"
    ended = await http.post(url, json={"reason": "Done"}, headers=staff)
    assert ended.status_code == 204
    assert (await http.post(path)).status_code == 404
